"""What operators ask: tenants with their counts, what was done, facts of the installation."""

from typing import Any
from uuid import UUID

from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert

from tenantcrm.database import ControlSession
from tenantcrm.tenants.models import (
    Installation,
    Membership,
    Operator,
    OperatorAction,
    Tenant,
    TenantStats,
    User,
)
from tenantcrm.tenants.schemas import TenantRow

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


class Operators(SQLAlchemyAsyncRepository[Operator]):
    """People of the operator console, on the control plane."""

    model_type = Operator


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
