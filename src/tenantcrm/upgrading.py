"""The migrations: where they are, and how they are run beside a product that works.

Alembic is loaded by whoever migrates, and by nobody else: it takes a quarter of a second.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantcrm.errors import ConfigurationError

if TYPE_CHECKING:
    from alembic.config import Config

PATIENCE, PAUSE, TRIES = "1s", 1.0, 120
"""For how long a migration waits for a table, and how often, with a pause of so many seconds."""
_IN_THE_WAY = {
    asyncpg.LockNotAvailableError.sqlstate,
    asyncpg.DeadlockDetectedError.sqlstate,
}


def scripts() -> Path:
    """The folder of migrations: beside the package when installed, in the repository else."""
    here = Path(__file__).resolve().parent
    packed = here / "_migrations"
    return packed if packed.is_dir() else here.parents[1] / "migrations"


def config() -> "Config":
    """Alembic's settings."""
    from alembic.config import Config  # noqa: PLC0415 # see the head of this module

    made = Config()
    made.set_main_option("script_location", str(scripts()).replace("%", "%%"))
    return made


async def upgrade(connection: AsyncConnection, tell: Callable[[str], None]) -> None:
    """Upgrade without standing in anybody's way.

    A change of a table waits for whoever works with it, and everybody who comes later waits behind
    the change. So it waits for a moment only, steps aside, and tries again; every migration is one
    transaction, so that nothing of it is left.
    """
    await connection.execute(text(f"SET lock_timeout = '{PATIENCE}'"))
    await connection.commit()
    for left in reversed(range(TRIES)):
        try:
            await connection.run_sync(_upgrade, tell)
            await connection.commit()
        except DBAPIError as fault:
            await connection.rollback()
            if getattr(fault.orig, "sqlstate", None) not in _IN_THE_WAY:
                raise
            if not left:
                raise ConfigurationError(
                    "a transaction holds a table that a migration changes: end it (see "
                    "pg_stat_activity) and run tenantcrm migrate again"
                ) from fault
            tell("a table is in use; trying again")
            await asyncio.sleep(PAUSE)
        else:
            break
    await connection.execute(text("RESET lock_timeout"))
    await connection.commit()


def _upgrade(connection: Connection, tell: Callable[[str], None]) -> None:
    from alembic import command  # noqa: PLC0415 # see the head of this module

    settings = config()
    settings.attributes["connection"] = connection
    settings.attributes["tell"] = tell
    command.upgrade(settings, "head")
