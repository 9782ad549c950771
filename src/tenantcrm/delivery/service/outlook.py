"""Every mail that a contact gets of a campaign, and why it stands where it stands."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import UNSET, Struct, structs

from tenantcrm import clock
from tenantcrm.campaigns.calendar import Course, FutureMail, forecast
from tenantcrm.campaigns.impact import People, Shape, impact_of
from tenantcrm.campaigns.models import Campaign
from tenantcrm.campaigns.repository import campaigns as campaign_rows
from tenantcrm.campaigns.schemas import CampaignChanges
from tenantcrm.campaigns.service import check_known
from tenantcrm.campaigns.service.drafts import drafted
from tenantcrm.campaigns.service.effects import shape
from tenantcrm.campaigns.states import CampaignState, PastPolicy
from tenantcrm.database import TenantSession
from tenantcrm.delivery.gatekeeping import cap_of
from tenantcrm.delivery.models import Delivery
from tenantcrm.delivery.outlook import DraftMessage, Entered, Running, Somebody, Why, halted
from tenantcrm.delivery.place import Place, place_of
from tenantcrm.delivery.repository import outlooks
from tenantcrm.delivery.service.courses import (
    Facts,
    course_of,
    facts_of,
    running_as,
    running_of,
    sent_at,
)
from tenantcrm.errors import NotFoundError
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.service import tenants

CAMPAIGNS_MOST = 20
"""Campaigns that the story of one contact is told of; most tenants have fewer."""


class Outlook(Struct, frozen=True, kw_only=True):
    """``why``: where the contact stands. ``mails``: those to come of this campaign, by time.

    ``eligible``: something may come. ``halted``: why none of the mails comes all the same; they
    are then those of the campaign as if it were active. ``ledger``: what became of the others, by
    message. ``late``: messages whose time has passed. ``messages``: by day.
    """

    campaign_id: UUID
    campaign_name: str
    eligible: bool
    why: Why
    halted: Why | None
    entered: Entered | None
    messages: Sequence[DraftMessage]
    mails: Sequence[FutureMail]
    ledger: dict[UUID, Delivery]
    late: frozenset[UUID]


async def of_contact(
    session: TenantSession,
    campaign_id: UUID,
    contact_id: UUID,
    *,
    mode: Mode | None = Mode.LIVE,
    changes: CampaignChanges | None = None,
    now: datetime | None = None,
) -> Outlook:
    """The outlook of a contact in a campaign, as it is or as it would be after changes.

    A campaign that is not active is looked at as if it were activated at ``now``.

    Raises:
        NotFoundError: there is no such campaign or contact.
        InvalidError: the changes have faults.
    """
    running = await _campaign(session, campaign_id, changes)
    facts = await facts_of(session, contact_id, mode)
    others = await _running(session, await outlooks.running(session, _inside(facts, campaign_id)))
    now = now or clock.now()
    skipped = frozenset[UUID]()
    if changes is not None and campaign_id in facts.entered:
        skipped = await _skipped(session, running, facts, changes, now)
    return (await _outlooks(session, [running], others, facts, now, skipped))[0]


async def of_invented(
    session: TenantSession,
    campaign_id: UUID,
    somebody: Somebody,
    *,
    changes: CampaignChanges | None = None,
    now: datetime | None = None,
) -> Outlook:
    """The outlook of a contact that does not exist.

    Raises:
        NotFoundError: there is no such campaign.
        InvalidError: the changes have faults.
    """
    running = await _campaign(session, campaign_id, changes)
    facts = Facts(somebody=somebody, entered={}, ledger={})
    return (await _outlooks(session, [running], [], facts, now or clock.now()))[0]


async def everywhere(
    session: TenantSession,
    contact_id: UUID,
    *,
    mode: Mode | None = Mode.LIVE,
    now: datetime | None = None,
) -> list[Outlook]:
    """The outlooks of a contact in its campaigns, then in those that it is not in, newest first;
    at most ``CAMPAIGNS_MOST``.

    Raises:
        NotFoundError: there is no such contact.
    """
    facts = await facts_of(session, contact_id, mode)
    rows = await outlooks.nearest(session, list(facts.entered), limit=CAMPAIGNS_MOST)
    told = {row.id for row in rows}
    further = [key for key in _inside(facts) if key not in told]
    others = await _running(session, await outlooks.running(session, further))
    told_of = await _running(session, rows)
    return await _outlooks(session, told_of, others, facts, now or clock.now())


async def _skipped(
    session: TenantSession, running: Running, facts: Facts, changes: CampaignChanges, now: datetime
) -> frozenset[UUID]:
    """The messages that the contact does not get, as the changes pass it by them."""
    entered = facts.entered[running.id]
    row = await campaign_rows.find(session, running.id)
    if row is None or row.scanned_at is None or entered.state not in outlooks.MAILED:
        return frozenset()
    impact = impact_of(
        await shape(session, row),
        Shape(running.timetable, [(message.id, message.send_day) for message in running.messages]),
        [People(entered.enrolled_on, facts.somebody.timezone, 1)],
        scanned_at=row.scanned_at,
        now=now,
        policy=None if changes.past_messages is UNSET else PastPolicy(changes.past_messages),
    )
    return frozenset(one.message_id for one in impact.catch_up if one.action == "skip")


def _inside(facts: Facts, but: UUID | None = None) -> list[UUID]:
    """The campaigns that mail the contact."""
    return [
        key for key, entry in facts.entered.items() if entry.state in outlooks.MAILED and key != but
    ]


async def _campaign(
    session: TenantSession, campaign_id: UUID, changes: CampaignChanges | None
) -> Running:
    await check_known(session, campaign_id)
    campaign = await campaign_rows.find(session, campaign_id)
    if campaign is None:
        raise NotFoundError
    return running_as(campaign, await drafted(session, campaign, changes))


async def _running(session: TenantSession, rows: Sequence[Campaign]) -> list[Running]:
    messages = await campaign_rows.messages(session, [row.id for row in rows], templates=False)
    return [running_of(row, messages[row.id]) for row in rows]


async def _outlooks(
    session: TenantSession,
    told: Sequence[Running],
    others: Sequence[Running],
    facts: Facts,
    now: datetime,
    skipped: frozenset[UUID] = frozenset(),
) -> list[Outlook]:
    """One outlook for each campaign of ``told``; ``others`` mail the contact as well. ``skipped``:
    messages of theirs that do not come.

    A campaign that is told of and not active takes no mail's place in another: with one campaign
    to tell, it is looked at as if it were active.
    """
    tenant = await tenants.facts(session)
    courses: list[Course] = []
    places: dict[UUID, Place] = {}
    late: dict[UUID, frozenset[UUID]] = {}
    for running in (*told, *others):
        entered = facts.entered.get(running.id)
        place = places[running.id] = place_of(running, facts.somebody, entered, now=now)
        counts = running.state == CampaignState.ACTIVE or len(told) == 1
        if place.day0 is not None and counts:
            course, late[running.id] = course_of(running, facts, place, place.day0, now=now)
            late[running.id] |= skipped
            courses.append(structs.replace(course, settled=course.settled | skipped))
    known = {course.campaign_id for course in courses}
    unheard = [mail for key, own in facts.ledger.items() if key not in known for mail in own]
    # In a thread: many campaigns under a tight cap are some work, and others wait for this loop.
    mails = await asyncio.to_thread(
        forecast,
        courses,
        now=now,
        cap=cap_of(tenant),
        sent=sent_at(unheard),
        paused_until=facts.somebody.paused_until,
    )
    return [
        Outlook(
            campaign_id=running.id,
            campaign_name=running.name,
            eligible=places[running.id].day0 is not None,
            why=places[running.id].why,
            halted=halted(running.state, tenant),
            entered=facts.entered.get(running.id),
            messages=running.messages,
            mails=[mail for mail in mails if mail.campaign_id == running.id],
            ledger={
                mail.message_id: mail
                for mail in facts.ledger.get(running.id, [])
                if mail.message_id and mail.entry == places[running.id].entry
            },
            late=late.get(running.id, frozenset()),
        )
        for running in told
    ]
