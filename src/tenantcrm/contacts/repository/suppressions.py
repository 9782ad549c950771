"""Queries of suppressions: addresses that must not be mailed, known by their keyed hashes."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    case,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert

from tenantcrm.contacts.models import STRENGTH, Contact, Suppression
from tenantcrm.contacts.repository.rows import COLUMNS, own
from tenantcrm.contacts.schemas import ContactRow
from tenantcrm.contacts.status import ContactStatus
from tenantcrm.database import TenantSession
from tenantcrm.orm import any_of, any_of_hashes

SUPPRESSED = exists().where(
    Suppression.tenant_id == Contact.tenant_id,
    Suppression.mode == Contact.mode,
    Suppression.email_hash == Contact.email_hash,
)
"""Whether the address of the contact in each row is suppressed."""
_EXCLUDED_BY = case(
    (Contact.status != ContactStatus.SUBSCRIBED, Contact.status), (SUPPRESSED, "suppressed")
)


def status_of_address(session: TenantSession, mode: str, email_hash: bytes) -> ScalarSelect[Any]:
    """The status that a new contact with this address begins with."""
    # Aggregated, so that there is a row, and thereby a status, also where there is no suppression.
    reason = func.max(Suppression.reason)
    kept = (ContactStatus.BOUNCED, ContactStatus.COMPLAINED)
    status = case(
        (reason.is_(None), ContactStatus.SUBSCRIBED),
        (reason.in_(kept), reason),
        else_=ContactStatus.UNSUBSCRIBED,
    )
    query = select(status).where(
        Suppression.tenant_id == session.tenant_id,
        Suppression.mode == mode,
        Suppression.email_hash == email_hash,
    )
    return query.scalar_subquery()


async def suppress(
    session: TenantSession, mode: str, email_hash: bytes, reason: str, now: datetime
) -> bool:
    """Keep an address from being mailed; whether it was not kept already."""
    statement = (
        insert(Suppression)
        .values(
            tenant_id=session.tenant_id,
            mode=mode,
            email_hash=email_hash,
            reason=reason,
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(Suppression.reason)
    )
    return (await session.execute(statement)).one_or_none() is not None


async def suppress_each(
    session: TenantSession, contact_ids: Collection[UUID], reason: str | None, now: datetime
) -> list[bytes]:
    """Keep the addresses of contacts from being mailed; gives the hashes of those for which that is
    new. ``reason`` None: of those alone who may not be mailed as it is, for the reason they have.
    """
    why = Contact.status if reason is None else literal(reason)
    query = select(Contact.tenant_id, Contact.mode, Contact.email_hash, why, literal(now)).where(
        Contact.tenant_id == session.tenant_id, Contact.id == any_of(contact_ids)
    )
    if reason is None:
        query = query.where(Contact.status != ContactStatus.SUBSCRIBED)
    names = ["tenant_id", "mode", "email_hash", "reason", "created_at"]
    statement = insert(Suppression).from_select(names, query, include_defaults=False)
    made = statement.on_conflict_do_nothing().returning(Suppression.email_hash)
    return list((await session.execute(made)).scalars())


async def not_unsubscribed(
    session: TenantSession, contact_ids: Collection[UUID], hashes: Collection[bytes]
) -> dict[UUID, str]:
    """The status of those of the contacts who are not unsubscribed, or whose address is one of
    these, in the order of their ids.
    """
    query = select(Contact.id, Contact.status).where(
        Contact.tenant_id == session.tenant_id,
        Contact.id == any_of(contact_ids),
        or_(
            Contact.status != ContactStatus.UNSUBSCRIBED,
            Contact.email_hash == any_of_hashes(hashes),
        ),
    )
    rows = await session.execute(query.order_by(Contact.id))
    return {contact_id: status for contact_id, status in rows}  # noqa: C416 - no pairs to mypy


async def strengthen(
    session: TenantSession, mode: str, email_hash: bytes, reason: ContactStatus, now: datetime
) -> None:
    """Keep an address from being mailed; the stronger of two reasons stays."""
    made = insert(Suppression).values(
        tenant_id=session.tenant_id,
        mode=mode,
        email_hash=email_hash,
        reason=reason,
        created_at=now,
    )
    weaker = [status for status in STRENGTH if STRENGTH.index(status) < STRENGTH.index(reason)]
    await session.execute(
        made.on_conflict_do_update(
            index_elements=[Suppression.tenant_id, Suppression.mode, Suppression.email_hash],
            set_={"reason": reason},
            where=Suppression.reason.in_(weaker),
        )
    )


async def lift(
    session: TenantSession, mode: str, email_hash: bytes, *, reason: str | None = None
) -> bool:
    """Let an address be mailed again; whether it was suppressed. ``reason``: for this alone."""
    statement = (
        delete(Suppression)
        .where(
            Suppression.tenant_id == session.tenant_id,
            Suppression.mode == mode,
            Suppression.email_hash == email_hash,
        )
        .returning(Suppression.reason)
        .execution_options(synchronize_session=False)
    )
    if reason is not None:
        statement = statement.where(Suppression.reason == reason)
    return (await session.execute(statement)).one_or_none() is not None


async def reach(
    session: TenantSession, mode: str, condition: ColumnElement[bool]
) -> dict[str | None, int]:
    """How many of those who match cannot be mailed, by reason; under None, how many can."""
    query = select(_EXCLUDED_BY, func.count()).where(own(session, mode), condition)
    rows = await session.execute(query.group_by(_EXCLUDED_BY))
    return {reason: number for reason, number in rows}  # noqa: C416 - rows are no pairs to mypy


async def sample(
    session: TenantSession, mode: str, condition: ColumnElement[bool], limit: int
) -> list[ContactRow]:
    """The newest of those who match and can be mailed."""
    query = (
        select(*COLUMNS)
        .where(own(session, mode), condition, _EXCLUDED_BY.is_(None))
        .order_by(Contact.id.desc())
        .limit(limit)
    )
    return [ContactRow(**row) for row in (await session.execute(query)).mappings()]
