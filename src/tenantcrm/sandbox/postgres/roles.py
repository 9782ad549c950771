"""The database and its three roles (see ``architecture.md``): none of them is a superuser."""

import asyncpg

from tenantcrm.errors import ConfigurationError
from tenantcrm.sandbox.addresses import DATABASE
from tenantcrm.sandbox.passwords import Passwords
from tenantcrm.sandbox.ports import LOOPBACK

SUPERUSER = "postgres"
TIMEOUT = 10.0


async def connect(
    port: int, passwords: Passwords, database: str = "postgres"
) -> asyncpg.Connection:
    """A connection as the superuser, who serves the sandbox alone and no part of the product."""
    return await asyncpg.connect(
        host=LOOPBACK, port=port, user=SUPERUSER, password=passwords.superuser, database=database,
        timeout=TIMEOUT, ssl=False,
    )  # fmt: skip


async def ready(port: int, passwords: Passwords) -> bool:
    """Whether the server can be used; one that still recovers after a crash cannot.

    Makes the roles and the database where they are missing.

    Raises:
        ConfigurationError: the passwords are not this server's.
    """
    try:
        connection = await connect(port, passwords)
        try:
            await _ensure(connection, passwords)
        finally:
            await connection.close()
    except asyncpg.InvalidPasswordError as fault:
        raise ConfigurationError(
            "the passwords in secrets.json do not open the database: put back the ones that it "
            "was made with"
        ) from fault
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    return True


async def _ensure(connection: asyncpg.Connection, passwords: Passwords) -> None:
    logins = {
        "tenantcrm_owner": passwords.owner,
        "tenantcrm_app": passwords.app,
        "tenantcrm_control": passwords.control,
    }
    known = {row["rolname"] for row in await connection.fetch("SELECT rolname FROM pg_roles")}
    for role, password in logins.items():
        if role not in known:
            # CREATE ROLE takes no parameters; these passwords have no character to quote.
            await connection.execute(
                f"CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS "
                f"PASSWORD '{password}'"
            )
    if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
        await connection.execute(f"CREATE DATABASE {DATABASE} OWNER tenantcrm_owner")
