"""Every query of tenants, people, keys and operators."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from sqlalchemy import CursorResult, Row, Select, func, select, update
from sqlalchemy.dialects.postgresql import insert

from tenantcrm.database import ControlSession, TenantSession
from tenantcrm.tenants.models import (
    ApiKey,
    Installation,
    Membership,
    Operator,
    OperatorAction,
    Tenant,
    TenantStats,
    User,
)
from tenantcrm.tenants.schemas import KeyRow, TenantRow

USED_EVERY = timedelta(minutes=1)
"""``last_used_at`` is as fine as this: a write a minute and key, not a write a call."""

ALLOWED = (
    "send_rate",
    "daily_cap",
    "warm_up_from",
    "standing",
    "standing_reason",
    "standing_since",
    "forgiven_at",
)
"""What an operator sees and sets of a tenant's sending."""


class Tenants(SQLAlchemyAsyncRepository[Tenant]):
    """Tenants, on the control plane."""

    model_type = Tenant


class Users(SQLAlchemyAsyncRepository[User]):
    """People, on the control plane."""

    model_type = User


class Operators(SQLAlchemyAsyncRepository[Operator]):
    """People of the operator console, on the control plane."""

    model_type = Operator


async def own_tenant(session: TenantSession) -> Tenant:
    """The tenant that the session is bound to."""
    rows = await session.execute(select(Tenant).where(Tenant.id == session.tenant_id))
    return rows.scalar_one()


async def own_tenant_or_none(session: TenantSession) -> Tenant | None:
    """The tenant that the session is bound to, when there is one of that id."""
    rows = await session.execute(select(Tenant).where(Tenant.id == session.tenant_id))
    return rows.scalar_one_or_none()


async def lock_tenant(session: ControlSession, tenant_id: UUID) -> Tenant | None:
    """The tenant, locked until the end of the transaction."""
    rows = await session.execute(select(Tenant).where(Tenant.id == tenant_id).with_for_update())
    return rows.scalar_one_or_none()


async def membership(
    session: ControlSession, user_id: UUID, tenant_id: UUID
) -> Row[User, Membership, Tenant] | None:
    """The person, the role and the tenant, when the person belongs to it."""
    query = (
        select(User, Membership, Tenant)
        .join(Membership, Membership.user_id == User.id)
        .join(Tenant, Tenant.id == Membership.tenant_id)
        .where(User.id == user_id, Tenant.id == tenant_id)
    )
    return (await session.execute(query)).one_or_none()


async def tenants_of(session: ControlSession, user_id: UUID) -> list[UUID]:
    """The person's tenants, oldest membership first."""
    query = (
        select(Membership.tenant_id)
        .where(Membership.user_id == user_id)
        .order_by(Membership.created_at, Membership.tenant_id)
    )
    return list((await session.execute(query)).scalars())


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


async def keys(session: TenantSession) -> list[KeyRow]:
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


def _tenant_rows() -> Select[Any]:
    owner = (
        select(func.min(User.email))
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.tenant_id == Tenant.id, Membership.role == "owner")
        .correlate(Tenant)
        .scalar_subquery()
    )
    allowed = (getattr(Tenant, name) for name in ALLOWED)
    counts = (
        func.coalesce(getattr(TenantStats, name), 0).label(name)
        for name in TenantRow.__struct_fields__
        if hasattr(TenantStats, name) and name != "counted_at"
    )
    return select(
        Tenant.id,
        Tenant.name,
        Tenant.state,
        Tenant.suspended_reason,
        Tenant.suspended_at,
        Tenant.created_at,
        func.coalesce(owner, "").label("owner_email"),
        TenantStats.counted_at,
        *allowed,
        *counts,
    ).outerjoin(TenantStats, TenantStats.tenant_id == Tenant.id)


async def tenant_rows(
    session: ControlSession,
    *,
    search: str = "",
    state: str = "",
    after: UUID | None = None,
    limit: int = 100,
) -> list[TenantRow]:
    """Tenants for the operator, newest first; ``search`` is part of a name."""
    query = _tenant_rows().order_by(Tenant.id.desc()).limit(limit)
    if search:
        query = query.where(Tenant.name.icontains(search, autoescape=True))
    if state:
        query = query.where(Tenant.state == state)
    if after is not None:
        query = query.where(Tenant.id < after)
    return [TenantRow(**row) for row in (await session.execute(query)).mappings()]


async def totals(session: ControlSession) -> dict[str, int]:
    """The sums over every tenant."""
    names = ("contacts", "sent", "sent_last_day", "pending", "unknown")
    query = select(
        func.count(Tenant.id).label("tenants"),
        func.count(Tenant.suspended_at).label("suspended"),
        *(func.coalesce(func.sum(getattr(TenantStats, n)), 0).label(n) for n in names),
    ).outerjoin(TenantStats, TenantStats.tenant_id == Tenant.id)
    row = (await session.execute(query)).mappings().one()
    return {name: int(value) for name, value in row.items()}


async def tenant_row(session: ControlSession, tenant_id: UUID) -> TenantRow | None:
    """One tenant for the operator."""
    row = (await session.execute(_tenant_rows().where(Tenant.id == tenant_id))).mappings().first()
    return None if row is None else TenantRow(**row)


async def operator_actions(session: ControlSession, tenant_id: UUID) -> list[OperatorAction]:
    """What operators did to a tenant, newest first."""
    query = (
        select(OperatorAction)
        .where(OperatorAction.tenant_id == tenant_id)
        .order_by(OperatorAction.id.desc())
        .limit(100)
    )
    return list((await session.execute(query)).scalars())


async def remember(session: ControlSession, name: str, value: str) -> str:
    """Keep a fact of the installation the first time; give what is kept."""
    statement = insert(Installation).values(name=name, value=value).on_conflict_do_nothing()
    await session.execute(statement)
    rows = await session.execute(select(Installation.value).where(Installation.name == name))
    return rows.scalar_one()
