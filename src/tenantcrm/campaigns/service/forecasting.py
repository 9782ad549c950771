"""How many mails a campaign sends on each of the next days."""

from collections import Counter
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from tenantcrm import clock
from tenantcrm.campaigns import anchors, calendar
from tenantcrm.campaigns.calendar import DAY
from tenantcrm.campaigns.models import Campaign
from tenantcrm.campaigns.repository import campaigns, groups
from tenantcrm.campaigns.schemas import Audience, CampaignChanges
from tenantcrm.campaigns.service.drafts import Draft, drafted
from tenantcrm.campaigns.service.reach import Reach, audience_of, inside, reach
from tenantcrm.campaigns.service.read import found
from tenantcrm.campaigns.states import CampaignState
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
    return await _forecast(session, campaign, draft, reached, days, now or clock.now())


async def before_activation(
    session: TenantSession, campaign_id: UUID, *, now: datetime | None = None
) -> tuple[Audience, CampaignForecast]:
    """Whom a campaign reaches, and the mails of the next days, from one look at the contacts.

    Raises:
        NotFoundError: there is no such campaign.
    """
    campaign = found(await campaigns.find(session, campaign_id))
    draft = await drafted(session, campaign)
    reached = await _reached(session, campaign, draft)
    forecast = await _forecast(session, campaign, draft, reached, DAYS, now or clock.now())
    return await audience_of(session, draft.contact_filter, campaign.id, reached), forecast


async def _reached(session: TenantSession, campaign: Campaign, draft: Draft) -> Reach:
    timetable = draft.timetable
    return await reach(
        session,
        draft.contact_filter,
        campaign.id,
        by_zone=timetable.by_contact,
        attribute=timetable.anchor,
    )


async def _forecast(
    session: TenantSession,
    campaign: Campaign,
    draft: Draft,
    reached: Reach,
    days: int,
    now: datetime,
) -> CampaignForecast:
    timetable = draft.timetable
    today = calendar.local_date(now, timetable.zone)
    counted: Counter[date] = Counter()
    people, newcomers, exact = 0, 0, reached.exact
    send_days = [message.send_day for message in draft.messages]
    if draft.messages:
        by_zone = timetable.by_contact
        after = campaign.scanned_at if campaign.state == CampaignState.ACTIVE else None
        after = after or now
        # Before it every mail has had its time, wherever the contact lives.
        behind = calendar.last_day(after, timetable.at, WEST if by_zone else timetable.zone)
        since = calendar.passed(behind, send_days, timetable.rest) + DAY
        there, known = await inside(session, campaign.id, by_zone=by_zone)
        people, exact = sum(group.number for group in there), exact and known
        through = await groups.finished(session, campaign.id, since=since, by_zone=by_zone)
        for group in (*there, *through):
            if group.day0 >= since:
                counted += _sends(draft, group.day0, group.zone, group.number, after)
        for newcomer in reached.groups:
            if newcomer.reason is not None:
                continue
            zone = timetable.zone_for(newcomer.zone)
            scan = now if timetable.immediate else calendar.next_slot(now, timetable.at, zone)
            day0 = anchors.first_day(timetable, newcomer.value, send_days, zone, scan)
            if day0 is None:
                continue
            newcomers += newcomer.number
            start = day0 if timetable.anchor is None else calendar.local_date(scan, zone)
            counted += _sends(draft, day0, newcomer.zone, newcomer.number, now - DAY, start=start)
    return CampaignForecast(
        timezone=timetable.zone.key,
        people=people,
        newcomers=newcomers,
        days=[ForecastDay(today + n * DAY, counted[today + n * DAY]) for n in range(days)],
        exact=exact,
    )


def _sends(
    draft: Draft,
    day0: date,
    zone: str | None,
    number: int,
    after: datetime,
    start: date | None = None,
) -> Counter[date]:
    """Mails to so many people, by date in the campaign's zone; only those later than ``after``."""
    timetable, there = draft.timetable, draft.timetable.zone_for(zone)
    counted: Counter[date] = Counter()
    send_days = [message.send_day for message in draft.messages]
    for send_day, on in zip(send_days, calendar.plan(day0, send_days, timetable.rest), strict=True):
        slot = timetable.slot(on.day, there)
        if start is None and timetable.immediate and send_day == 0 and on.day == day0:
            # Whoever is in it had that mail at once.
            continue
        if slot > after and (start is None or on.day >= start):
            counted[calendar.local_date(slot, timetable.zone)] += number
    return counted
