"""Scan a campaign: enrol whom its filter matches now, and say which messages are due to whom."""

import math
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from msgspec import Struct, structs

from tenantcrm import clock
from tenantcrm.campaigns import calendar, handing_over, schedule
from tenantcrm.campaigns.handing_over import HandOver
from tenantcrm.campaigns.repository import campaigns, changed, endings, enrolment, zones
from tenantcrm.campaigns.repository import schedule as schedules
from tenantcrm.campaigns.repository.zones import Mark
from tenantcrm.campaigns.schedule import DayMessage, Group
from tenantcrm.campaigns.service.catching_up import catch_up
from tenantcrm.campaigns.service.follow import Ahead, enrol_by_date, enter_again, follow
from tenantcrm.campaigns.service.work import Work, timetable_of, trusted
from tenantcrm.campaigns.states import CampaignState
from tenantcrm.contacts.filters import parse
from tenantcrm.contacts.filters.compile import compile_filter
from tenantcrm.database import TenantSession

MOVED = timedelta(days=4)
"""By how many days a contact may be behind others of its day 0 after changes of its zone."""


class ScanResult(Struct, frozen=True, kw_only=True):
    """What a scan did, and what is due; delivery enters ``hand_overs`` in the same transaction."""

    campaign_id: UUID
    enrolled: int
    finished: int
    hand_overs: list[HandOver]
    next_scan_at: datetime
    ahead: list[Ahead] = []
    """What the ledger lets go of before, because it is to come on another day."""


class Enrolled(NamedTuple):
    """How many were enrolled, and the transaction from which on the next scan looks."""

    number: int
    since: int | None


async def due(session: TenantSession, *, now: datetime | None = None) -> list[UUID]:
    """The tenant's campaigns whose scan is due; each is scanned in a unit of work of its own."""
    return await schedules.due(session, now or clock.now())


async def contacts_changed(session: TenantSession, *, now: datetime | None = None) -> None:
    """Make the campaigns that mail at once due: contacts have come or changed."""
    await schedules.hurry(session, now or clock.now())
    await schedules.refresh(session)


async def scan(
    session: TenantSession, campaign_id: UUID, *, now: datetime | None = None
) -> ScanResult | None:
    """Do what is due of one campaign; None when another scan has it or nothing is due.

    Everything is one transaction with what delivery adds to it: cut half-way, nothing has
    happened; done twice, nothing happens twice (enrolments and the ledger are unique).
    """
    now = now or clock.now()
    campaign = await campaigns.lock(session, campaign_id, skip_locked=True)
    if campaign is None or campaign.state != CampaignState.ACTIVE:
        return None
    if campaign.next_scan_at is None or campaign.next_scan_at > now:
        return None
    timetable = timetable_of(campaign)
    plan = schedule.plan_scan(
        timetable,
        campaign.scanned_at or now,
        now,
        await zones.of_contacts(session) if timetable.by_contact else (),
    )
    messages = await _messages(session, campaign_id)
    horizon = await enrolment.horizon(session)
    marks = await zones.marks(session, campaign_id)
    work = Work(campaign, timetable, plan, messages, horizon, marks, now)
    ahead = await follow(session, work)
    enrolled = await _enrol(session, work)
    hand_overs = await _hand_overs(session, work, enrolled=enrolled.number)
    hand_overs = catch_up(campaign, messages) + hand_overs
    next_scan_at = schedule.next_scan(timetable, plan.until, now, clock.rate())
    finished = await _finish(session, work)
    await schedules.note_scan(
        session,
        campaign_id,
        scanned_at=plan.until,
        scanned_xid=enrolled.since,
        next_scan_at=next_scan_at,
    )
    await schedules.refresh(session)
    return ScanResult(
        campaign_id=campaign_id,
        enrolled=enrolled.number,
        finished=finished,
        hand_overs=hand_overs,
        next_scan_at=next_scan_at,
        ahead=ahead,
    )


async def _messages(session: TenantSession, campaign_id: UUID) -> list[DayMessage]:
    rows = await campaigns.messages(session, [campaign_id], templates=False)
    return [DayMessage(row.id, row.send_day) for row in rows[campaign_id]]


