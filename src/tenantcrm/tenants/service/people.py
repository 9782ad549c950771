"""Sign up, sign in, verify an address, set a password."""

import secrets
from uuid import UUID

from msgspec import Struct
from sqlalchemy.exc import IntegrityError

from tenantcrm import clock, ids
from tenantcrm.database import ControlSession
from tenantcrm.tenants import passwords, rules
from tenantcrm.tenants.errors import (
    EmailTakenError,
    NoTeamError,
    SignInRefusedError,
    StaleLinkError,
)
from tenantcrm.tenants.models import Membership, Role, Tenant, TenantStats, User
from tenantcrm.tenants.repository import people as stored_people
from tenantcrm.tenants.repository import team as stored_team
from tenantcrm.tenants.schemas import Person, TenantFacts


class SignedUp(Struct, frozen=True, kw_only=True):
    """A new tenant and its owner."""

    tenant_id: UUID
    user_id: UUID


async def sign_up(
    session: ControlSession,
    *,
    business: str,
    email: str,
    email_key: str,
    password_hash: str | None,
    timezone: str,
    postal_address: str = "",
) -> SignedUp:
    """Make a tenant with its owner, who is also its default sender.

    Raises:
        InvalidError: the name, zone or postal address is not acceptable.
        EmailTakenError: somebody has this address already.
    """
    business = rules.check_name(business, pointer="/business_name", what="A business name")
    tenant = Tenant(
        id=ids.new_id(),
        name=business,
        timezone=rules.check_timezone(timezone),
        postal_address=rules.check_postal_address(postal_address),
        sender_name=business,
        sender_email=email,
        salt=secrets.token_bytes(16),
    )
    user = User(id=ids.new_id(), email=email, email_key=email_key, password_hash=password_hash)
    session.add_all([tenant, user])
    try:
        await session.flush()
    except IntegrityError as fault:
        raise EmailTakenError.of(
            "/email", "email_taken", "This address has an account already; sign in instead"
        ) from fault
    session.add_all(
        [
            Membership(tenant_id=tenant.id, user_id=user.id, role=Role.OWNER),
            TenantStats(tenant_id=tenant.id, counted_at=clock.now()),
        ]
    )
    await session.flush()
    return SignedUp(tenant_id=tenant.id, user_id=user.id)


async def sign_in(
    session: ControlSession, *, email_key: str, password: str, wanted: UUID | None = None
) -> SignedUp:
    """Who this is, and in which tenant they start: ``wanted`` where it is theirs, else the oldest.

    Raises:
        SignInRefusedError: the address is unknown or the password is wrong; both take as long.
        NoTeamError: they belong to no tenant any more.
    """
    user = await stored_people.Users(session=session).get_one_or_none(email_key=email_key)
    right = await passwords.verify_password(user.password_hash if user else None, password)
    if user is None or not right:
        raise SignInRefusedError
    tenants = await stored_people.tenants_of(session, user.id)
    if not tenants:
        raise NoTeamError(
            "You belong to no team any more. Open the link of an invitation, or ask for one."
        )
    if user.password_hash and passwords.needs_rehash(user.password_hash):
        user.password_hash = await passwords.hash_password(password)
    tenant_id = wanted if wanted in tenants else tenants[0]
    return SignedUp(tenant_id=tenant_id, user_id=user.id)


async def person(session: ControlSession, user_id: UUID, tenant_id: UUID) -> Person | None:
    """Who is signed in, or None when they no longer belong to the tenant."""
    found = await stored_people.membership(session, user_id, tenant_id)
    if found is None:
        return None
    user, member, tenant = found
    return Person(
        user_id=user.id,
        email=user.email,
        name=user.name,
        email_verified=user.email_verified_at is not None,
        role=Role(member.role),
        tenant=TenantFacts.of(tenant),
        tenants=tuple(await stored_team.tenants_of(session, user.id)),
    )


