"""What delivery tells others."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from msgspec import Struct


class Happening(Struct, frozen=True, kw_only=True):
    """One entry of a feed. ``kind``: ``enrolled``, ``finished``, ``exited``, ``mail_<state>``, or
    the kind of an activity. An erased contact has neither id nor address here.
    """

    at: datetime
    id: UUID
    kind: str
    contact_id: UUID | None
    email: str | None
    campaign_id: UUID | None
    campaign_name: str | None
    message_id: UUID | None
    subject: str | None
    actor: str
    reason: str | None
    detail: dict[str, Any] | None


class Feed(Struct, frozen=True, kw_only=True):
    """A page of a feed, newest first, and the cursor behind it; None where it ends."""

    rows: list[Happening]
    next: str | None


class Sends(Struct, frozen=True, kw_only=True):
    """What came of the mails of a message, or of a campaign with ``by_message``.

    ``sent`` counts all that SES has accepted; ``waiting`` all that is not decided yet.
    ``delivered`` counts what arrived and did not bounce afterwards, complaints included; opens and
    clicks are people's, and ``machine`` what machines alone have opened or clicked.
    """

    sent: int = 0
    waiting: int = 0
    skipped: int = 0
    failed: int = 0
    unknown: int = 0
    delivered: int = 0
    bounced: int = 0
    complained: int = 0
    opened: int = 0
    clicked: int = 0
    machine: int = 0
    unsubscribed: int = 0
    reasons: dict[str, dict[str, int]] = {}
    """Of skipped, failed and bounced ones, how many for which reason, the most frequent first."""
    by_message: dict[UUID, "Sends"] = {}


class Claimed(NamedTuple):
    """A mail that this worker has, for as long as nobody else holds a later fence."""

    id: UUID
    fence: int


CALENDAR = (
    "at", "late_limit_hours", "day_zero", "late_action", "zone_mode", "skip_weekdays",
    "skip_dates", "anchor",
)  # fmt: skip
"""What a campaign says of when it sends, beside its zone."""


class Facts(Struct, frozen=True, kw_only=True):
    """What preflight must know of a claimed mail.

    Everything of a contact, its enrolment and its campaign is None where the mail has none.
    """

    id: UUID
    fence: int
    kind: str
    attempts: int
    late_at: datetime | None
    recipient: str | None
    content: dict[str, Any] | None
    campaign_id: UUID | None
    message_id: UUID | None
    contact_id: UUID | None
    email: str | None
    name: str | None
    attributes: dict[str, Any] | None
    timezone: str | None
    status: str | None
    paused_until: datetime | None
    email_hash: bytes | None
    suppressed: str | None
    campaign_state: str | None
    campaign_name: str | None
    campaign_timezone: str | None
    sender_name: str | None
    sender_email: str | None
    track_opens: bool
    track_clicks: bool
    enrollment_state: str | None
    message_version: int | None
    retired: bool
    due_at: datetime
    entry: int
    send_day: int
    calendar: dict[str, Any] | None
    """What its campaign says of when it sends: the arguments of ``Timetable.of``."""

    @classmethod
    def of(cls, row: dict[str, Any]) -> "Facts":
        """The facts of a row, in which the campaign's calendar stands column by column."""
        calendar = {name: row.pop(name) for name in CALENDAR}
        calendar["timezone"] = row["campaign_timezone"]
        return cls(**row, calendar=None if row["campaign_id"] is None else calendar)


class Settlement(Struct, frozen=True, kw_only=True):
    """Where a mail goes from here. ``fence``: that of whoever says so."""

    id: UUID
    fence: int
    state: str
    reason: str | None = None
    detail: str | None = None
    ses_message_id: str | None = None
    retry_at: datetime | None = None
    held: bool = False
    due_at: datetime | None = None
    """The time that it has moved to; None: it keeps its own, and its limit of lateness."""
    late_at: datetime | None = None


class Moved(Struct, frozen=True, kw_only=True):
    """A mail that was moved, and where it stands now."""

    id: UUID
    kind: str
    state: str
    due_at: datetime
    asked_at: datetime | None = None
    """Business time of the last request."""


class Outcome(Struct, frozen=True, kw_only=True):
    """A mail as far as events are concerned."""

    id: UUID
    kind: str
    contact_id: UUID | None
    campaign_id: UUID | None
    message_id: UUID | None
    recipient: str | None
    state: str
    reason: str | None
    bounce: str | None
    asked_at: datetime | None
    bounced_at: datetime | None
    complained_at: datetime | None


class KeptNotice(Struct, frozen=True, kw_only=True):
    """A notice of the inbox that could not be applied, without the addresses of people."""

    notice_id: str
    delivery_id: UUID
    detail: dict[str, Any]
    fault: str


class EventRow(Struct, frozen=True, kw_only=True):
    """One thing that SES, or our own pixel or link, told of a mail."""

    kind: str
    at: datetime
    machine: bool
    detail: dict[str, Any]


class UnknownMail(Struct, frozen=True, kw_only=True):
    """A mail to which no answer came. ``silent_at``: since when events of later mails come."""

    id: UUID
    kind: str
    asked_at: datetime
    silent_at: datetime | None


class DeliveryRow(Struct, frozen=True, kw_only=True):
    """A mail as people see it. An erased contact has neither id nor address here.

    ``retry_at`` is machine time; ``held``: its campaign is paused.
    """

    id: UUID
    kind: str
    state: str
    reason: str | None
    detail: str | None
    campaign_id: UUID | None
    campaign_name: str | None
    campaign_state: str | None
    message_id: UUID | None
    subject: str | None
    send_day: int | None
    template: str | None
    contact_id: UUID | None
    email: str | None
    due_at: datetime
    late_at: datetime | None
    retry_at: datetime | None
    held: bool
    attempts: int
    ses_message_id: str | None
    asked_at: datetime | None = None
    sent_at: datetime | None
    delivered_at: datetime | None = None
    bounced_at: datetime | None = None
    complained_at: datetime | None = None
    opened_at: datetime | None = None
    clicked_at: datetime | None = None
    machine_at: datetime | None = None
    bounce: str | None = None
    silent_at: datetime | None = None
    created_at: datetime
    updated_at: datetime


class DeliveryView(DeliveryRow, frozen=True, kw_only=True):
    """A mail with the sentence that says why it stands where it stands.

    ``events`` are what was told of it, oldest first; None in lists, which do not ask for them.
    ``estimated_at``: when it leaves, about, where it waits for its turn; None in lists, too.
    """

    why: str
    estimated_at: datetime | None = None
    events: list[EventRow] | None = None


class Deliveries(Struct, frozen=True, kw_only=True):
    """A page of the ledger, newest first, and the cursor behind it; None where it ends."""

    rows: list[DeliveryView]
    next: str | None
