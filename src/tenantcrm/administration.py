"""What the command line does to tenants, keys and operators, on the same services as the pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

from tenantcrm import clock, ids, schema
from tenantcrm.contacts.addresses import normalise
from tenantcrm.database import Database
from tenantcrm.errors import InvalidError, NotFoundError
from tenantcrm.settings import Settings
from tenantcrm.signing import Keyring
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.service import keys, operators, people

Facts = dict[str, object]
LINK_LIVES = timedelta(days=7)
"""How long a printed link that sets a first password works."""


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """The database of an installation, on its clock.

    Raises:
        ConfigurationError: it does not answer.
    """
    if settings.sandbox_home is not None:
        clock.follow(settings.sandbox_home / "clock.json")
    database = Database(settings, pool_size=2)
    try:
        with schema.answering():
            yield database
    finally:
        await database.close()


def _link(settings: Settings, path: str, purpose: str, user_id: UUID, stamp: bytes) -> str:
    until = clock.real_now() + LINK_LIVES
    token = Keyring(settings.secret_keys).sign_user_token(purpose, user_id, until, stamp)
    return f"{settings.public_url}/{path}/{token}"


def read_tenant(text: str) -> UUID:
    """A tenant's id, in either way of writing it.

    Raises:
        InvalidError: it is none.
    """
    try:
        return ids.read_id(ids.TENANT, text) if text.startswith("ten_") else UUID(text)
    except (ValueError, NotFoundError):
        raise InvalidError.of(
            "/tenant", "invalid_id", f"{text[:60]!r} is not a tenant's id; expected ten_…"
        ) from None


async def create_tenant(
    settings: Settings, *, name: str, owner: str, timezone: str, postal_address: str
) -> Facts:
    """Make a tenant with an owner: its id, the owner's, and the link that sets a password."""
    address = normalise(owner, pointer="/owner")
    async with opened(settings) as database, database.control_unit_of_work() as control:
        made = await people.sign_up(
            control,
            business=name,
            email=address.email,
            email_key=address.key,
            password_hash=None,
            timezone=timezone,
            postal_address=postal_address,
        )
        stamp = await people.password_stamp(control, made.user_id) or b""
    return {
        "id": ids.show_id(ids.TENANT, made.tenant_id),
        "owner_id": ids.show_id(ids.USER, made.user_id),
        "set_password_url": _link(
            settings, "reset-password", "reset-password", made.user_id, stamp
        ),
    }


async def list_tenants(settings: Settings) -> list[Facts]:
    """Every tenant with its state and what it has sent."""
    async with opened(settings) as database, database.control_unit_of_work() as control:
        rows = await operators.tenants(control, limit=100_000)
    return [
        {
            "id": ids.show_id(ids.TENANT, row.id),
            "name": row.name,
            "owner": row.owner_email,
            "state": row.state,
            "suspended_reason": row.suspended_reason,
            "contacts": row.contacts,
            "sent": row.sent,
        }
        for row in rows
    ]


async def suspend(settings: Settings, tenant_id: str, reason: str) -> None:
    """Suspend a tenant with a reason."""
    wanted = read_tenant(tenant_id)
    async with opened(settings) as database, database.control_unit_of_work() as control:
        await operators.suspend(control, wanted, reason=reason, operator_id=None)


async def resume(settings: Settings, tenant_id: str) -> None:
    """Resume a tenant."""
    wanted = read_tenant(tenant_id)
    async with opened(settings) as database, database.control_unit_of_work() as control:
        await operators.resume(control, wanted, operator_id=None)


async def create_key(
    settings: Settings, tenant_id: str, *, name: str, scopes: list[str], test: bool
) -> Facts:
    """Make a key for a tenant; the text is shown this once."""
    wanted = read_tenant(tenant_id)
    async with opened(settings) as database:
        async with database.control_unit_of_work() as control:
            await operators.tenant(control, wanted)
        async with database.unit_of_work(wanted) as session:
            made = await keys.create(
                session, name=name, mode=Mode.TEST if test else Mode.LIVE, scopes=scopes
            )
    return {"id": ids.show_id(ids.KEY, made.id), "key": made.key}


async def create_operator(settings: Settings, email: str) -> Facts:
    """Make an operator: the id, and the link that sets a password."""
    address = normalise(email)
    async with opened(settings) as database, database.control_unit_of_work() as control:
        operator_id = await operators.create(control, email=address.email, email_key=address.key)
        stamp = await operators.password_stamp(control, operator_id)
    if stamp is None:
        raise NotFoundError("The operator is gone again")
    return {
        "id": ids.show_id(ids.USER, operator_id),
        "set_password_url": _link(
            settings, "operator/set-password", "operator-password", operator_id, stamp
        ),
    }
