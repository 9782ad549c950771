"""Migrating: beside a service that runs, and after somebody changed the rights by hand."""

import asyncio

import asyncpg
import pytest
from sqlalchemy import text

from tenantcrm import schema
from tenantcrm.database import Database
from tenantcrm.settings import Settings


async def control_policy(settings: Settings, table: str) -> str | None:
    owner = await asyncpg.connect(settings.owner_database_url.replace("+asyncpg", ""))
    try:
        return await owner.fetchval(
            "SELECT roles::text || ' ' || qual || ' ' || with_check FROM pg_policies "
            "WHERE tablename = $1 AND policyname = 'control_plane'",
            table,
        )
    finally:
        await owner.close()


async def test_migrating_waits_for_nobody(fresh_settings: Settings, fresh_database: Database):
    """Where nothing is new, migrating goes past transactions that are open on every table."""
    async with fresh_database.control_unit_of_work() as control:
        for table in schema.SHARED:
            await control.execute(text(f"SELECT 1 FROM {table} LIMIT 1"))
        async with asyncio.timeout(60):
            await schema.migrate(fresh_settings, lambda _line: None)


@pytest.mark.parametrize(
    "harm",
    [
        "DROP POLICY control_plane ON lanes",
        "ALTER POLICY control_plane ON lanes USING (false)",
        "ALTER POLICY control_plane ON lanes TO tenantcrm_app",
    ],
)
async def test_migrating_repairs_the_policies(fresh_settings: Settings, harm: str):
    """A policy that is missing, narrower, or somebody else's is made again as it belongs."""
    owner = await asyncpg.connect(fresh_settings.owner_database_url.replace("+asyncpg", ""))
    await owner.execute(harm)
    await owner.close()
    await schema.migrate(fresh_settings, lambda _line: None)
    assert await control_policy(fresh_settings, "lanes") == "{tenantcrm_control} true true"