async def find(session: ControlSession, email_key: str) -> SignedUp | None:
    """The person with this address and their first tenant: where a reset mail is sent from."""
    user = await stored_people.Users(session=session).get_one_or_none(email_key=email_key)
    tenants = await stored_people.tenants_of(session, user.id) if user else []
    return SignedUp(tenant_id=tenants[0], user_id=user.id) if user and tenants else None


async def address(session: ControlSession, user_id: UUID) -> str:
    """The person's address; empty when there is no such person."""
    user = await stored_people.Users(session=session).get_one_or_none(id=user_id)
    return "" if user is None else user.email


async def password_stamp(session: ControlSession, user_id: UUID) -> bytes | None:
    """What a reset link is bound to; None when there is no such person."""
    user = await stored_people.Users(session=session).get_one_or_none(id=user_id)
    return None if user is None else passwords.stamp(user.password_hash)


async def verify_email(session: ControlSession, user_id: UUID) -> None:
    """Note that the person reads mail at their address; twice is as good as once."""
    user = await stored_people.Users(session=session).get_one_or_none(id=user_id)
    if user is None:
        raise StaleLinkError
    if user.email_verified_at is None:
        user.email_verified_at = clock.now()


async def set_password(session: ControlSession, user_id: UUID, password: str) -> None:
    """Set a new password; whoever could open the link also reads mail at the address.

    Raises:
        InvalidError: the password is too weak.
        StaleLinkError: there is no such person.
    """
    user = await stored_people.Users(session=session).get_one_or_none(id=user_id)
    if user is None:
        raise StaleLinkError
    rules.check_password(password, email=user.email)
    user.password_hash = await passwords.hash_password(password)
    if user.email_verified_at is None:
        user.email_verified_at = clock.now()


async def replace_password_hash(session: ControlSession, user_id: UUID, password_hash: str) -> None:
    """Set a password that was checked and hashed elsewhere.

    Raises:
        StaleLinkError: there is no such person.
    """
    user = await stored_people.Users(session=session).get_one_or_none(id=user_id)
    if user is None:
        raise StaleLinkError
    user.password_hash = password_hash


async def joined(
    session: ControlSession, *, email: str, email_key: str, name: str, password_hash: str
) -> UUID:
    """Make a person whom an invitation has reached at their address; gives their id.

    Raises:
        EmailTakenError: somebody has this address already.
    """
    user = User(
        id=ids.new_id(),
        email=email,
        email_key=email_key,
        name=name,
        password_hash=password_hash,
        email_verified_at=clock.now(),
    )
    session.add(user)
    try:
        await session.flush()
    except IntegrityError as fault:
        raise EmailTakenError.of(
            "/email", "email_taken", "This address has an account already; sign in with it"
        ) from fault
    return user.id


async def right_password(
    session: ControlSession, *, email_key: str, password: str
) -> tuple[UUID, str]:
    """The id and name of whoever has this address, in whichever team.

    Raises:
        SignInRefusedError: the address is unknown or the password is wrong.
    """
    user = await stored_people.Users(session=session).get_one_or_none(email_key=email_key)
    right = await passwords.verify_password(user.password_hash if user else None, password)
    if user is None or not right:
        raise SignInRefusedError
    return user.id, user.name or user.email


async def has_account(session: ControlSession, email_key: str) -> bool:
    """Whether somebody has this address."""
    users = stored_people.Users(session=session)
    return await users.get_one_or_none(email_key=email_key) is not None


async def rename(session: ControlSession, user_id: UUID, name: str) -> None:
    """Change what a person is called; empty for nothing but the address.

    Raises:
        InvalidError: it is too long, or holds control characters.
        StaleLinkError: there is no such person.
    """
    name = rules.check_name(name, what="Your name") if name.strip() else ""
    user = await stored_people.Users(session=session).get_one_or_none(id=user_id)
    if user is None:
        raise StaleLinkError
    user.name = name


async def named(session: ControlSession, user_id: UUID, email_key: str) -> tuple[UUID, str] | None:
    """The person's id and name, where this is their address."""
    users = stored_people.Users(session=session)
    user = await users.get_one_or_none(id=user_id, email_key=email_key)
    return None if user is None else (user.id, user.name or user.email)
