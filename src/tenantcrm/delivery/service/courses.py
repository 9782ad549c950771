"""What is known of a contact and of campaigns, as the calendar and ``place`` take it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct, structs

from tenantcrm.campaigns.calendar import Course, Waiting
from tenantcrm.campaigns.models import Campaign, Message
from tenantcrm.campaigns.service.drafts import Draft
from tenantcrm.campaigns.service.work import timetable_of
from tenantcrm.campaigns.states import CampaignState
from tenantcrm.contacts import service as contacts
from tenantcrm.contacts.filters import parse
from tenantcrm.contacts.schemas import ContactRow
from tenantcrm.database import TenantSession
from tenantcrm.delivery.gatekeeping import GONE
from tenantcrm.delivery.models import Delivery
from tenantcrm.delivery.outlook import DraftMessage, Entered, Running, Somebody, passed_by
from tenantcrm.delivery.place import Place
from tenantcrm.delivery.repository import outlooks
from tenantcrm.delivery.states import State
from tenantcrm.tenants.models import Mode

WAITING = frozenset({State.PENDING, State.CLAIMED})


class Facts(Struct, frozen=True, kw_only=True):
    """A contact with its last entry into each campaign, and its mails, by campaign."""

    somebody: Somebody
    entered: dict[UUID, Entered]
    ledger: dict[UUID, list[Delivery]]


async def facts_of(session: TenantSession, contact_id: UUID, mode: Mode | None) -> Facts:
    """What is known of a contact; ``mode`` None: of either mode.

    Raises:
        NotFoundError: there is no such contact.
    """
    row = await contacts.get(session, contact_id, mode=mode)
    suppressed = await outlooks.suppressed(session, row.mode, row.email_hash)
    ledger: dict[UUID, list[Delivery]] = defaultdict(list)
    for mail in await outlooks.mails(session, contact_id):
        if mail.campaign_id is not None:
            ledger[mail.campaign_id].append(mail)
    return Facts(
        somebody=_somebody(row, suppressed),
        entered=await outlooks.entries(session, contact_id),
        ledger=ledger,
    )


def running_of(campaign: Campaign, messages: Sequence[Message]) -> Running:
    """A campaign as it is stored."""
    return Running(
        id=campaign.id,
        name=campaign.name,
        state=CampaignState(campaign.state),
        expression=parse(campaign.contact_filter),
        timetable=timetable_of(campaign),
        messages=[
            DraftMessage(id=m.id, key=m.key, subject=m.subject, send_day=m.send_day)
            for m in messages
        ],
        reentry_gap=campaign.reentry_gap_days,
        exit_unmatched=campaign.exit_unmatched,
        scanned_at=campaign.scanned_at,
    )


def running_as(campaign: Campaign, draft: Draft) -> Running:
    """A campaign with changes that are not saved."""
    return Running(
        id=campaign.id,
        name=campaign.name,
        state=CampaignState(campaign.state),
        expression=parse(draft.contact_filter),
        timetable=draft.timetable,
        messages=[
            DraftMessage(id=m.id, key=m.key, subject=m.subject, send_day=m.send_day)
            for m in draft.messages
        ],
        reentry_gap=draft.reentry_gap,
        exit_unmatched=draft.exit_unmatched,
        scanned_at=campaign.scanned_at,
    )


def course_of(
    running: Running, facts: Facts, place: Place, day0: date, *, now: datetime
) -> tuple[Course, frozenset[UUID]]:
    """A contact's way through a campaign, and the messages that are too late for it."""
    days = {message.id: message.send_day for message in running.messages}
    mails = facts.ledger.get(running.id, [])
    own = [mail for mail in mails if mail.entry == place.entry and mail.message_id in days]
    course = Course(
        campaign_id=running.id,
        timetable=running.timetable,
        zone=running.timetable.zone_for(facts.somebody.timezone),
        day0=day0,
        messages=[(message.id, message.send_day) for message in running.messages],
        settled=frozenset(mail.message_id for mail in own if mail.message_id is not None),
        waiting=[
            Waiting(message_id=mail.message_id, send_day=days[mail.message_id], due_at=mail.due_at)
            for mail in own
            if mail.message_id is not None and mail.state in WAITING
        ],
        sent=sent_at(mails),
        enrolled_at=place.enters_at,
    )
    late = passed_by(running, course, now=now)
    return structs.replace(course, settled=course.settled | late), late


def sent_at(mails: Sequence[Delivery]) -> list[datetime]:
    """When those of the mails left that did, as the frequency cap counts them."""
    moments = [mail.sent_at or mail.asked_at for mail in mails if mail.state in GONE]
    return [moment for moment in moments if moment is not None]


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
        paused_until=row.paused_until,
    )
