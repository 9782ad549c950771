"""Every query of memberships and invitations."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, Row, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from tenantcrm.database import ControlSession, TenantSession
from tenantcrm.tenants.models import Invite, Membership, Role, Tenant, User
from tenantcrm.tenants.schemas import Member, OwnTenant


async def members(session: ControlSession, tenant_id: UUID) -> list[Member]:
    """The people of a tenant, the oldest membership first."""
    query = (
        select(
            User.id.label("user_id"),
            User.email,
            User.email_key,
            User.name,
            Membership.role,
            Membership.created_at.label("since"),
            User.email_verified_at.is_not(None).label("email_verified"),
        )
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.tenant_id == tenant_id)
        .order_by(Membership.created_at, User.id)
    )
    return [
        Member(**(dict(row) | {"role": Role(row["role"])}))
        for row in (await session.execute(query)).mappings()
    ]


async def tenants_of(session: ControlSession, user_id: UUID) -> list[OwnTenant]:
    """The tenants of a person, by name."""
    query = (
        select(Tenant.id, Tenant.name)
        .join(Membership, Membership.tenant_id == Tenant.id)
        .where(Membership.user_id == user_id)
        .order_by(Tenant.name, Tenant.id)
    )
    return [OwnTenant(**row) for row in (await session.execute(query)).mappings()]


async def names(session: ControlSession, user_ids: list[UUID]) -> dict[UUID, str]:
    """What people are called: their names, or the addresses of those who have given none."""
    query = select(User.id, User.name, User.email).where(User.id.in_(user_ids))
    return {key: name or email for key, name, email in (await session.execute(query)).all()}


async def locked_roles(session: TenantSession) -> dict[UUID, Role]:
    """The roles of the tenant's people, locked until the end of the transaction."""
    query = (
        select(Membership.user_id, Membership.role)
        .where(Membership.tenant_id == session.tenant_id)
        .order_by(Membership.user_id)
        .with_for_update()
    )
    return {user_id: Role(role) for user_id, role in (await session.execute(query)).all()}


async def set_role(session: TenantSession, user_id: UUID, role: Role) -> None:
    """Give a member another role."""
    await session.execute(
        update(Membership)
        .where(Membership.tenant_id == session.tenant_id, Membership.user_id == user_id)
        .values(role=role)
    )


async def add(session: TenantSession, user_id: UUID, role: str, now: datetime) -> bool:
    """Make somebody a member; False when they are one already, whose role stays."""
    statement = (
        insert(Membership)
        .values(tenant_id=session.tenant_id, user_id=user_id, role=role, created_at=now)
        .on_conflict_do_nothing()
    )
    result: CursorResult[Any] = await session.execute(statement)  # type: ignore[assignment]
    return bool(result.rowcount)


async def remove(session: TenantSession, user_id: UUID) -> None:
    """Take somebody out of the team."""
    await session.execute(
        delete(Membership).where(
            Membership.tenant_id == session.tenant_id, Membership.user_id == user_id
        )
    )


async def invites(session: TenantSession) -> list[Invite]:
    """The invitations that wait, the newest first."""
    query = select(Invite).where(Invite.tenant_id == session.tenant_id).order_by(Invite.id.desc())
    return list((await session.execute(query)).scalars())


async def lock_invite(session: TenantSession, invite_id: UUID) -> Invite | None:
    """An invitation, locked until the end of the transaction."""
    query = (
        select(Invite)
        .where(Invite.tenant_id == session.tenant_id, Invite.id == invite_id)
        .with_for_update()
    )
    return (await session.execute(query)).scalar_one_or_none()


async def delete_invite(session: TenantSession, invite_id: UUID) -> None:
    """Forget an invitation."""
    await session.execute(
        delete(Invite).where(Invite.tenant_id == session.tenant_id, Invite.id == invite_id)
    )


async def invite(session: ControlSession, invite_id: UUID) -> Row[Invite, Tenant, str, str] | None:
    """An invitation by its id alone, its tenant, and the name and address of who invited."""
    query = (
        select(Invite, Tenant, User.name, User.email)
        .join(Tenant, Tenant.id == Invite.tenant_id)
        .join(User, User.id == Invite.invited_by)
        .where(Invite.id == invite_id)
    )
    return (await session.execute(query)).one_or_none()
