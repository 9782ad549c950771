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
