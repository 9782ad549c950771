"""Of each message for one contact: whether it was sent, when it will be, or why not. Pure."""

from datetime import datetime

from msgspec import Struct

from tenantcrm.campaigns.calendar import FutureMail
from tenantcrm.campaigns.words import shifts_sentence
from tenantcrm.delivery import reasons
from tenantcrm.delivery.outlook import DraftMessage, Why
from tenantcrm.delivery.repository.listing import as_row
from tenantcrm.delivery.service.courses import WAITING
from tenantcrm.delivery.service.outlook import Outlook


class Told(Struct, frozen=True, kw_only=True):
    """A message for one contact: its state, why, and when it goes or went (None: it does not)."""

    message: DraftMessage
    state: str
    why: Why
    at: datetime | None


def told(found: Outlook, *, now: datetime) -> list[Told]:
    """Of each message whether it was sent, when it will be, or why not."""
    coming = {mail.message_id: mail for mail in found.mails}
    return [_told(found, message, coming.get(message.id), now) for message in found.messages]


def _told(found: Outlook, message: DraftMessage, coming: FutureMail | None, now: datetime) -> Told:
    row = found.ledger.get(message.id)
    if row is not None:
        why = Why(
            code=row.reason or row.state,
            message=reasons.why(as_row(row), now=now),
            since=row.sent_at,
            until=row.due_at if row.state in WAITING else None,
        )
        at = row.sent_at or (coming.at if coming is not None else None)
        return Told(message=message, state=row.state, why=why, at=at)
    if message.id in found.late:
        words = "Its time has passed by more than the campaign allows: it is skipped."
        return Told(message=message, state="none", why=Why(code="late", message=words), at=None)
    if coming is None:
        return Told(message=message, state="none", why=found.why, at=None)
    if found.halted is not None:
        return Told(message=message, state="none", why=found.halted, at=None)
    shifts = shifts_sentence(coming.shifts)
    words = f"To come, {coming.local:%A %d %B %Y, %H:%M} ({coming.zone}). {shifts}".strip()
    why = Why(code="waiting", message=words, until=coming.at)
    return Told(message=message, state="waiting", why=why, at=coming.at)
