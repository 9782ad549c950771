"""Every mail that a contact gets of a campaign, and why it stands where it stands."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct, structs

from tenantcrm import clock
from tenantcrm.campaigns.calendar import Course, FutureMail, Waiting, forecast
from tenantcrm.campaigns.models import Campaign, CampaignState
from tenantcrm.campaigns.repository import campaigns as campaign_rows
from tenantcrm.campaigns.schemas import CampaignChanges
from tenantcrm.campaigns.service import check_known
from tenantcrm.campaigns.service.drafts import Draft, drafted
from tenantcrm.campaigns.service.work import timetable_of
from tenantcrm.contacts import service as contacts
from tenantcrm.contacts.filters import parse
from tenantcrm.contacts.schemas import ContactRow
from tenantcrm.database import TenantSession
from tenantcrm.delivery import outlook
from tenantcrm.delivery.gatekeeping import GONE, cap_of
from tenantcrm.delivery.models import Delivery
from tenantcrm.delivery.outlook import DraftMessage, Entered, Running, Somebody, Why
from tenantcrm.delivery.repository import outlooks
from tenantcrm.delivery.states import State
from tenantcrm.errors import NotFoundError
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.service import tenants

WAITING = frozenset({State.PENDING, State.CLAIMED})


class Outlook(Struct, frozen=True, kw_only=True):
    """``why``: where the contact stands. ``mails``: those to come of this campaign, by time.

    ``halted``: why none of them comes all the same; they are then those of the campaign as if it
    were active. ``ledger``: what became of the others, by message. ``messages``: by day.
    """

    eligible: bool
    why: Why
    halted: Why | None
    entered: Entered | None
    messages: Sequence[DraftMessage]
    mails: Sequence[FutureMail]
    ledger: dict[UUID, Delivery]


async def of_contact(
    session: TenantSession,
    campaign_id: UUID,
    contact_id: UUID,
    *,
    mode: Mode = Mode.LIVE,
    changes: CampaignChanges | None = None,
    now: datetime | None = None,
) -> Outlook:
    """The outlook of a contact in a campaign, as it is or as it would be after changes.

    A campaign that is not active is looked at as if it were activated at ``now``.

    Raises:
        NotFoundError: there is no such campaign or contact.
        InvalidError: the changes have faults.
    """
    row = await contacts.get(session, contact_id, mode=mode)
    suppressed = await outlooks.suppressed(session, row.mode, row.email_hash)
    return await _outlook(
        session, campaign_id, _somebody(row, suppressed), contact_id, changes, now or clock.now()
    )


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
    return await _outlook(session, campaign_id, somebody, None, changes, now or clock.now())


async def _outlook(
    session: TenantSession,
    campaign_id: UUID,
    somebody: Somebody,
    contact_id: UUID | None,
    changes: CampaignChanges | None,
    now: datetime,
) -> Outlook:
    await check_known(session, campaign_id)
    campaign = await campaign_rows.find(session, campaign_id)
    if campaign is None:
        raise NotFoundError
    running = _running(campaign, await drafted(session, campaign, changes))
    entered: dict[UUID, Entered] = {}
    ledger: dict[UUID, list[Delivery]] = defaultdict(list)
    if contact_id is not None:
        entered = await outlooks.entries(session, contact_id)
        for mail in await outlooks.mails(session, contact_id):
            if mail.campaign_id is not None:
                ledger[mail.campaign_id].append(mail)
    mine = entered.get(campaign_id)
    eligible = outlook.eligible(running, somebody, mine)
    courses = await _others(session, campaign_id, somebody, entered, ledger)
    day0 = mine.enrolled_on if mine is not None else None
    if mine is None and eligible:
        day0 = outlook.day0_of(running, somebody, now=now)
        eligible = day0 is not None
    if eligible and day0 is not None:
        course = _course(running, somebody, mine, ledger[campaign_id])
        courses.append(
            structs.replace(course, day0=day0, enrolled_at=now if mine is None else None)
        )
    mails = [
        mail
        for mail in forecast(
            courses,
            now=now,
            cap=cap_of(await tenants.facts(session)),
            sent=_unheard(courses, ledger),
        )
        if mail.campaign_id == campaign_id
    ]
    entry = 1 if mine is None else mine.entry
    return Outlook(
        eligible=eligible,
        why=outlook.standing(running, somebody, mine, now=now),
        halted=outlook.halted(campaign.state, await tenants.facts(session)),
        entered=mine,
        messages=running.messages,
        mails=mails,
        ledger={m.message_id: m for m in ledger[campaign_id] if m.message_id and m.entry == entry},
    )


def _unheard(courses: Sequence[Course], ledger: dict[UUID, list[Delivery]]) -> list[datetime]:
    """When campaigns that are not among the courses have mailed the contact."""
    known = {course.campaign_id for course in courses}
    return _sent([mail for key, own in ledger.items() for mail in own if key not in known])


def _sent(mails: Sequence[Delivery]) -> list[datetime]:
    moments = [mail.sent_at or mail.asked_at for mail in mails if mail.state in GONE]
    return [moment for moment in moments if moment is not None]


async def _others(
    session: TenantSession,
    campaign_id: UUID,
    somebody: Somebody,
    entered: dict[UUID, Entered],
    ledger: dict[UUID, list[Delivery]],
) -> list[Course]:
    """The contact's way through the other campaigns that it is in."""
    inside = [
        key
        for key, entry in entered.items()
        if entry.state in outlooks.MAILED and key != campaign_id
    ]
    rows = await outlooks.running(session, inside)
    messages = await campaign_rows.messages(session, [row.id for row in rows], templates=False)
    found = []
    for row in rows:
        running = Running(
            id=row.id,
            state=row.state,
            expression=parse(row.contact_filter),
            timetable=timetable_of(row),
            messages=[
                DraftMessage(id=m.id, key=m.key, subject=m.subject, send_day=m.send_day)
                for m in messages[row.id]
            ],
            activated_at=row.activated_at,
        )
        found.append(_course(running, somebody, entered[row.id], ledger[row.id]))
    return found


