"""Of each message for one contact: whether it was sent, when it will be, or why not."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from tenantcrm.campaigns.calendar import FutureMail
from tenantcrm.campaigns.words import shifts_sentence
from tenantcrm.database import TenantSession
from tenantcrm.delivery import reasons
from tenantcrm.delivery.models import Delivery
from tenantcrm.delivery.outlook import DraftMessage, Why
from tenantcrm.delivery.repository import listing
from tenantcrm.delivery.repository.listing import as_row
from tenantcrm.delivery.service.courses import WAITING
from tenantcrm.delivery.service.outlook import Outlook
from tenantcrm.delivery.service.turns import stands
from tenantcrm.delivery.states import State
from tenantcrm.tenants.schemas import TenantFacts
from tenantcrm.tenants.service import tenants


class Told(Struct, frozen=True, kw_only=True):
    """A message for one contact: its state, why, and when it goes or went (None: it does not)."""

    message: DraftMessage
    state: str
    why: Why
    at: datetime | None


async def told(session: TenantSession, found: Outlook, *, now: datetime) -> list[Told]:
    """Of each message whether it was sent, when it will be, or why not."""
    coming = {mail.message_id: mail for mail in found.mails}
    tenant = await tenants.facts(session)
    entries: dict[UUID, Told] = {}
    for message in found.messages:
        row = found.ledger.get(message.id)
        if row is not None:
            entries[message.id] = await _entry(
                session, tenant, found, message, row, coming.get(message.id), now
            )
    return [
        entries.get(message.id) or _ahead(found, message, coming.get(message.id))
        for message in found.messages
    ]


async def _entry(
    session: TenantSession,
    tenant: TenantFacts,
    found: Outlook,
    message: DraftMessage,
    row: Delivery,
    coming: FutureMail | None,
    now: datetime,
) -> Told:
    """What the ledger says, in the words of the send itself."""
    code = row.reason or row.state
    if row.state == State.PENDING:
        full = await listing.find(session, row.id)
        words, _ = await stands(session, tenant, full or as_row(row))
        code = found.halted.code if found.halted is not None else code
    else:
        words = reasons.why(as_row(row), now=now)
    until = row.due_at if row.state in WAITING else None
    why = Why(code=code, message=words, since=row.sent_at, until=until)
    at = row.sent_at or (coming.at if coming is not None else None)
    return Told(message=message, state=row.state, why=why, at=at)


def _ahead(found: Outlook, message: DraftMessage, coming: FutureMail | None) -> Told:
    """What is to come of a message that is not in the ledger."""
    if message.id in found.late:
        words = "Its time has passed by more than the campaign allows: it is skipped."
        return Told(message=message, state="none", why=Why(code="late", message=words), at=None)
    if coming is None:
        return Told(message=message, state="none", why=found.why, at=None)
    if found.halted is not None:
        return Told(message=message, state="none", why=found.halted, at=None)
    shifts = shifts_sentence(coming.shifts)
    local = coming.local
    day = f"{local:%A} {local.day} {local:%B %Y, %H:%M}"
    words = f"To come, {day} ({coming.zone}). {shifts}".strip()
    why = Why(code="waiting", message=words, until=coming.at)
    return Told(message=message, state="waiting", why=why, at=coming.at)
