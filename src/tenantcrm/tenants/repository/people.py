"""Every query of tenants and of the people in them."""

from uuid import UUID

from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from sqlalchemy import Row, select

from tenantcrm.database import ControlSession, TenantSession
from tenantcrm.tenants.models import Membership, Tenant, User


class Tenants(SQLAlchemyAsyncRepository[Tenant]):
    """Tenants, on the control plane."""

    model_type = Tenant


class Users(SQLAlchemyAsyncRepository[User]):
    """People, on the control plane."""

    model_type = User


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
