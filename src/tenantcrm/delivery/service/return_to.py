"""Whoever is back in campaigns after having been out of them for a while, by mistake."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tenantcrm.campaigns.calendar import local_date
from tenantcrm.campaigns.handing_over import HandOver, kind_of
from tenantcrm.campaigns.repository import campaigns as campaign_rows
from tenantcrm.campaigns.states import CampaignState
from tenantcrm.database import TenantSession
from tenantcrm.delivery.outlook import Entered, Running, slots_of
from tenantcrm.delivery.place import place_of
from tenantcrm.delivery.repository import outlooks
from tenantcrm.delivery.service.courses import Facts, course_of, facts_of, running_of
from tenantcrm.delivery.service.scan import hand_over


async def hand_over_missed(
    session: TenantSession,
    contact_id: UUID,
    campaign_ids: Sequence[UUID],
    *,
    since: datetime,
    now: datetime,
) -> None:
    """Enter what scans have passed over meanwhile: it is due as it would have been.

    Only of what came due after ``since``, when the contact left; a mail that the ledger has is not
    entered again.
    """
    if not campaign_ids:
        return
    facts = await facts_of(session, contact_id, None)
    rows = await outlooks.running(session, campaign_ids)
    messages = await campaign_rows.messages(session, [row.id for row in rows], templates=False)
    missed: list[HandOver] = []
    for row in rows:
        running, entered = running_of(row, messages[row.id]), facts.entered[row.id]
        missed += _missed(running, facts, entered, contact_id, since, now)
    await hand_over(session, sorted(missed, key=lambda one: one.due_at), now=now)


def _missed(
    running: Running,
    facts: Facts,
    entered: Entered,
    contact_id: UUID,
    since: datetime,
    now: datetime,
) -> list[HandOver]:
    place = place_of(running, facts.somebody, entered, now=now)
    if place.day0 is None or place.entry != entered.entry:
        return []
    course, _ = course_of(running, facts, place, place.day0, now=now)
    return [
        HandOver(
            campaign_id=running.id,
            message_id=message_id,
            days0=(entered.enrolled_on,),
            due_at=at,
            late_at=running.timetable.late_at(at),
            kind=kind_of(send_day),
            contact_id=contact_id,
        )
        for (message_id, send_day), at in slots_of(course)
        if since < at <= now and message_id not in course.settled
    ]


async def has_passed(
    session: TenantSession, contact_id: UUID, campaign_id: UUID, at: datetime
) -> bool:
    """Whether the last message of a campaign has come and gone for a contact who is in it.

    On its day itself they are still in the campaign, as a scan has it.
    """
    facts = await facts_of(session, contact_id, None)
    row = await campaign_rows.find(session, campaign_id)
    if row is None or campaign_id not in facts.entered:
        return True
    running = running_of(
        row, (await campaign_rows.messages(session, [row.id], templates=False))[row.id]
    )
    place = place_of(running, facts.somebody, facts.entered[campaign_id], now=at)
    if place.day0 is None:
        return row.state != CampaignState.ACTIVE
    course, _ = course_of(running, facts, place, place.day0, now=at)
    today = local_date(at, course.zone)
    return all(local_date(slot, course.zone) < today for _, slot in slots_of(course))
