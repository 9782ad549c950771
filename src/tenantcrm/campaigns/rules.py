"""What a campaign and its messages may be, and what activation needs. Pure; names every fault."""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import UNSET

from tenantcrm.campaigns.fields import (
    LATEST,
    MESSAGES_MOST,
    NAME_MOST,
    Faults,
    check_filter,
    check_line,
    check_range,
    check_sender,
    check_time,
    check_zone,
)
from tenantcrm.campaigns.models import CampaignState
from tenantcrm.campaigns.schemas import CampaignChanges, MessageInput
from tenantcrm.errors import FieldError, InvalidError

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
        faults.take(check_message, message, pointer=f"/messages/{place}")
        first = days.setdefault(message.send_day, place)
        if first != place:
            faults.errors.append(duplicate_day(f"/messages/{place}/send_day", message.send_day))
    faults.close()


def duplicate_day(pointer: str, day: int) -> FieldError:
    """Two messages of a campaign on one day."""
    return FieldError(
        pointer,
        "duplicate_day",
        f"Another message goes out on day {day}; a campaign sends one message a day",
    )
