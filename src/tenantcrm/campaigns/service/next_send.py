"""When a mail of a campaign would really go out next."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import ColumnElement

from tenantcrm import clock
from tenantcrm.campaigns import calendar, schedule
from tenantcrm.campaigns.models import Campaign, Message
from tenantcrm.campaigns.repository import campaigns, enrolment, people, zones
from tenantcrm.campaigns.repository import schedule as schedules
from tenantcrm.campaigns.service.work import timetable_of, trusted
from tenantcrm.campaigns.states import CampaignState, ZoneMode
from tenantcrm.contacts.filters import parse
from tenantcrm.contacts.filters.compile import compile_filter
from tenantcrm.database import TenantSession
from tenantcrm.errors import NotFoundError

LOOK = 10_000
"""Contacts of a tenant that are looked at for a campaign that has not been scanned since it was
started or its filter changed. A page must not wait for what is the next scan's work: where there
are more it says the next slot.
"""


class _Coming(Struct, frozen=True, kw_only=True):
    """What is known of a campaign's next mail without a look at contacts who are not in it.

    ``inside``: when somebody in it gets the next one; ``newcomers``: when those would who come in
    at the next scan, where that is sooner; None: not in sight. ``soonest``: nothing goes before.
    """

    inside: datetime | None
    newcomers: datetime | None
    soonest: datetime

    def at(self, *, waited_for: bool) -> datetime | None:
        """When the next mail goes; ``waited_for``: there are newcomers."""
        moment = self.newcomers if waited_for and self.newcomers else self.inside
        return None if moment is None else max(self.soonest, moment)


async def next_send(session: TenantSession, *, now: datetime | None = None) -> datetime | None:
    """The next instant at which a mail of any of the tenant's campaigns goes out.

    What is in the ledger already is not looked at. None: no mail is in sight.
    """
    now = now or clock.now()
    active = await schedules.active(session)
    messages = await campaigns.messages(session, [c.id for c in active], templates=False)
    coming = await _coming(session, active, messages, now)
    insides = [one.at(waited_for=False) for one in coming.values()]
    best = min((moment for moment in insides if moment is not None), default=None)
    sooner: dict[datetime, list[Campaign]] = {}
    for row in active:
        moment = coming[row.id].at(waited_for=True) if row.id in coming else None
        if moment is not None and (best is None or moment < best):
            sooner.setdefault(moment, []).append(row)
    for moment in sorted(sooner):
        if await _waited_for(session, sooner[moment]):
            return moment
    return best


async def next_sends(
    session: TenantSession,
    rows: Sequence[Campaign],
    messages: Mapping[UUID, Sequence[Message]],
    *,
    now: datetime | None = None,
) -> dict[UUID, datetime | None]:
    """The next instant at which a mail of each campaign goes out; None: none is in sight.

    A mail goes to whoever is in the campaign, on the day of their next message, and to whoever
    matches now and will be enrolled by the next scan, on the day of the first message.
    """
    active = [row for row in rows if row.state == CampaignState.ACTIVE or row.starts_at is not None]
    coming = await _coming(session, active, messages, now or clock.now())
    asked = [row for row in active if row.id in coming and coming[row.id].newcomers is not None]
    waited_for = await _waited_for(session, asked)
    found: dict[UUID, datetime | None] = {row.id: None for row in rows}
    return found | {key: one.at(waited_for=key in waited_for) for key, one in coming.items()}


async def first_send(
    session: TenantSession, campaign_id: UUID, *, after: datetime
) -> datetime | None:
    """When the first mail would go of a campaign that starts ``after``; None: none is in sight.

    Of a campaign that counts from a date only those are looked at who are in it already.

    Raises:
        NotFoundError: there is no such campaign.
    """
    row = await campaigns.find(session, campaign_id)
    if row is None:
        raise NotFoundError
    messages = await campaigns.messages(session, [row.id], templates=False)
    coming = (await _coming(session, [row], messages, after)).get(row.id)
    if coming is None:
        return None
    asked = [row] if coming.newcomers is not None else []
    return coming.at(waited_for=bool(await _waited_for(session, asked)))


async def _coming(
    session: TenantSession,
    rows: Sequence[Campaign],
    messages: Mapping[UUID, Sequence[Message]],
    now: datetime,
) -> dict[UUID, _Coming]:
    """Of the campaigns that have messages; one look at people for all of them."""
    told = [row for row in rows if messages[row.id]]
    by_contact = any(row.zone_mode == ZoneMode.CONTACT for row in told)
    names = await zones.of_contacts(session) if by_contact else []
    days = {row.id: [message.send_day for message in messages[row.id]] for row in told}
    passed = {row.id: _passed(row, days[row.id], names) for row in told}
    since = {key: day for key, day in passed.items() if day is not None}
    days0 = await people.days0(session, since) if since else {}
    found = {}
    for row in told:
        # What is about to start is told as if it had.
        soonest = max(now, row.starts_at or now)
        inside = _next_inside(row, days[row.id], names, days0.get(row.id, []))
        timetable, newcomers = timetable_of(row), None
        if timetable.anchor is None:
            first = schedule.first_mail(
                timetable, row.scanned_at or soonest, days[row.id][0], soonest
            )
            newcomers = first if inside is None or first < inside else None
        found[row.id] = _Coming(inside=inside, newcomers=newcomers, soonest=soonest)
    return found


def _zones_of(row: Campaign, names: Sequence[str]) -> set[ZoneInfo]:
    timetable = timetable_of(row)
    return {timetable.zone, *(timetable.zone_for(name) for name in names)}


def _passed(row: Campaign, send_days: Sequence[int], names: Sequence[str]) -> date | None:
    """The day 0 whose last mail the last scan has worked off everywhere; None: no scan was."""
    if row.scanned_at is None:
        return None
    timetable = timetable_of(row)
    days = [calendar.last_day(row.scanned_at, timetable.at, zone) for zone in _zones_of(row, names)]
    return calendar.passed(min(days), send_days, timetable.rest)


def _next_inside(
    row: Campaign, send_days: Sequence[int], names: Sequence[str], days0: Sequence[date]
) -> datetime | None:
    """When somebody who is in the campaign, with one of these day 0s, gets the next message."""
    timetable, since = timetable_of(row), row.scanned_at
    if since is None or not days0:
        return None
    there = _zones_of(row, names)
    moments: list[datetime] = []
    for day0 in days0:
        planned = calendar.plan(day0, send_days, timetable.rest)
        if timetable.immediate and send_days[0] == 0 and planned[0].day == day0:
            planned = planned[1:]  # Whoever was enrolled at once has had day 0.
        for on in planned:
            slots = [timetable.slot(on.day, zone) for zone in there]
            coming = [slot for slot in slots if slot > since]
            if coming:
                moments.append(min(coming))
                break
    return min(moments, default=None)


async def _waited_for(session: TenantSession, rows: Sequence[Campaign]) -> set[UUID]:
    """The campaigns that somebody would come into at the next scan: one look for all of them."""
    if not rows:
        return set()
    horizon = await enrolment.horizon(session)
    since = {row.id: trusted(row.scanned_xid, horizon.following) for row in rows}
    anew = {row.id for row in rows if since[row.id] is None}
    # Whoever might be found among more contacts than a page looks at is taken to be.
    taken = anew if anew and await people.more_than(session, LOOK) else set()
    last = await people.last_change(session)
    looks = {
        row.id: enrolment.newcomers(
            session, row.id, _compiled(row.contact_filter), since=since[row.id], created_by=None
        )
        for row in rows
        if row.id not in taken and (since[row.id] or 0) <= last
    }
    return taken | await people.found_by(session, looks)


@lru_cache(maxsize=1000)
def _compiled(contact_filter: str) -> ColumnElement[bool]:
    return compile_filter(parse(contact_filter))
