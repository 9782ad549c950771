"""Scan a campaign: enrol whom its filter matches now, and say which messages are due to whom."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from msgspec import Struct

from tenantcrm import clock
from tenantcrm.campaigns import schedule
from tenantcrm.campaigns.calendar import Timetable
from tenantcrm.campaigns.models import Campaign, CampaignState
from tenantcrm.campaigns.repository import campaigns, endings, enrolment
from tenantcrm.campaigns.repository import schedule as schedules
from tenantcrm.campaigns.schedule import DayMessage, HandOver, ScanPlan
from tenantcrm.contacts.filters import compile_filter, parse
from tenantcrm.database import TenantSession


class ScanResult(Struct, frozen=True, kw_only=True):
    """What a scan did, and what is due; delivery enters ``hand_overs`` in the same transaction."""

    campaign_id: UUID
    enrolled: int
    finished: int
    hand_overs: list[HandOver]
    next_scan_at: datetime


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
    before = schedule.worked_through(timetable, campaign.scanned_through, now)
    plan = schedule.plan_scan(timetable, before, now)
    enrolled = await _enrol(session, campaign, plan, now)
    messages = await _messages(session, campaign_id)
    hand_overs = await _reaching(
        session,
        schedule.hand_overs(timetable, plan, campaign_id=campaign_id, messages=messages),
    )
    if enrolled.number:
        hand_overs += schedule.at_once(
            timetable, plan, campaign_id=campaign_id, messages=messages, now=now
        )
    next_scan_at = schedule.next_scan(timetable, plan.worked_through, now, clock.rate())
    finished = await _finish(session, campaign, messages, plan.worked_through, now)
    await schedules.note_scan(
        session,
        campaign_id,
        scanned_through=plan.worked_through,
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
    )


def timetable_of(campaign: Campaign) -> Timetable:
    """When the campaign sends."""
    return Timetable.of(
        at=campaign.preferred_send_time,
        timezone=campaign.timezone,
        late_limit_hours=campaign.late_limit_hours,
        day_zero=campaign.day_zero,
        late_action=campaign.late_action,
        zone_mode=campaign.zone_mode,
        skip_weekdays=campaign.skip_weekdays,
        skip_dates=campaign.skip_dates,
        anchor=campaign.anchor,
    )


async def _messages(session: TenantSession, campaign_id: UUID) -> list[DayMessage]:
    rows = await campaigns.messages(session, [campaign_id], templates=False)
    return [DayMessage(row.id, row.send_day) for row in rows[campaign_id]]


async def _enrol(
    session: TenantSession, campaign: Campaign, plan: ScanPlan, now: datetime
) -> Enrolled:
    if plan.enrol_on is None:
        return Enrolled(0, campaign.scanned_xid)
    horizon = await enrolment.horizon(session)
    count = await enrolment.enrol(
        session,
        campaign.id,
        enrolment.newcomers(
            session,
            campaign.id,
            compile_filter(parse(campaign.contact_filter)),
            since=trusted(campaign.scanned_xid, horizon.following),
            created_by=plan.created_by,
        ),
        enrolled_on=plan.enrol_on,
        now=now,
    )
    if plan.created_by is None:
        return Enrolled(count, horizon.oldest)
    # Contacts created after the preferred time are enrolled by the next scan, which must look at
    # them again although they have not changed since.
    left = await enrolment.changed_after(session, plan.created_by)
    return Enrolled(count, horizon.oldest if left is None else min(left, horizon.oldest))


async def _reaching(session: TenantSession, candidates: list[HandOver]) -> list[HandOver]:
    """Those that reach a day on which anybody was enrolled: after a pause most reach nobody."""
    if not candidates:
        return []
    days = {h.enrolled_on for h in candidates}
    found = await enrolment.enrolled_days(session, candidates[0].campaign_id, days)
    return [h for h in candidates if h.enrolled_on in found]


def trusted(since: int | None, following: int) -> int | None:
    """The transaction from which on to look; None: look at all.

    A stored transaction that this database has not come to was counted by another one, from which
    the data was restored; it says nothing here.
    """
    return None if since is None or since > following else since


async def _finish(
    session: TenantSession,
    campaign: Campaign,
    messages: list[DayMessage],
    worked: date,
    now: datetime,
) -> int:
    if not messages:
        return 0
    last_day = messages[-1].send_day
    before = campaign.scanned_through
    return await endings.finish(
        session,
        campaign.id,
        since=None if before is None else schedule.first_unfinished(before, last_day),
        before=schedule.first_unfinished(worked, last_day),
        now=now,
    )
