"""The people of a tenant: their roles, and leaving.

The roles of a team are locked before one of them changes: two owners who demote each other at the
same time leave one owner.
"""

from uuid import UUID

from tenantcrm.database import ControlSession, TenantSession
from tenantcrm.errors import ForbiddenError, NotFoundError
from tenantcrm.tenants import rules
from tenantcrm.tenants.errors import LastOwnerError
from tenantcrm.tenants.models import Role
from tenantcrm.tenants.repository import team as stored_team
from tenantcrm.tenants.schemas import Member, Person
from tenantcrm.tenants.service import audit

_NOT_YOURS = "Only an owner of the account may do this."


async def members(session: ControlSession, tenant_id: UUID) -> list[Member]:
    """The people of a tenant, the oldest first."""
    return await stored_team.members(session, tenant_id)


async def names(session: ControlSession, user_ids: list[UUID]) -> dict[UUID, str]:
    """What people are called."""
    return await stored_team.names(session, user_ids) if user_ids else {}


async def member(session: ControlSession, tenant_id: UUID, user_id: UUID) -> Member:
    """Somebody of the team.

    Raises:
        NotFoundError: they are not in it.
    """
    for found in await stored_team.members(session, tenant_id):
        if found.user_id == user_id:
            return found
    raise NotFoundError("There is no such person in the team")


async def change_role(session: TenantSession, who: Member, role: Role, *, by: Person) -> bool:
    """Give a member another role; False when they have it already.

    Raises:
        NotFoundError: they have left meanwhile.
        ForbiddenError: only an owner may do this.
        LastOwnerError: nobody else is an owner.
    """
    roles = await stored_team.locked_roles(session)
    old = _allowed(roles, who, by, new=role)
    if old == role:
        return False
    await stored_team.set_role(session, who.user_id, role)
    await _note(session, "changed", who, by, {"role": (old, role)})
    return True


async def remove(session: TenantSession, who: Member, *, by: Person) -> None:
    """Take somebody out of the team; their next click finds nothing of it.

    Raises:
        NotFoundError: they have left meanwhile.
        ForbiddenError: only an owner may do this.
        LastOwnerError: nobody else is an owner.
    """
    roles = await stored_team.locked_roles(session)
    old = _allowed(roles, who, by, new=None)
    await stored_team.remove(session, who.user_id)
    action = "left" if who.user_id == by.user_id else "removed"
    await _note(session, action, who, by, {"role": (old, None)})


def _allowed(roles: dict[UUID, Role], who: Member, by: Person, *, new: Role | None) -> Role:
    """The member's role, when ``by`` may change it to ``new``; roles as they are now, locked."""
    old, mine = roles.get(who.user_id), roles.get(by.user_id)
    if old is None or mine is None:
        raise NotFoundError("There is no such person in the team")
    leaves = new is None and who.user_id == by.user_id
    if not leaves and not rules.may_set_role(mine, old=old, new=new):
        raise ForbiddenError(_NOT_YOURS)
    owners = [user_id for user_id, role in roles.items() if role is Role.OWNER]
    if owners == [who.user_id] and new is not Role.OWNER:
        raise LastOwnerError
    return old


async def _note(
    session: TenantSession, action: str, who: Member, by: Person, changes: audit.Changes
) -> None:
    await audit.record(
        session,
        actor=by.actor,
        action=action,
        subject="member",
        subject_id=who.user_id,
        name=who.name or who.email,
        changes=changes,
    )
