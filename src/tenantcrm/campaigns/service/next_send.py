"""When a mail of a campaign would really go out next."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

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
"""Contacts looked at for a campaign that has not been scanned since it was started or its filter
changed. A page must not wait for what is the next scan's work; beyond them it says the next slot.
"""


async def next_send(session: TenantSession, *, now: datetime | None = None) -> datetime | None:
    """The next instant at which a mail of any of the tenant's campaigns goes out.

    What is in the ledger already is not looked at. None: no mail is in sight.
    """
    active = await schedules.active(session)
    messages = await campaigns.messages(session, [c.id for c in active], templates=False)
    found = await next_sends(session, active, messages, now=now)
    return min((moment for moment in found.values() if moment is not None), default=None)


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
    now = now or clock.now()
    active = [
        row
        for row in rows
        if (row.state == CampaignState.ACTIVE or row.starts_at is not None) and messages[row.id]
    ]
    found: dict[UUID, datetime | None] = {row.id: None for row in rows}
    by_contact = any(row.zone_mode == ZoneMode.CONTACT for row in active)
    names = await zones.of_contacts(session) if by_contact else []
    for row in active:
        # What is about to start is told as if it had.
        soonest = max(now, row.starts_at or now)
        found[row.id] = await _next(session, row, messages[row.id], names, soonest)
    return found


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
    messages = (await campaigns.messages(session, [row.id], templates=False))[row.id]
    by_contact = row.zone_mode == ZoneMode.CONTACT
    names = await zones.of_contacts(session) if by_contact else []
    return await _next(session, row, messages, names, after) if messages else None


async def _next(
    session: TenantSession,
    row: Campaign,
    messages: Sequence[Message],
    names: Sequence[str],
    soonest: datetime,
) -> datetime | None:
    """When the next mail goes, not before ``soonest``; None: none is in sight."""
    timetable, since = timetable_of(row), row.scanned_at or soonest
    moments = []
    inside = await _next_inside(session, row, messages, names)
    if inside is not None:
        moments.append(inside)
    if timetable.anchor is None:
        newcomers = schedule.first_mail(timetable, since, messages[0].send_day, soonest)
        if (not moments or newcomers < moments[0]) and await _somebody_waits(session, row):
            moments.append(newcomers)
    return max(soonest, min(moments)) if moments else None


async def _next_inside(
    session: TenantSession, row: Campaign, messages: Sequence[Message], names: Sequence[str]
) -> datetime | None:
    """When somebody who is in the campaign gets the next message of it."""
    timetable, since = timetable_of(row), row.scanned_at
    if since is None:
        return None
    send_days = [message.send_day for message in messages]
    there = {timetable.zone, *(timetable.zone_for(name) for name in names)}
    days = {calendar.last_day(since, timetable.at, zone) for zone in there}
    first = calendar.passed(min(days), send_days, timetable.rest)
    moments: list[datetime] = []
    for day0 in await people.days0(session, row.id, since=first):
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


async def _somebody_waits(session: TenantSession, campaign: Campaign) -> bool:
    horizon = await enrolment.horizon(session)
    since = trusted(campaign.scanned_xid, horizon.following)
    waiting = enrolment.newcomers(
        session,
        campaign.id,
        compile_filter(parse(campaign.contact_filter)),
        since=since,
        created_by=None,
    )
    if since is None:
        return await people.any_of_the_newest(session, waiting, LOOK)
    return await people.any_of(session, waiting)
