"""Every limit of a tenant that has a use: how much of it is used, and what comes at its end."""

from dataclasses import dataclass

from tenantcrm.campaigns import service as campaigns
from tenantcrm.campaigns.fields import MESSAGES_MOST
from tenantcrm.contacts.imports import service as imports
from tenantcrm.contacts.service import attributes
from tenantcrm.database import TenantSession
from tenantcrm.delivery import reputation
from tenantcrm.delivery.identities import reading, setting_up
from tenantcrm.delivery.service import busiest_hour, lately
from tenantcrm.rates import Limiter
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.schemas import Person
from tenantcrm.tenants.service import invites
from tenantcrm.web.api.limits import BURST, RATE, key_of
from tenantcrm.web.dashboard import test_mails
from tenantcrm.web.shell import Level, level_of
from tenantcrm.web.templating import number_text, percent_text

HOUR = 3600
COMPLAINTS = reputation.COMPLAINTS_PAUSE


@dataclass(frozen=True, slots=True)
class Limit:
    """``used`` of ``most``, and the same in words; ``then``: what comes at the end of it.

    ``href``: where something can be done about it. ``bannered``: the layout tells of it by itself.
    """

    label: str
    used: float
    most: float
    text: str
    then: str
    href: str = ""
    bannered: bool = False

    @property
    def level(self) -> Level | None:
        """How close it is to its end."""
        return level_of(self.used, self.most)


async def limits_of(person: Person, session: TenantSession, limiter: Limiter) -> list[Limit]:
    """The limits of a tenant, but for its quota of mails, which every page knows."""
    return [
        *await _sending(person, session),
        await _calls(person, limiter),
        await _tests(person, limiter),
        *await _things(session),
    ]


def close_to_the_end(limits: list[Limit]) -> list[Limit]:
    """Those that somebody has to be told of, the fullest first."""
    close = [one for one in limits if one.level and not one.bannered]
    return sorted(close, key=lambda one: one.used / one.most, reverse=True)


async def _sending(person: Person, session: TenantSession) -> list[Limit]:
    rate, mails = person.tenant.send_rate, await busiest_hour(session) / HOUR
    counts = await lately(session)
    return [
        Limit(
            "Mails a second, in the last hour",
            mails,
            rate,
            f"{_figure(mails)} of {number_text(rate)}",
            "What is due beyond it waits for its turn; nothing is lost.",
            "/sends?state=waiting",
        ),
        _share("Hard bounces in 7 days", counts.bounced, counts.sent, reputation.BOUNCES_PAUSE),
        _share("Spam reports in 7 days", counts.complained, counts.sent, COMPLAINTS),
    ]


def _share(label: str, number: int, sent: int, most: float) -> Limit:
    """A share of what was sent, which says nothing of a few mails."""
    if sent < reputation.LEAST_SENT:
        share, text = 0.0, f"{number_text(number)} of {number_text(sent)} mails"
        then = f"Counts from {reputation.LEAST_SENT} mails on. "
    else:
        share = number / sent
        text, then = f"{_figure(100 * share)} % of {number_text(sent)} mails", ""
    then += f"At {100 * most:g} % your campaigns stop, until the operator lets them go on."
    return Limit(label, share, most, text, then, bannered=True)


async def _calls(person: Person, limiter: Limiter) -> Limit:
    # No token is taken: this looks at what is left.
    key = key_of(person.tenant.id, Mode.LIVE)
    left = (await limiter.take(key, rate=RATE, burst=BURST, n=0)).remaining
    return Limit(
        "Calls of the API with live keys, at this moment",
        max(0, BURST - left),
        BURST,
        f"{number_text(max(0, BURST - left))} of {number_text(BURST)} in a row",
        f"{RATE} come back each second; beyond it calls are refused with 429 and told when to "
        "come back.",
    )


async def _tests(person: Person, limiter: Limiter) -> Limit:
    most = test_mails.BURST
    key = test_mails.key_of(person.tenant.id)
    left = (await limiter.take(key, rate=test_mails.RATE, burst=most, n=0)).remaining
    used = max(0, most - left)
    then = "At the limit the next one has to wait; one comes back every two minutes."
    return Limit("Test mails, in an hour", used, most, f"{used} of {most}", then)


async def _things(session: TenantSession) -> list[Limit]:
    """What there may be so many of."""
    opened = await imports.how_many_open(session)
    domains = len(await reading.listed(session))
    waiting = len(await invites.waiting(session))
    names = await attributes.how_many(session)
    _, name, messages = await campaigns.fullest(session) or (None, "", 0)
    whose = f", in “{name}”" if name else ""
    return [
        _of(
            "Imports that have not ended",
            opened,
            imports.OPEN_MOST,
            "At the limit, finish or cancel one before the next.",
            "/contacts/imports",
        ),
        _of(
            "Sending domains",
            domains,
            setting_up.MOST,
            "At the limit, remove one before you add another.",
            "/settings/domains",
        ),
        _of(
            "Invitations that wait",
            waiting,
            invites.MOST,
            "At the limit, withdraw one before you invite another person.",
            "/settings/team",
        ),
        _of(
            "Names of attributes",
            names,
            attributes.NAMES_MOST,
            "Beyond it, new ones are stored with their contacts, but lists do not offer them.",
        ),
        _of(
            f"Messages of a campaign{whose}",
            messages,
            MESSAGES_MOST,
            "At the limit, remove one before you add another.",
            "/campaigns",
        ),
    ]


def _figure(value: float) -> str:
    """A number of any size: two figures of a small one, whole ones of a larger."""
    return f"{value:.2g}" if value < 10 else number_text(round(value))  # noqa: PLR2004 - as said


def _of(label: str, used: int, most: int, then: str, href: str = "") -> Limit:
    text = f"{number_text(used)} of {number_text(most)} ({percent_text(used, most)})"
    return Limit(label, used, most, text, then, href)
