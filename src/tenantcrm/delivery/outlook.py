"""Where a contact stands in a campaign, why, and which mails are to come. Pure.

The conditions are those that a scan and the last look before sending use, in their order; the times
are the calendar's.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from tenantcrm.campaigns import anchors, calendar
from tenantcrm.campaigns.calendar import Timetable
from tenantcrm.campaigns.models import CampaignState, EnrollmentState
from tenantcrm.campaigns.words import STANDING, exit_words
from tenantcrm.contacts.filters import Expression, explain, show
from tenantcrm.contacts.models import ContactStatus
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.schemas import TenantFacts

STATUSES = {
    ContactStatus.UNSUBSCRIBED: "The contact has unsubscribed.",
    ContactStatus.BOUNCED: "Mail to the contact bounces.",
    ContactStatus.COMPLAINED: "The contact has reported mail as spam.",
}


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

    ``suppressed``: why its address is, and since when.
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


class Running(Struct, frozen=True, kw_only=True):
    """A campaign as it is, or as it would be after a change."""

    id: UUID
    state: str
    expression: Expression
    timetable: Timetable
    messages: Sequence[DraftMessage]
    activated_at: datetime | None


def standing(
    campaign: Running, somebody: Somebody, entered: Entered | None, *, now: datetime
) -> Why:
    """Where a contact stands in a campaign, and why it is not in it."""
    if entered is not None:
        return _entered(entered)
    objection = _objection(campaign, somebody)
    if objection is not None:
        return objection
    if campaign.state == CampaignState.DRAFT:
        return Why(code="campaign_draft", message="Matches, but the campaign is not active yet.")
    if campaign.state == CampaignState.PAUSED:
        return Why(code="campaign_paused", message="Matches, but the campaign is paused.")
    day0 = day0_of(campaign, somebody, now=now)
    if day0 is None:
        return _no_date(campaign, somebody, now)
    upcoming = calendar.next_slot(now, campaign.timetable.at, _zone(campaign, somebody))
    until = now if campaign.timetable.immediate else upcoming
    words = f"Matches, and comes in at the next scan, on {_at(until)}."
    return Why(code="waiting", message=words, until=until)


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


def _entered(entered: Entered) -> Why:
    state = EnrollmentState(entered.state)
    words = STANDING[state]
    if state is EnrollmentState.EXITED:
        words = f"{words}: {exit_words(entered.exit_reason)}"
    since = entered.enrolled_at if entered.ended_at is None else entered.ended_at
    code = entered.exit_reason or state.value
    return Why(code=code, message=f"{words[0].upper()}{words[1:]}.", since=since)


def _objection(campaign: Running, somebody: Somebody) -> Why | None:
    """Why a scan passes the contact over, whenever it comes."""
    if somebody.mode == Mode.TEST:
        return Why(code="test", message="A contact made with a test key is never mailed.")
    failed = explain(campaign.expression, somebody)
    if failed is not None:
        return Why(code="not_matching", message=f"Does not match: {show(failed)} is not so.")
    if somebody.status != ContactStatus.SUBSCRIBED:
        return Why(code=somebody.status, message=STATUSES[ContactStatus(somebody.status)])
    if somebody.suppressed is not None:
        reason, since = somebody.suppressed
        words = f"The address is suppressed since {_at(since)} ({reason.replace('_', ' ')})."
        return Why(code="suppressed", message=words, since=since)
    return None


def _no_date(campaign: Running, somebody: Somebody, now: datetime) -> Why:
    attribute = campaign.timetable.anchor or ""
    value = somebody.attributes.get(attribute)
    if value is None:
        return Why(code="no_date", message=f"Has no {attribute}, which day 0 of the campaign is.")
    if anchors.day0_of(value, _zone(campaign, somebody), now) is None:
        return Why(code="no_date", message=f"Its {attribute}, {str(value)[:60]!r}, is no date.")
    words = f"Its {attribute} has passed: every message would be too late."
    return Why(code="date_passed", message=words)


def _zone(campaign: Running, somebody: Somebody) -> Any:
    return campaign.timetable.zone_for(somebody.timezone)


def eligible(campaign: Running, somebody: Somebody, entered: Entered | None) -> bool:
    """Whether the contact is in the campaign, or could come in were the campaign active."""
    if entered is not None:
        return entered.state in {EnrollmentState.ACTIVE, EnrollmentState.FINISHED}
    return _objection(campaign, somebody) is None


def day0_of(campaign: Running, somebody: Somebody, *, now: datetime) -> date | None:
    """The day 0 of whoever comes in at the next scan; None: its date lets it not come in."""
    timetable, zone = campaign.timetable, _zone(campaign, somebody)
    if timetable.anchor is not None:
        day0 = anchors.day0_of(somebody.attributes.get(timetable.anchor), zone, now)
        days = [message.send_day for message in campaign.messages]
        if day0 is None or not anchors.enrols(timetable, day0, days, zone, now):
            return None
        return day0
    if timetable.immediate:
        return calendar.local_date(now, zone)
    return calendar.next_day(now, timetable.at, zone)


def _at(moment: datetime) -> str:
    there = moment.astimezone(UTC)
    return f"{there.day} {there:%b %Y, %H:%M} UTC"