def _course(
    running: Running, somebody: Somebody, entered: Entered | None, mails: Sequence[Delivery]
) -> Course:
    entry = 1 if entered is None else entered.entry
    days = {message.id: message.send_day for message in running.messages}
    own = [mail for mail in mails if mail.entry == entry and mail.message_id in days]
    return Course(
        campaign_id=running.id,
        timetable=running.timetable,
        zone=running.timetable.zone_for(somebody.timezone),
        day0=somebody.created_at.date() if entered is None else entered.enrolled_on,
        messages=[(message.id, message.send_day) for message in running.messages],
        settled=frozenset(mail.message_id for mail in own if mail.message_id is not None),
        waiting=[
            Waiting(message_id=mail.message_id, send_day=days[mail.message_id], due_at=mail.due_at)
            for mail in own
            if mail.message_id is not None and mail.state in WAITING
        ],
        sent=_sent(mails),
    )


def _running(campaign: Campaign, draft: Draft) -> Running:
    return Running(
        id=campaign.id,
        state=CampaignState(campaign.state),
        expression=parse(draft.contact_filter),
        timetable=draft.timetable,
        messages=[
            DraftMessage(id=m.id, key=m.key, subject=m.subject, send_day=m.send_day)
            for m in draft.messages
        ],
        activated_at=campaign.activated_at,
    )


def _somebody(row: ContactRow, suppressed: tuple[str, datetime] | None) -> Somebody:
    return Somebody(
        email=row.email,
        email_key=row.email_key,
        name=row.name,
        external_id=row.external_id,
        timezone=row.timezone,
        status=row.status,
        mode=row.mode,
        created_at=row.created_at,
        updated_at=row.updated_at,
        attributes=row.attributes,
        suppressed=suppressed,
    )
