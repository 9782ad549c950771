"""Every query of API keys."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, Row, select, update

from tenantcrm.database import ControlSession, TenantSession
from tenantcrm.tenants.models import ApiKey, Tenant
from tenantcrm.tenants.schemas import KeyRow

USED_EVERY = timedelta(minutes=1)
"""``last_used_at`` is as fine as this: a write a minute and key, not a write a call."""


async def key_by_hash(session: ControlSession, key_hash: bytes) -> Row[ApiKey, Tenant] | None:
    """The key that is not revoked, and its tenant."""
    query = (
        select(ApiKey, Tenant)
        .join(Tenant, Tenant.id == ApiKey.tenant_id)
        .where(ApiKey.key_hash == key_hash, ApiKey.revoked_at.is_(None))
    )
    return (await session.execute(query)).one_or_none()


async def mark_used(session: ControlSession, key: ApiKey, now: datetime) -> None:
    """Note the use of a key, once a minute at most."""
    if key.last_used_at is not None and now - key.last_used_at < USED_EVERY:
        return
    await session.execute(
        update(ApiKey)
        .where(ApiKey.tenant_id == key.tenant_id, ApiKey.id == key.id)
        .values(last_used_at=now)
    )


async def listed(session: TenantSession) -> list[KeyRow]:
    """The tenant's keys, in use first, then newest first."""
    query = (
        select(*(getattr(ApiKey, name) for name in KeyRow.__struct_fields__))
        .where(ApiKey.tenant_id == session.tenant_id)
        .order_by(ApiKey.revoked_at.is_not(None), ApiKey.id.desc())
    )
    return [KeyRow(**row) for row in (await session.execute(query)).mappings()]


async def revoke_key(session: TenantSession, key_id: UUID, now: datetime) -> bool:
    """Revoke a key; whether it was there and in use."""
    result: CursorResult[Any] = await session.execute(  # type: ignore[assignment]
        update(ApiKey)
        .where(
            ApiKey.tenant_id == session.tenant_id,
            ApiKey.id == key_id,
            ApiKey.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    return bool(result.rowcount)