async def _enrol(session: TenantSession, work: Work) -> Enrolled:
    """Enrol whom each group takes in, and note how far each zone was looked at."""
    number, since = 0, work.campaign.scanned_xid
    for group in work.plan.groups:
        looked = await _enrol_group(session, work, group)
        number += looked.number
        if not work.timetable.by_contact:
            since = looked.since
        elif group.days and group.zones:
            mark = Mark(looked.since, work.horizon.oldest)
            await zones.note(session, work.campaign.id, group.zones, mark)
    if work.timetable.by_contact:
        since = work.horizon.oldest
    elif work.marks and any(group.days for group in work.plan.groups):
        await zones.forget(session, work.campaign.id)
    return Enrolled(number, since)


async def _enrol_group(session: TenantSession, work: Work, group: Group) -> Enrolled:
    known = work.since(group)
    if group.enrol_on is None:
        return Enrolled(0, known)
    campaign, since = work.campaign, trusted(known, work.horizon.following)
    if campaign.anchor is not None:
        count = await enrol_by_date(session, work, group, since=since)
    else:
        newcomers = enrolment.newcomers(
            session,
            campaign.id,
            compile_filter(parse(campaign.contact_filter)),
            since=since,
            created_by=group.created_by,
            zones=group.zones,
        )
        count = await enrolment.enrol(
            session, campaign.id, newcomers, enrolled_on=group.enrol_on, now=work.now
        )
        count += await enter_again(session, work, group)
    if group.created_by is None:
        return Enrolled(count, work.horizon.oldest)
    # Contacts created after the preferred time are enrolled by the next scan, which must look at
    # them again although they have not changed since.
    left = await enrolment.changed_after(session, group.created_by)
    oldest = work.horizon.oldest
    return Enrolled(count, oldest if left is None else min(left, oldest))


async def _hand_overs(session: TenantSession, work: Work, *, enrolled: int) -> list[HandOver]:
    campaign_id = work.campaign.id
    found = handing_over.hand_overs(
        work.timetable, work.plan, campaign_id=campaign_id, messages=work.messages
    )
    if work.timetable.by_contact or work.timetable.anchor or work.marks:
        found = await _moved(session, work) + found
    found = await _reaching(session, found, work.now)
    if enrolled:
        found += handing_over.at_once(
            work.timetable,
            work.plan,
            campaign_id=campaign_id,
            messages=work.messages,
            now=work.now,
        )
    return found


async def _moved(session: TenantSession, work: Work) -> list[HandOver]:
    found: list[HandOver] = []
    for group in work.plan.groups:
        since = trusted(work.seen(group), work.horizon.following)
        days0 = await changed.days_of_changed(session, work.campaign.id, group.zones, since=since)
        found += handing_over.moved(
            work.timetable,
            group,
            campaign_id=work.campaign.id,
            messages=work.messages,
            days0=days0,
            changed_since=since,
        )
    return found


async def _reaching(
    session: TenantSession, candidates: list[HandOver], now: datetime
) -> list[HandOver]:
    """Those that reach a day on which anybody was enrolled: after a pause most reach nobody.

    Whoever had finished before this scan has had everything: a message that is new since is for
    those whom its edit has let in again, and not for an entry that another one has followed.
    """
    if not candidates:
        return []
    days = {day for h in candidates for day in h.days0}
    found = await enrolment.enrolled_days(session, candidates[0].campaign_id, days)
    reaching = []
    for item in candidates:
        days0 = tuple(day for day in item.days0 if day in found)
        if days0:
            reaching.append(structs.replace(item, days0=days0, inside_at=now))
    return reaching


async def _finish(session: TenantSession, work: Work) -> int:
    """Finish those whose last message went on a day before those that this scan works off.

    On that day itself they are still in the campaign, and can leave it.
    """
    if not work.messages:
        return 0
    behind = MOVED if work.timetable.by_contact else calendar.DAY
    if work.timetable.anchor is not None:
        # A date may let somebody in, or move them, as long as anything of it is not too late.
        behind += min(work.timetable.late_limit or calendar.DAY, schedule.MOST)
    send_days = [message.send_day for message in work.messages]
    count = 0
    for group in work.plan.groups:
        if not group.days:
            continue
        first = calendar.passed(group.days[0] - calendar.DAY, send_days, work.timetable.rest)
        count += await endings.finish(
            session,
            work.campaign.id,
            # Those who have moved between zones stand a day or two behind.
            since=first - timedelta(days=math.ceil(behind / calendar.DAY)),
            through=calendar.passed(group.days[-1] - calendar.DAY, send_days, work.timetable.rest),
            now=work.now,
            zones=group.zones,
        )
    return count
