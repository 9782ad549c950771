"""Whom a filter reaches, in groups that the calendar can reckon with: exactly, or about.

A large tenant's contacts are too many to judge each for a page: they are told from a fair sample.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, true

from tenantcrm.campaigns.repository import groups, people
from tenantcrm.campaigns.repository.groups import GroupCount, Judged
from tenantcrm.campaigns.schemas import Audience, Candidate
from tenantcrm.contacts.filters import parse
from tenantcrm.contacts.filters.compile import compile_filter
from tenantcrm.contacts.repository import sizes
from tenantcrm.contacts.service import in_time, samples, total
from tenantcrm.database import TenantSession
from tenantcrm.tenants.models import Mode

PATIENCE = 0.03
"""Seconds that a page may spend on counting exactly what it can also tell about."""
SAMPLE = 5
LOOKED_AT = 20_000
"""People of a campaign whose zones are told one by one."""


class Reach(Struct, frozen=True):
    """Contacts that match, by what would become of them; ``exact`` false: estimates."""

    groups: list[Judged]
    exact: bool = True


async def reach(
    session: TenantSession,
    contact_filter: str,
    campaign_id: UUID | None,
    *,
    by_zone: bool = False,
    attribute: str | None = None,
    seconds: float | None = PATIENCE,
) -> Reach:
    """Whom a filter, which can be read, reaches as the next scan of the campaign would have it."""
    condition = compile_filter(parse(contact_filter))

    found, one_in = await in_time(
        session,
        lambda those: groups.judged(
            session, condition & those, campaign_id, by_zone=by_zone, attribute=attribute
        ),
        number=lambda judged: sum(one.number for one in judged),
        seconds=seconds,
    )
    groups_of = [one._replace(number=one.number * one_in) for one in found]
    return Reach(groups_of, exact=one_in == 1)


async def audience_of(
    session: TenantSession, contact_filter: str, campaign_id: UUID | None, reached: Reach
) -> Audience:
    """The same in numbers, and a few of those who would come in."""
    counted: Counter[str | None] = Counter()
    for group in reached.groups:
        counted[group.reason] += group.number
    eligible = counted.pop(None, 0)
    excluded = {reason: n for reason, n in sorted(counted.items(), key=str) if reason}
    condition = compile_filter(parse(contact_filter))

    async def find(those: ColumnElement[bool]) -> list[Candidate]:
        return await people.sample(session, condition & those, campaign_id, SAMPLE)

    sample: list[Candidate] | None = []
    if eligible and reached.exact:
        sample = await find(true())
    elif eligible:
        # The newest of all are found at once, unless hardly anybody matches.
        sample = await sizes.within(session, PATIENCE, lambda: find(true()))
    return Audience(
        matching=eligible + sum(excluded.values()),
        eligible=eligible,
        excluded=excluded,
        sample=await find(sizes.SAMPLED) if sample is None else sample,
        exact=reached.exact,
    )


async def inside(
    session: TenantSession, campaign_id: UUID, *, by_zone: bool, since: date = date.min
) -> tuple[list[GroupCount], bool]:
    """Those in the campaign whose day 0 is ``since`` or later, by day 0 and zone, and whether that
    is exact.

    Their days always are. Where they are too many to look at each one's contact, the zones are
    those of the sample: of the same day 0, or of all days where it has nobody of that one.
    """
    days = await groups.active(session, campaign_id, since=since, by_zone=False)
    if not by_zone:
        return days, True
    if sum(day.number for day in days) <= LOOKED_AT:
        return await groups.active(session, campaign_id, since=since, by_zone=True), True
    those, _ = samples(await total(session, mode=Mode.LIVE))[0]
    return spread(days, await groups.active_sample(session, campaign_id, those)), False


def spread(days: Sequence[GroupCount], sample: Sequence[GroupCount]) -> list[GroupCount]:
    """The people of each day 0 over the zones, as the sample has them."""
    shares: dict[date | None, Counter[str | None]] = {None: Counter()}
    for one in sample:
        for key in (one.day0, None):
            shares.setdefault(key, Counter())[one.zone] += one.number
    found = []
    for day in days:
        zones = shares.get(day.day0) or shares[None] or Counter({None: 1})
        of, left, seen = zones.total(), day.number, 0
        for zone, number in sorted(zones.items(), key=lambda item: item[0] or ""):
            seen += number
            # What is left for the others is rounded, so that the sum stays what it is.
            own = left - round(day.number * (of - seen) / of)
            left -= own
            found.append(GroupCount(day.day0, zone, own))
    return [group for group in found if group.number]
