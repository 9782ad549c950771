"""How many mails a campaign sends on each of the next days."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct, convert

from tenantcrm import clock
from tenantcrm.campaigns import anchors, calendar, schedule
from tenantcrm.campaigns.calendar import DAY
from tenantcrm.campaigns.impact import CatchUp
from tenantcrm.campaigns.models import Campaign
from tenantcrm.campaigns.repository import campaigns, groups
from tenantcrm.campaigns.repository.groups import GroupCount
from tenantcrm.campaigns.schemas import Audience, CampaignChanges
from tenantcrm.campaigns.service.drafts import Draft, drafted
from tenantcrm.campaigns.service.effects import left_by
from tenantcrm.campaigns.service.reach import PATIENCE, Reach, audience_of, inside, reach
from tenantcrm.campaigns.service.read import found
from tenantcrm.contacts import service as contacts
from tenantcrm.database import TenantSession

DAYS = 30
WEST = ZoneInfo("Etc/GMT+12")
"""Where a day's slot comes last."""


class ForecastDay(Struct, frozen=True):
    """Mails of a campaign on one date of its own zone."""

    date: date
    sends: int


class CampaignForecast(Struct, frozen=True, kw_only=True):
    """The next days, today first. ``people``: in the campaign. ``newcomers``: who match now and
    would come in at the next scan; of those who come later nobody knows.

    ``exact`` is false where the days, or the newcomers, are estimates. The frequency cap is each
    contact's own, and not counted here.
    """

    timezone: str
    people: int
    newcomers: int
    days: list[ForecastDay]
    exact: bool = True


async def forecast_days(
    session: TenantSession,
    campaign_id: UUID,
    *,
    changes: CampaignChanges | None = None,
    days: int = DAYS,
    now: datetime | None = None,
) -> CampaignForecast:
    """The mails of the next days, by groups of people with the same day 0 and zone: as if the
    campaign were activated now where it is not active.

    Raises:
        NotFoundError: there is no such campaign.
        InvalidError: the changes have faults.
    """
    campaign = found(await campaigns.find(session, campaign_id))
    draft = await drafted(session, campaign, changes)
    reached = await _reached(session, campaign, draft) if draft.messages else Reach([])
    now = now or clock.now()
    left = [] if changes is None else await left_by(session, campaign, draft, changes, now)
    return await _forecast(session, campaign, draft, reached, days, now, left)


async def before_activation(
    session: TenantSession, campaign_id: UUID, *, now: datetime | None = None
) -> tuple[Audience, CampaignForecast]:
    """Whom a campaign reaches, and the mails of the next days, from one look at the contacts.

    Raises:
        NotFoundError: there is no such campaign.
    """
    campaign = found(await campaigns.find(session, campaign_id))
    draft = await drafted(session, campaign)
    # Who is about to mail them waits a moment for their exact number.
    reached = await _reached(session, campaign, draft, seconds=contacts.PATIENCE)
    forecast = await _forecast(session, campaign, draft, reached, DAYS, now or clock.now())
    return await audience_of(session, draft.contact_filter, campaign.id, reached), forecast


async def _reached(
    session: TenantSession, campaign: Campaign, draft: Draft, *, seconds: float = PATIENCE
) -> Reach:
    timetable = draft.timetable
    return await reach(
        session,
        draft.contact_filter,
        campaign.id,
        by_zone=timetable.by_contact,
        attribute=timetable.anchor,
        seconds=seconds,
    )


