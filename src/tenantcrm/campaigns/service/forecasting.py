"""How many mails a campaign sends on each of the next days."""

from collections import Counter
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from tenantcrm import clock
from tenantcrm.campaigns import anchors, calendar
from tenantcrm.campaigns.calendar import DAY
from tenantcrm.campaigns.repository import campaigns, enrolment, groups
from tenantcrm.campaigns.schemas import CampaignChanges
from tenantcrm.campaigns.service.drafts import Draft, drafted
from tenantcrm.campaigns.service.effects import SLACK
from tenantcrm.campaigns.service.read import found
from tenantcrm.campaigns.states import CampaignState
from tenantcrm.contacts.filters import parse
from tenantcrm.contacts.filters.compile import compile_filter
from tenantcrm.database import TenantSession

DAYS = 30


class ForecastDay(Struct, frozen=True):
    """Mails of a campaign on one date of its own zone."""

    date: date
    sends: int


class CampaignForecast(Struct, frozen=True, kw_only=True):
    """The next days, today first. ``people``: in the campaign. ``newcomers``: who match now and
    would come in at the next scan; of those who come later nobody knows.

    The frequency cap is each contact's own, and not counted here.
    """

    timezone: str
    people: int
    newcomers: int
    days: list[ForecastDay]


async def forecast_days(
    session: TenantSession,
    campaign_id: UUID,
    *,
    changes: CampaignChanges | None = None,
    days: int = DAYS,
    now: datetime | None = None,
) -> CampaignForecast:
    """The mails of the next days, by groups of people with the same day 0 and zone: exact for
    those in the campaign, and as if it were activated now where it is not active.

    Raises:
        NotFoundError: there is no such campaign.
        InvalidError: the changes have faults.
    """
    now = now or clock.now()
    campaign = found(await campaigns.find(session, campaign_id))
    draft = await drafted(session, campaign, changes)
    timetable = draft.timetable
    today = calendar.local_date(now, timetable.zone)
    counted: Counter[date] = Counter()
    people = newcomers = 0
    send_days = [message.send_day for message in draft.messages]
    if draft.messages:
        since = calendar.passed(today - SLACK, send_days, timetable.rest)
        after = campaign.scanned_at if campaign.state == CampaignState.ACTIVE else now
        for group in await groups.inside(
            session, campaign_id, since=since, by_zone=timetable.by_contact
        ):
            people += group.number if group.state == "active" else 0
            counted += _sends(draft, group.day0, group.zone, group.number, after or now)
        condition = compile_filter(parse(draft.contact_filter))
        matching = enrolment.newcomers(session, campaign_id, condition, since=None, created_by=None)
        for zone, value, number in await groups.outside(
            session, matching, by_zone=timetable.by_contact, attribute=timetable.anchor
        ):
            there = timetable.zone_for(zone)
            scan = now if timetable.immediate else calendar.next_slot(now, timetable.at, there)
            day0 = anchors.first_day(timetable, value, send_days, there, scan)
            if day0 is None:
                continue
            newcomers += number
            start = day0 if timetable.anchor is None else calendar.local_date(scan, there)
            counted += _sends(draft, day0, zone, number, now - DAY, start=start)
    return CampaignForecast(
        timezone=timetable.zone.key,
        people=people,
        newcomers=newcomers,
        days=[ForecastDay(today + n * DAY, counted[today + n * DAY]) for n in range(days)],
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
