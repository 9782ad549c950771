"""What delivery tells others."""

from datetime import datetime
from typing import Any
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
    """

    sent: int = 0
    waiting: int = 0
    skipped: int = 0
    failed: int = 0
    unknown: int = 0
    by_message: dict[UUID, "Sends"] = {}