async def _forecast(
    session: TenantSession,
    campaign: Campaign,
    draft: Draft,
    reached: Reach,
    days: int,
    now: datetime,
    left: Sequence[CatchUp] = (),
) -> CampaignForecast:
    timetable = draft.timetable
    today = calendar.local_date(now, timetable.zone)
    counted: Counter[date] = Counter()
    people, newcomers, exact = 0, 0, reached.exact
    send_days = [message.send_day for message in draft.messages]
    if draft.messages:
        by_zone = timetable.by_contact
        # What has come since the last scan, in a pause, too, goes with the next one.
        after = campaign.scanned_at or now
        decided = [*convert(campaign.catch_up, list[CatchUp]), *left]
        # Before it every mail has had its time, wherever the contact lives.
        behind = calendar.last_day(after, timetable.at, WEST if by_zone else timetable.zone)
        since = calendar.passed(behind, send_days, timetable.rest) + DAY
        there, known = await inside(session, campaign.id, by_zone=by_zone)
        people, exact = sum(group.number for group in there), exact and known
        through = await groups.finished(session, campaign.id, since=since, by_zone=by_zone)
        for group in (*there, *through):
            counted += _sends(draft, group, after, now, decided)
        for newcomer in reached.groups:
            if newcomer.reason is not None:
                continue
            zone = timetable.zone_for(newcomer.zone)
            scan = now if timetable.immediate else calendar.next_slot(now, timetable.at, zone)
            day0 = anchors.first_day(timetable, newcomer.value, send_days, zone, scan)
            if day0 is None:
                continue
            newcomers += newcomer.number
            group = GroupCount(day0, newcomer.zone, newcomer.number)
            counted += _newcomers(draft, group, scan)
    return CampaignForecast(
        timezone=timetable.zone.key,
        people=people,
        newcomers=newcomers,
        days=[ForecastDay(today + n * DAY, counted[today + n * DAY]) for n in range(days)],
        exact=exact,
    )


def _sends(
    draft: Draft, group: GroupCount, after: datetime, now: datetime, decided: Sequence[CatchUp]
) -> Counter[date]:
    """Mails to people in it, by date in the campaign's zone: those whose time is later than
    ``after``, and what edits have left to be sent to them. What may still go by now goes today.
    """
    timetable = draft.timetable
    counted: Counter[date] = Counter()
    for message_id, slot, at_once in _slots(draft, group):
        action = _last(decided, message_id, group)
        if action == "skip" or (at_once and action is None):
            continue  # Whoever is in it had that mail at once.
        due_at = now if action == "send" else slot
        if due_at > after and schedule.in_time(timetable, due_at, now):
            counted[calendar.local_date(max(due_at, now), timetable.zone)] += group.number
    return counted


def _newcomers(draft: Draft, group: GroupCount, scan: datetime) -> Counter[date]:
    """Mails to people whom the scan lets in. Of a date what may still go by then goes with it."""
    timetable = draft.timetable
    counted: Counter[date] = Counter()
    for _, slot, _ in _slots(draft, group):
        if timetable.anchor is None:
            counted[calendar.local_date(slot, timetable.zone)] += group.number
        elif schedule.in_time(timetable, slot, scan):
            counted[calendar.local_date(max(slot, scan), timetable.zone)] += group.number
    return counted


def _slots(draft: Draft, group: GroupCount) -> Iterator[tuple[UUID, datetime, bool]]:
    """Of each message the time for a group, and whether it goes at once instead."""
    timetable, there = draft.timetable, draft.timetable.zone_for(group.zone)
    send_days = [message.send_day for message in draft.messages]
    planned = calendar.plan(group.day0, send_days, timetable.rest)
    for message, on in zip(draft.messages, planned, strict=True):
        at_once = timetable.immediate and message.send_day == 0 and on.day == group.day0
        yield message.id, timetable.slot(on.day, there), at_once


def _last(decided: Sequence[CatchUp], message_id: UUID, group: GroupCount) -> str | None:
    """What the first edit that passed a group by a message has left for the scan; None: nothing."""
    found = None
    for one in decided:
        here = one.zones is None or group.zone in one.zones
        if one.message_id == message_id and here and group.day0 in one.days0:
            # An entry stays what it was first, unless it is taken back.
            found = None if one.action == "move" else found or one.action
    return found
