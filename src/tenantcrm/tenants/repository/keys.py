"""Every query of API keys."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Row, or_, select, update

from tenantcrm.database import ControlSession, TenantSession
from tenantcrm.tenants.models import ApiKey, Tenant
from tenantcrm.tenants.schemas import KeyRow

USED_EVERY = timedelta(minutes=1)
"""``last_used_at`` is as fine as this: a write a minute and key, not a write a call."""


async def key_by_hash(
    session: ControlSession, key_hash: bytes, now: datetime
) -> Row[ApiKey, Tenant] | None:
    """The key that is neither revoked nor expired, and its tenant."""
    query = (
        select(ApiKey, Tenant)
        .join(Tenant, Tenant.id == ApiKey.tenant_id)
        .where(
            ApiKey.key_hash == key_hash,
            ApiKey.revoked_at.is_(None),
            or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > now),
        )
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
    """The tenant's keys: in use, then to be replaced, then revoked; the newest first."""
    query = (
        select(*(getattr(ApiKey, name) for name in KeyRow.__struct_fields__))
        .where(ApiKey.tenant_id == session.tenant_id)
        .order_by(ApiKey.revoked_at.is_not(None), ApiKey.expires_at.is_not(None), ApiKey.id.desc())
    )
    return [KeyRow(**row) for row in (await session.execute(query)).mappings()]


async def lock(session: TenantSession, key_id: UUID) -> ApiKey | None:
    """A key of the tenant's, locked until the end of the transaction."""
    query = (
        select(ApiKey)
        .where(ApiKey.tenant_id == session.tenant_id, ApiKey.id == key_id)
        .with_for_update()
    )
    return (await session.execute(query)).scalar_one_or_none()
