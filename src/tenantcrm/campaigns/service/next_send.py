"""When a mail of a campaign would really go out next."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from tenantcrm import clock
from tenantcrm.campaigns import schedule
from tenantcrm.campaigns.models import Campaign, CampaignState, Message
from tenantcrm.campaigns.repository import campaigns, enrolment, people
from tenantcrm.campaigns.repository import schedule as schedules
from tenantcrm.campaigns.service.scan import timetable_of, trusted
from tenantcrm.contacts.filters import compile_filter, parse
from tenantcrm.database import TenantSession

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
    active = [row for row in rows if row.state == CampaignState.ACTIVE and messages[row.id]]
    days = await people.next_days(session, [row.id for row in active]) if active else {}
    found: dict[UUID, datetime | None] = {row.id: None for row in rows}
    for row in active:
        moments = []
        if row.id in days:
            moments.append(timetable_of(row).slot(days[row.id]))
        newcomers = schedule.first_mail(
            timetable_of(row), row.scanned_through, messages[row.id][0].send_day, now
        )
        if (not moments or newcomers < moments[0]) and await _somebody_waits(session, row):
            moments.append(newcomers)
        found[row.id] = max(now, min(moments)) if moments else None
    return found


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
