"""The report of a campaign: how far its people came, and what became of its mails."""

from datetime import date, timedelta
from uuid import UUID

from msgspec import Struct

from tenantcrm.campaigns import service as campaigns
from tenantcrm.campaigns.schemas import CampaignStats
from tenantcrm.database import TenantSession
from tenantcrm.delivery.periods import Period
from tenantcrm.delivery.repository import counting, titles
from tenantcrm.delivery.repository.titles import Title
from tenantcrm.delivery.schemas import Sends
from tenantcrm.delivery.service.sends import campaign_sends
from tenantcrm.delivery.service.tally import tally

AT_SIGHT = 20
"""Batches of news of people's progress that looking at a report takes over: some milliseconds."""


class Line(Struct, frozen=True, kw_only=True):
    """What became of one message."""

    message: Title
    sends: Sends


class Report(Struct, frozen=True, kw_only=True):
    """A campaign's numbers over a period.

    ``people``: of those whose day 0 lies in it, until now. ``sends`` and ``lines``: of the mails
    that left in it, or are due in it; messages in the order of their days. ``days``: every local
    day from the first on which something left to the last.
    """

    people: CampaignStats
    sends: Sends
    lines: list[Line]
    days: list[counting.Day]


async def report(session: TenantSession, campaign_id: UUID, *, period: Period, zone: str) -> Report:
    """The report of a campaign. ``zone``: whose days are counted.

    Raises:
        NotFoundError: there is no such campaign.
    """
    await campaigns.check_known(session, campaign_id)
    await tally(session, news=AT_SIGHT, most=0)
    ids = [campaign_id]
    people = await campaigns.stats(session, ids, since=period.first, until=period.last_day)
    sends = (await campaign_sends(session, ids, period=period)).get(campaign_id, Sends())
    messages = await titles.of_campaign(session, campaign_id)
    days = await counting.by_day(
        session, campaign_id=campaign_id, zone=zone, since=period.since, until=period.until
    )
    return Report(
        people=people[campaign_id],
        sends=sends,
        lines=[
            Line(message=message, sends=sends.by_message.get(message.id, Sends()))
            for message in messages
            if message.retired_at is None or message.id in sends.by_message
        ],
        days=_without_gaps(days),
    )


def _without_gaps(days: list[counting.Day]) -> list[counting.Day]:
    """The same with the days on which nothing left; those on which something is only due are no
    part of the line.
    """
    left = {day.day: day for day in days if day.sent or day.opened or day.clicked}
    if not left:
        return []
    first, last = min(left), max(left)
    span = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [left.get(day, _nothing(day)) for day in span]


def _nothing(day: date) -> counting.Day:
    return counting.Day(day, 0, 0, 0, 0, 0)
