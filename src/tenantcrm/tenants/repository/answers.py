"""Every query of kept answers: those of calls with an Idempotency-Key, and where forms led."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from tenantcrm.database import TenantSession
from tenantcrm.orm import any_of
from tenantcrm.tenants.models import IdempotentResponse

SWEPT = 50
SEVERAL = UUID(int=0)
"""In the place of the contact whom an answer shows: it shows people, and did nothing but read."""


async def lock(session: TenantSession, number: int) -> bool:
    """Hold a number (64 bits, signed) until the transaction ends; False when another one does."""
    query = select(func.pg_try_advisory_xact_lock(number, type_=Boolean))
    return (await session.execute(query)).scalar_one()


async def kept(session: TenantSession, mode: str, key: str) -> IdempotentResponse | None:
    """The answer that is kept for a key."""
    query = select(IdempotentResponse).where(
        IdempotentResponse.tenant_id == session.tenant_id,
        IdempotentResponse.mode == mode,
        IdempotentResponse.key == key,
    )
    return (await session.execute(query)).scalar_one_or_none()


async def keep(session: TenantSession, values: dict[str, Any], *, until: datetime) -> None:
    """Keep an answer, in the place of an earlier one; a few that are older than ``until`` go."""
    statement = insert(IdempotentResponse).values(tenant_id=session.tenant_id, **values)
    key = ("tenant_id", "mode", "key")
    fresh = {name: value for name, value in values.items() if name not in key}
    await session.execute(statement.on_conflict_do_update(index_elements=key, set_=fresh))
    old = (
        select(IdempotentResponse.mode, IdempotentResponse.key)
        .where(
            IdempotentResponse.tenant_id == session.tenant_id,
            IdempotentResponse.created_at < until,
        )
        .limit(SWEPT)
        .with_for_update(skip_locked=True)
        .subquery()
    )
    await session.execute(
        delete(IdempotentResponse)
        .where(
            IdempotentResponse.tenant_id == session.tenant_id,
            IdempotentResponse.mode == old.c.mode,
            IdempotentResponse.key == old.c.key,
        )
        .execution_options(synchronize_session=False)
    )


async def forget(session: TenantSession, mode: str, key: str) -> None:
    """Keep the answer for a key no longer."""
    await session.execute(
        delete(IdempotentResponse)
        .where(
            IdempotentResponse.tenant_id == session.tenant_id,
            IdempotentResponse.mode == mode,
            IdempotentResponse.key == key,
        )
        .execution_options(synchronize_session=False)
    )


async def forget_people(session: TenantSession, contact_ids: Collection[UUID]) -> None:
    """Empty the answers that show contacts, who are about to go.

    The key stays taken: a request that comes again late must not make anew who was erased. What
    only read shows whomever it found; it goes with anybody, and is read again when asked for.
    """
    await session.execute(
        delete(IdempotentResponse)
        .where(
            IdempotentResponse.tenant_id == session.tenant_id,
            IdempotentResponse.contact_id == SEVERAL,
        )
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        update(IdempotentResponse)
        .where(
            IdempotentResponse.tenant_id == session.tenant_id,
            IdempotentResponse.contact_id == any_of(contact_ids),
        )
        .values(status=404, body=b"", headers={}, contact_id=None)
        .execution_options(synchronize_session=False)
    )
