"""What must be known to say which mails a contact gets, and why; and what is too late. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from tenantcrm.campaigns import calendar
from tenantcrm.campaigns.calendar import Course, Timetable
from tenantcrm.campaigns.states import CampaignState
from tenantcrm.contacts.filters import Expression
from tenantcrm.contacts.rules import Change
from tenantcrm.contacts.status import ContactStatus
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.schemas import TenantFacts

INVENTED = "somebody@example.com"


class Why(Struct, frozen=True, kw_only=True):
    """A reason: ``code`` for programs, ``message`` for people. ``since`` and ``until`` where it
    has such times, in UTC.
    """

    code: str
    message: str
    since: datetime | None = None
    until: datetime | None = None


class Somebody(Struct, kw_only=True):
    """A contact, real or invented, as filters and the calendar see it.

    ``suppressed``: why its address is, and since when. ``paused_until``: as the recipient asked.
    """

    email: str
    email_key: str
    name: str | None
    external_id: str | None
    timezone: str | None
    status: str
    mode: str
    created_at: datetime
    updated_at: datetime
    attributes: Mapping[str, Any]
    suppressed: tuple[str, datetime] | None = None
    paused_until: datetime | None = None


def invented(given: Change, *, now: datetime) -> Somebody:
    """A contact that does not exist, made just now."""
    address = given.address
    return Somebody(
        email=INVENTED if address is None else address.email,
        email_key=INVENTED if address is None else address.key,
        name=given.fields.get("name"),
        external_id=given.fields.get("external_id"),
        timezone=given.fields.get("timezone"),
        status=ContactStatus.SUBSCRIBED,
        mode=Mode.LIVE,
        created_at=now,
        updated_at=now,
        attributes=given.attributes,
    )


class DraftMessage(Struct, frozen=True, kw_only=True):
    """A message as it is or would be."""

    id: UUID
    key: str
    subject: str
    send_day: int


class Entered(Struct, frozen=True, kw_only=True):
    """A contact's last entry into a campaign."""

    state: str
    entry: int
    enrolled_on: date
    enrolled_at: datetime
    exit_reason: str | None
    ended_at: datetime | None
    unmatched_at: datetime | None = None


class Running(Struct, frozen=True, kw_only=True):
    """A campaign as it is, or as it would be after a change.

    ``reentry_gap``: days; None: who has been in it does not come again. ``scanned_at``: what was
    due until then is in the ledger.
    """

    id: UUID
    name: str
    state: str
    expression: Expression
    timetable: Timetable
    messages: Sequence[DraftMessage]
    reentry_gap: int | None = None
    exit_unmatched: bool = False
    scanned_at: datetime | None = None


def halted(state: str, tenant: TenantFacts) -> Why | None:
    """Why nothing of a campaign is sent, to whomever; None: it is."""
    if tenant.suspended:
        return Why(
            code="suspended",
            message=f"The account is suspended: {tenant.suspended_reason}",
            since=tenant.suspended_at,
        )
    if tenant.paused:
        words = "Bounces or complaints have stopped the account's campaigns."
        return Why(code="reputation", message=words)
    if state == CampaignState.DRAFT:
        return Why(code="campaign_draft", message="The campaign is not active yet.")
    if state == CampaignState.PAUSED:
        return Why(code="campaign_paused", message="The campaign is paused.")
    return None


def passed_by(campaign: Running, course: Course, *, now: datetime) -> frozenset[UUID]:
    """The messages that are too late for a contact, as the scan that finds them missing has it.

    With an anchor a mail keeps its own time. Without, what an earlier scan has worked off and is
    not in the ledger has come with a change of the contact's zone, which is no lateness.
    """
    timetable, found = campaign.timetable, set[UUID]()
    for (message_id, send_day), at in slots_of(course):
        if message_id in course.settled or (timetable.immediate and send_day == 0):
            continue
        known = campaign.scanned_at is not None and at <= campaign.scanned_at
        if timetable.anchor is None and known:
            continue
        looked = now
        if timetable.anchor is not None and at <= now:
            looked = calendar.next_slot(now, timetable.at, course.zone)
        late_at = timetable.late_at(at)
        if late_at is not None and looked > late_at:
            found.add(message_id)
    return frozenset(found)


def slots_of(course: Course) -> list[tuple[tuple[UUID, int], datetime]]:
    """Each message of a course, and its planned instant."""
    days = [send_day for _, send_day in course.messages]
    planned = calendar.plan(course.day0, days, course.timetable.rest)
    slots = [course.timetable.slot(day.day, course.zone) for day in planned]
    return list(zip(course.messages, slots, strict=True))
