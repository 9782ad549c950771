"""Sign up, sign in, verify an address, set a password."""

import secrets
from uuid import UUID

from msgspec import Struct
from sqlalchemy.exc import IntegrityError

from tenantcrm import clock, ids
from tenantcrm.database import ControlSession
from tenantcrm.tenants import passwords, repository, rules
from tenantcrm.tenants.errors import EmailTakenError, SignInRefusedError, StaleLinkError
from tenantcrm.tenants.models import Membership, Role, Tenant, TenantStats, User
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


async def sign_in(session: ControlSession, *, email_key: str, password: str) -> SignedUp:
    """Who this is, and in which tenant they start.

    Raises:
        SignInRefusedError: the address is unknown or the password is wrong; both take as long.
    """
    user = await repository.Users(session=session).get_one_or_none(email_key=email_key)
    right = await passwords.verify_password(user.password_hash if user else None, password)
    tenants = await repository.tenants_of(session, user.id) if user and right else []
    if user is None or not tenants:
        raise SignInRefusedError
    if user.password_hash and passwords.needs_rehash(user.password_hash):
        user.password_hash = await passwords.hash_password(password)
    return SignedUp(tenant_id=tenants[0], user_id=user.id)


async def person(session: ControlSession, user_id: UUID, tenant_id: UUID) -> Person | None:
    """Who is signed in, or None when they no longer belong to the tenant."""
    found = await repository.membership(session, user_id, tenant_id)
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
    )


async def find(session: ControlSession, email_key: str) -> SignedUp | None:
    """The person with this address and their first tenant: where a reset mail is sent from."""
    user = await repository.Users(session=session).get_one_or_none(email_key=email_key)
    tenants = await repository.tenants_of(session, user.id) if user else []
    return SignedUp(tenant_id=tenants[0], user_id=user.id) if user and tenants else None


async def address(session: ControlSession, user_id: UUID) -> str:
    """The person's address; empty when there is no such person."""
    user = await repository.Users(session=session).get_one_or_none(id=user_id)
    return "" if user is None else user.email


async def password_stamp(session: ControlSession, user_id: UUID) -> bytes | None:
    """What a reset link is bound to; None when there is no such person."""
    user = await repository.Users(session=session).get_one_or_none(id=user_id)
    return None if user is None else passwords.stamp(user.password_hash)


async def verify_email(session: ControlSession, user_id: UUID) -> None:
    """Note that the person reads mail at their address; twice is as good as once."""
    user = await repository.Users(session=session).get_one_or_none(id=user_id)
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
    user = await repository.Users(session=session).get_one_or_none(id=user_id)
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
    user = await repository.Users(session=session).get_one_or_none(id=user_id)
    if user is None:
        raise StaleLinkError
    user.password_hash = password_hash
