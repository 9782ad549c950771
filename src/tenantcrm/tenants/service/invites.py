"""Invite somebody into a team: by mail, with a link that works for a week and once."""

import hmac
import secrets
from datetime import timedelta
from uuid import UUID

from tenantcrm import clock, ids
from tenantcrm.database import ControlSession, TenantSession
from tenantcrm.errors import ForbiddenError, InvalidError, NotFoundError
from tenantcrm.signing import STAMP_BYTES
from tenantcrm.tenants import rules
from tenantcrm.tenants.errors import StaleLinkError
from tenantcrm.tenants.models import Invite, Role
from tenantcrm.tenants.repository import team as stored_team
from tenantcrm.tenants.schemas import Invitation, InviteRow, Person
from tenantcrm.tenants.service import audit

LIVES = timedelta(days=7)
MOST = 50
"""Invitations that wait at once: an account is no way to write to strangers."""


async def waiting(session: TenantSession) -> list[InviteRow]:
    """The invitations that nobody has accepted yet, the newest first."""
    now = clock.now()
    return [
        InviteRow(
            id=row.id,
            email=row.email,
            role=Role(row.role),
            created_at=row.created_at,
            expires_at=row.expires_at,
            expired=row.expires_at <= now,
        )
        for row in await stored_team.invites(session)
    ]


async def invite(
    session: TenantSession,
    control: ControlSession,
    *,
    email: str,
    email_key: str,
    role: Role,
    by: Person,
) -> UUID:
    """Make an invitation; gives its id. Mailing it is the caller's.

    Raises:
        ForbiddenError: only an owner makes owners; whoever invites has confirmed their address.
        InvalidError: the address is in the team or invited already, or too many wait.
    """
    if not rules.may_set_role(by.role, old=None, new=role):
        raise ForbiddenError("Only an owner of the account invites another owner.")
    if not by.email_verified:
        raise InvalidError.of(
            "/email", "unconfirmed", "Confirm your own address first; we have mailed you a link"
        )
    people = await stored_team.members(control, session.tenant_id)
    if email_key in {one.email_key for one in people}:
        raise InvalidError.of("/email", "member", f"{email} is in the team already")
    there = await stored_team.invites(session)
    if email_key in {one.email_key for one in there}:
        words = f"{email} is invited already; send that invitation again below"
        raise InvalidError.of("/email", "invited", words)
    if len(there) >= MOST:
        raise InvalidError.of("/email", "too_many", f"At most {MOST} invitations wait at a time")
    now = clock.now()
    row = Invite(
        tenant_id=session.tenant_id,
        id=ids.new_id(),
        email=email,
        email_key=email_key,
        role=role,
        invited_by=by.user_id,
        created_at=now,
        expires_at=now + LIVES,
        stamp=secrets.token_bytes(STAMP_BYTES),
    )
    session.add(row)
    await session.flush()
    await _note(session, "sent", row, by.actor, {"role": (None, role)})
    return row.id


async def renew(session: TenantSession, invite_id: UUID, *, by: Person) -> str:
    """Let an invitation work for another week, by a new link alone; gives the address.

    Raises:
        NotFoundError: it was accepted or withdrawn.
        ForbiddenError: only an owner invites owners.
    """
    row = await _own(session, invite_id, by)
    row.expires_at, row.stamp = clock.now() + LIVES, secrets.token_bytes(STAMP_BYTES)
    await session.flush()
    await _note(session, "sent again", row, by.actor, {})
    return row.email


async def withdraw(session: TenantSession, invite_id: UUID, *, by: Person) -> str:
    """End an invitation; gives the address.

    Raises:
        NotFoundError: it was accepted or withdrawn.
        ForbiddenError: only an owner does this to the invitation of an owner.
    """
    row = await _own(session, invite_id, by)
    await stored_team.delete_invite(session, row.id)
    await _note(session, "withdrawn", row, by.actor, {})
    return row.email


async def find(control: ControlSession, invite_id: UUID) -> Invitation | None:
    """What an invitation says, with what its link is bound to; None when it is over."""
    found = await stored_team.invite(control, invite_id)
    if found is None or found[0].expires_at <= clock.now():
        return None
    row, tenant, name, email = found
    return Invitation(
        id=row.id,
        tenant_id=row.tenant_id,
        tenant_name=tenant.name,
        email=row.email,
        email_key=row.email_key,
        role=Role(row.role),
        invited_by=name or email,
        stamp=row.stamp,
    )


async def accept(session: TenantSession, invitation: Invitation, user_id: UUID, name: str) -> None:
    """Make somebody a member; whoever is one already keeps their role.

    Raises:
        StaleLinkError: it was accepted, withdrawn or sent again meanwhile.
    """
    row = await stored_team.lock_invite(session, invitation.id)
    if row is None or not hmac.compare_digest(row.stamp, invitation.stamp):
        raise StaleLinkError
    added = await stored_team.add(session, user_id, row.role, clock.now())
    await stored_team.delete_invite(session, row.id)
    if added:
        await audit.record(
            session,
            actor=f"user:{user_id.hex}",
            action="joined",
            subject="member",
            subject_id=user_id,
            name=name,
            changes={"role": (None, row.role)},
        )


async def _own(session: TenantSession, invite_id: UUID, by: Person) -> Invite:
    row = await stored_team.lock_invite(session, invite_id)
    if row is None:
        raise NotFoundError("There is no such invitation")
    if not rules.may_set_role(by.role, old=None, new=Role(row.role)):
        raise ForbiddenError("Only an owner of the account does this.")
    return row


async def _note(
    session: TenantSession, action: str, row: Invite, actor: str, changes: audit.Changes
) -> None:
    await audit.record(
        session,
        actor=actor,
        action=action,
        subject="invitation",
        subject_id=row.id,
        name=row.email,
        changes=changes,
    )
