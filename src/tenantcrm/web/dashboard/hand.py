"""What needs a hand: the few things of a tenant that do not go on by themselves."""

from datetime import timedelta
from typing import Any

from tenantcrm import clock
from tenantcrm.campaigns.schemas import CampaignView
from tenantcrm.database import TenantSession
from tenantcrm.delivery.identities import reading
from tenantcrm.delivery.service import recent_troubles
from tenantcrm.tenants.schemas import KeyRow, Person
from tenantcrm.tenants.service import keys
from tenantcrm.web.dashboard.limits import Limit, close_to_the_end
from tenantcrm.web.templating import number_text

DAYS = 7
MOST = 3
"""Of a kind, by name."""


async def needs_a_hand(
    session: TenantSession, person: Person, rows: list[CampaignView], limits: list[Limit]
) -> list[dict[str, Any]]:
    """Each with its tone, words, and where to see to it; what hinders most comes first.

    ``limits``: of the tenant, of which those are told that are nearly used up.

    What the layout says in a banner on every page (suspension, standing, quota) is not repeated.
    """
    items: list[dict[str, Any]] = []
    domains = await reading.listed(session)
    for domain in [one for one in domains if one.state == "failed"][:MOST]:
        words = f"{domain.name} may not send: its mail waits until its records are right again."
        items.append(_item("danger", words, f"/settings/domains/{domain.id.hex}", "See records"))
    active = [row for row in rows if row.state == "active"]
    if active and not await reading.can_send(session):
        words = "No sender of yours is verified, so that active campaigns cannot send."
        items.append(_item("danger", words, "/settings/domains", "Sending domains"))
    items += await _mails_in_trouble(session)
    for domain in [one for one in domains if one.state == "pending"][:MOST]:
        words = f"{domain.name} waits for its DNS records."
        items.append(_item("warn", words, f"/settings/domains/{domain.id.hex}", "See records"))
    paused = [row for row in rows if row.state == "paused"]
    for row in paused[:MOST]:
        words = f"“{row.name}” is paused: nobody enters it and nothing is sent."
        items.append(_item("warn", words, f"/campaigns/{row.id.hex}", "Open"))
    if len(paused) > MOST:
        words = f"{len(paused) - MOST} more campaigns are paused."
        items.append(_item("warn", words, "/campaigns", "See them"))
    for limit in close_to_the_end(limits):
        words = f"{limit.label}: {limit.text}. {limit.then}"
        where = (limit.href, "See") if limit.href else ("/settings/usage", "See usage")
        items.append(_item(limit.level or "warn", words, *where))
    if not person.tenant.postal_address:
        words = "Your postal address is missing: no campaign can be activated without it."
        items.append(_item("warn", words, "/settings", "Add it"))
    items += [_key(row) for row in await keys.listed(session) if _still_used(row)][:MOST]
    return items


async def _mails_in_trouble(session: TenantSession) -> list[dict[str, Any]]:
    """Mails of the last days that did not reach anybody, or may not have."""
    items = []
    failed, unknown, late = await recent_troubles(session, days=DAYS)
    if failed:
        words = f"{_mails(failed)} failed in the last {DAYS} days."
        items.append(_item("danger", words, "/sends?state=failed", "See why"))
    if unknown:
        them = "it" if unknown == 1 else "them"
        words = f"{_mails(unknown)}: the mail service has not said whether it took {them}."
        items.append(_item("warn", words, "/sends?state=unknown", "See them"))
    if late:
        words = f"{_mails(late)} skipped in the last {DAYS} days: too late when the turn came."
        items.append(_item("warn", words, "/sends?state=skipped&reason=late", "See them"))
    return items


def _still_used(row: KeyRow) -> bool:
    """Whether something of theirs still uses a key that soon stops."""
    now = clock.now()
    used = row.last_used_at is not None and now - row.last_used_at < timedelta(days=1)
    return used and row.state(now) == "replaced"


def _key(row: KeyRow) -> dict[str, Any]:
    words = f"Key {row.name} (…{row.last_four}) was replaced and is still used."
    return _item("warn", words, "/keys", "See keys")


def _item(tone: str, text: str, href: str, action: str) -> dict[str, Any]:
    return {"tone": tone, "text": text, "href": href, "action": action}


def _mails(number: int) -> str:
    return "1 mail" if number == 1 else f"{number_text(number)} mails"
