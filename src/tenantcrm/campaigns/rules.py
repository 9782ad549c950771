"""What a campaign and its messages may be, and what activation needs. Pure; names every fault."""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import UNSET

from tenantcrm.campaigns.calendar_fields import (
    ENROLLMENT,
    check_anchor,
    check_dates,
    check_gap,
    check_key,
    check_weekdays,
)
from tenantcrm.campaigns.fields import (
    LATEST,
    MESSAGES_MOST,
    NAME_MOST,
    PREHEADER_MOST,
    SUBJECT_MOST,
    Faults,
    check_day,
    check_filter,
    check_line,
    check_range,
    check_sender,
    check_size,
    check_time,
    check_zone,
)
from tenantcrm.campaigns.schemas import CampaignChanges, MessageInput
from tenantcrm.campaigns.senders import SenderStanding
from tenantcrm.campaigns.states import CampaignState
from tenantcrm.campaigns.templates import template_faults
from tenantcrm.errors import FieldError, InvalidError
from tenantcrm.tenants.schemas import TenantFacts

FAULTS_MOST = 100
"""Faults told in one answer; looking for more would let one request work without end."""
MOVES = frozenset(
    {
        (CampaignState.DRAFT, CampaignState.ACTIVE),
        (CampaignState.PAUSED, CampaignState.ACTIVE),
        (CampaignState.ACTIVE, CampaignState.PAUSED),
        (CampaignState.DRAFT, CampaignState.ARCHIVED),
        (CampaignState.ACTIVE, CampaignState.ARCHIVED),
        (CampaignState.PAUSED, CampaignState.ARCHIVED),
    }
)
"""Every allowed change of state: activate, activate again, pause, delete."""


def may(old: str, new: CampaignState) -> bool:
    """Whether a campaign may go from one state to the other."""
    return (CampaignState(old), new) in MOVES


def check_changes(changes: CampaignChanges) -> dict[str, Any]:
    """The columns that the changes name, checked; messages are checked on their own.

    Raises:
        InvalidError: with every fault.
    """
    faults = Faults()
    columns: dict[str, Any] = {}
    checks: dict[str, Callable[[Any], Any]] = {
        "name": lambda name: check_line(name, NAME_MOST, pointer="/name", what="A name"),
        "contact_filter": check_filter,
        "preferred_send_time": check_time,
        "timezone": check_zone,
        "day_zero": str,
        "late_action": str,
        "zone_mode": str,
        "skip_weekdays": check_weekdays,
        "skip_dates": check_dates,
        "anchor": check_anchor,
        "reentry_gap_days": check_gap,
        "exit_unmatched": bool,
        "key": check_key,
        "track_opens": bool,
        "track_clicks": bool,
        "late_limit_hours": lambda hours: check_range(
            hours, 0, LATEST, pointer="/late_limit_hours", what="The limit of lateness in hours"
        ),
    }
    for field, check in checks.items():
        value = getattr(changes, field)
        if value is not UNSET:
            columns[field] = faults.take(check, value)
    if changes.sender is not UNSET:
        columns |= faults.take(check_sender, changes.sender) or {}
    if changes.messages is not UNSET:
        faults.take(check_messages, changes.messages)
        if changes.anchor == ENROLLMENT:
            faults.take(check_days, None, [message.send_day for message in changes.messages])
    faults.close()
    return columns


def check_messages(messages: Sequence[MessageInput]) -> None:
    """Check a campaign's messages, each and together.

    Raises:
        InvalidError: with every fault of every message, or because there are too many of them.
    """
    if len(messages) > MESSAGES_MOST:
        raise InvalidError.of(
            "/messages",
            "too_many",
            f"A campaign has at most {MESSAGES_MOST} messages; this has {len(messages)}",
        )
    faults = Faults()
    days: dict[int, int] = {}
    for place, message in enumerate(messages):
        if len(faults.errors) >= FAULTS_MOST:
            break
        faults.take(check_message, message, pointer=f"/messages/{place}")
        first = days.setdefault(message.send_day, place)
        if first != place:
            faults.errors.append(duplicate_day(f"/messages/{place}/send_day", message.send_day))
    faults.close()


def check_message(message: MessageInput, *, pointer: str = "") -> None:
    """Check one message; ``pointer`` is its place.

    Raises:
        InvalidError: with every fault; template faults name the line.
    """
    faults = Faults()
    faults.take(
        check_line, message.subject, SUBJECT_MOST, pointer=f"{pointer}/subject", what="A subject"
    )
    faults.take(
        check_line,
        message.preheader,
        PREHEADER_MOST,
        pointer=f"{pointer}/preheader",
        what="A preheader",
        needed=False,
    )
    faults.take(check_day, message.send_day, pointer=f"{pointer}/send_day")
    if message.key is not None:
        faults.take(check_key, message.key, pointer=f"{pointer}/key")
    faults.take(check_size, message.html_template, pointer=f"{pointer}/html_template")
    if not faults.errors:
        faults.errors += [
            FieldError(pointer + fault.pointer, fault.code, fault.message)
            for fault in template_faults(message)
        ]
    faults.close()


def check_days(anchor: str | None, send_days: Sequence[int], *, pointer: str = "/messages") -> None:
    """Check that days before day 0 have a date to be before of.

    Raises:
        InvalidError: a day is negative, and day 0 is the day of enrolment.
    """
    faults = Faults()
    for place, day in enumerate(send_days):
        if day < 0 and anchor is None:
            faults.add(
                f"{pointer}/{place}/send_day" if pointer else "/send_day",
                "out_of_range",
                "A send day before day 0 needs a campaign that counts from a date attribute "
                "(anchor); from enrolment, days are 0 or later",
            )
    faults.close()


def duplicate_day(pointer: str, day: int) -> FieldError:
    """Two messages of a campaign on one day."""
    return FieldError(
        pointer,
        "duplicate_send_day",
        f"Another message goes out on day {day}; a campaign sends one message a day",
    )


def missing_for_activation(
    *, messages: Sequence[MessageInput], contact_filter: str, tenant: TenantFacts
) -> list[FieldError]:
    """What of the campaign and its tenant stands in the way of sending, the sender aside."""
    faults = Faults()
    faults.take(check_filter, contact_filter)
    if messages:
        faults.take(check_messages, messages)
    else:
        faults.add("/messages", "no_messages", "A campaign needs at least one message")
    if not tenant.postal_address.strip():
        faults.add(
            "/tenant/postal_address",
            "postal_address_missing",
            "Your postal address is missing: every mail must show it. Add it in the settings",
        )
    return faults.errors


def missing_sender(sender: str | None, standing: SenderStanding | None) -> list[FieldError]:
    """What of the sender stands in the way of sending. ``standing``: of that address, once known.

    ``sender`` is the campaign's own or else the tenant's default one.
    """
    if not sender:
        return [
            FieldError(
                "/sender",
                "sender_missing",
                "There is no sender: name one here, or a default sender in the settings",
            )
        ]
    if standing is None or standing.verified:
        return []
    words = standing.words or "The mail service has not verified this sender yet"
    return [FieldError("/sender", "sender_unverified", words)]
