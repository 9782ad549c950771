"""What leaves the ledger unsent, or comes to another time."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, CursorResult, Text, and_, bindparam, select, text, update

from tenantcrm.contacts.models import Contact
from tenantcrm.database import TenantSession
from tenantcrm.delivery.models import Delivery
from tenantcrm.delivery.states import State
from tenantcrm.orm import any_of

LEAVABLE = (State.PENDING, State.CLAIMED)
"""States in which SES has certainly not been asked: a mail can still be stopped."""


async def stop_contacts(
    session: TenantSession,
    contact_ids: Collection[UUID],
    *,
    reason: str,
    now: datetime,
    campaign_id: UUID | None = None,
) -> int:
    """Skip whatever of contacts has not been handed to SES; gives how many.

    ``campaign_id``: of this campaign alone.
    """
    whose = Delivery.contact_id == any_of(contact_ids)
    if campaign_id is not None:
        whose = and_(whose, Delivery.campaign_id == campaign_id)
    return await _stop(session, whose, reason, now)


async def unlink(session: TenantSession, contact_ids: Collection[UUID]) -> None:
    """Let the mails of contacts, which are about to go, stand without them.

    Their foreign key would do it, one contact and one statement at a time, each of which counts.
    """
    await session.execute(
        update(Delivery)
        .where(Delivery.tenant_id == session.tenant_id, Delivery.contact_id == any_of(contact_ids))
        # An undoing goes by when each was stopped.
        .values(contact_id=None, updated_at=Delivery.updated_at)
        .execution_options(synchronize_session=False)
    )


async def forget_tests(
    session: TenantSession, contact_ids: Collection[UUID], *, now: datetime
) -> None:
    """Take the addresses of contacts, who are about to go, from test mails that went to them; one
    that has not gone yet goes nowhere.
    """
    theirs = select(Contact.email, Contact.email_key).where(
        Contact.tenant_id == session.tenant_id, Contact.id == any_of(contact_ids)
    )
    rows = await session.execute(theirs)
    addresses = sorted({address.lower() for pair in rows for address in pair})
    values = {"t": session.tenant_id, "addresses": addresses, "now": now}
    await session.execute(_FORGET_TESTS, values)


# A test is for its author, who may be a contact as well: it names an address, not a contact.
_FORGET_TESTS: Final = text(
    """
    UPDATE deliveries d SET
      recipient = NULL,
      state = CASE WHEN d.state IN ('pending', 'claimed') THEN 'skipped' ELSE d.state END,
      reason = CASE WHEN d.state IN ('pending', 'claimed') THEN 'erased' ELSE d.reason END,
      retry_at = CASE WHEN d.state IN ('pending', 'claimed') THEN NULL ELSE d.retry_at END,
      lease_until = CASE WHEN d.state = 'claimed' THEN NULL ELSE d.lease_until END,
      held = d.held AND d.state <> 'pending',
      updated_at = :now
    WHERE d.tenant_id = :t AND d.kind = 'test' AND d.recipient IS NOT NULL
      AND lower(d.recipient) = ANY (:addresses)
    """
).bindparams(bindparam("addresses", type_=ARRAY(Text())))


async def advance(
    session: TenantSession,
    mail_id: UUID,
    *,
    due_at: datetime,
    late_at: datetime | None,
    now: datetime,
) -> None:
    """Let a mail that waits be due at another time, for no reason but its own."""
    await session.execute(
        update(Delivery)
        .where(
            Delivery.tenant_id == session.tenant_id,
            Delivery.id == mail_id,
            Delivery.state == State.PENDING,
        )
        .values(due_at=due_at, late_at=late_at, reason=None, updated_at=now)
        .execution_options(synchronize_session=False)
    )


async def stop_campaign(
    session: TenantSession, campaign_id: UUID, *, reason: str, now: datetime
) -> int:
    """Skip whatever of a campaign has not been handed to SES; gives how many."""
    return await _stop(session, Delivery.campaign_id == campaign_id, reason, now)


async def _stop(session: TenantSession, whose: Any, reason: str, now: datetime) -> int:
    mine = (
        select(Delivery.id)
        .where(Delivery.tenant_id == session.tenant_id, whose, Delivery.state.in_(LEAVABLE))
        .order_by(Delivery.id)
        .with_for_update()
    )
    statement = (
        update(Delivery)
        .where(Delivery.tenant_id == session.tenant_id, Delivery.id.in_(mine))
        .values(
            state=State.SKIPPED,
            reason=reason,
            held=False,
            retry_at=None,
            lease_until=None,
            updated_at=now,
        )
        .execution_options(synchronize_session=False)
    )
    result: CursorResult[Any] = await session.execute(statement)  # type: ignore[assignment] # UPDATE
    return result.rowcount
