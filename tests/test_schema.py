"""Migrating: beside a service that runs, and after somebody changed the rights by hand."""

import asyncio

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from tenantcrm import schema
from tenantcrm.contacts.service import delete_contacts
from tenantcrm.database import Database
from tenantcrm.settings import Settings
from tests.campaigns.world import World
from tests.conftest import add_tenant


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


async def test_a_tenant_that_has_contacts_is_not_deleted(
    fresh_settings: Settings, fresh_database: Database
):
    """Contacts have no key to their tenant: no role of the product can delete one, and the owner of
    the tables none that has contacts."""
    tenant_id = await add_tenant(fresh_database)
    contact = await World(fresh_database, tenant_id).contact()
    statement = f"DELETE FROM tenants WHERE id = '{tenant_id}'"
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with fresh_database.control_unit_of_work() as control:
            await control.execute(text(statement))
    owner = await asyncpg.connect(fresh_settings.owner_database_url.replace("+asyncpg", ""))
    statement = f"SET app.tenant_id = '{tenant_id}'; {statement}"
    with pytest.raises(asyncpg.ForeignKeyViolationError, match="has contacts"):
        await owner.execute(statement)
    async with fresh_database.unit_of_work(tenant_id) as session:
        await delete_contacts(session, [contact])
    await owner.execute(statement)
    assert await owner.fetch("SELECT id FROM tenants") == []
    await owner.close()
