"""PostgreSQL's own catalog says that every table is held, whoever wrote it."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tenantcrm import schema
from tenantcrm.settings import Settings
from tests.isolation.rows import TENANT_ROWS

RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")


@pytest.fixture
async def catalog(settings: Settings, database: object) -> AsyncIterator[asyncpg.Connection]:
    del database  # Its fixture has migrated.
    url = settings.owner_database_url.replace("+asyncpg", "")
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


async def tables(catalog: asyncpg.Connection) -> set[str]:
    rows = await catalog.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {row["tablename"] for row in rows} - {"alembic_version"}


async def test_every_table_has_its_place(catalog: asyncpg.Connection):
    """A table is tenant-owned, shared or of the control plane: a new one must say which."""
    placed = [*schema.TENANT_OWNED, *schema.SHARED, *schema.CONTROL_ONLY]
    assert sorted(placed) == sorted(await tables(catalog))


async def test_every_tenant_table_is_attacked():
    """The attacks of this folder cover every table that holds tenants' rows."""
    assert set(TENANT_ROWS) == {*schema.TENANT_OWNED, *schema.SHARED}


async def test_row_level_security_is_forced(catalog: asyncpg.Connection):
    """Security is on and binds the owner too, with the one policy on reading and writing."""
    rows = await catalog.fetch(
        """
        SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,
               array_agg(p.polname::text ORDER BY p.polname) AS policies,
               bool_and(pg_get_expr(p.polqual, c.oid) IS NOT DISTINCT FROM
                        pg_get_expr(p.polwithcheck, c.oid)) AS both
        FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
        GROUP BY c.oid, c.relname
        """
    )
    found = {row["relname"]: row for row in rows}
    for table in TENANT_ROWS:
        row = found[table]
        assert row["relrowsecurity"], table
        assert row["relforcerowsecurity"], table
        assert row["both"], table
        shared = ["control_plane"] if table in schema.SHARED else []
        assert row["policies"] == [*shared, "tenant_isolation"], table


async def test_keys_are_composite(catalog: asyncpg.Connection):
    """Primary and foreign keys of tenants' tables carry the tenant: no key crosses over."""
    rows = await catalog.fetch(
        """
        SELECT c.conrelid::regclass::text AS "table", c.conname, c.contype::text AS kind,
               c.confrelid::regclass::text AS target,
               array(SELECT attname::text FROM pg_attribute
                     WHERE attrelid = c.conrelid AND attnum = ANY (c.conkey)) AS columns
        FROM pg_constraint c
        WHERE c.connamespace = 'public'::regnamespace AND c.contype IN ('p', 'f')
        """
    )
    # An address to send from is unique over the installation: that is what the claim is for.
    over_all = {"sender_claims", "tenants"}
    for row in rows:
        if row["table"] not in TENANT_ROWS or row["table"] in over_all:
            continue
        if row["kind"] == "f" and row["target"] not in TENANT_ROWS:
            continue
        assert "tenant_id" in row["columns"], row["conname"]


@pytest.mark.parametrize(("role", "out_of_reach"), [
    ("tenantcrm_app", schema.CONTROL_ONLY),
    ("tenantcrm_control", schema.TENANT_OWNED),
])  # fmt: skip
async def test_no_right_across_the_planes(
    catalog: asyncpg.Connection, role: str, out_of_reach: tuple[str, ...]
):
    """The role of one plane has no right at all on the tables of the other."""
    for table in out_of_reach:
        for right in RIGHTS:
            has = await catalog.fetchval(
                "SELECT has_table_privilege($1, $2, $3)", role, table, right
            )
            assert not has, f"{role} has {right} on {table}"


async def test_nobody_may_truncate_or_refer(catalog: asyncpg.Connection):
    """TRUNCATE and REFERENCES pass by row-level security, so neither role has them."""
    for role in ("tenantcrm_app", "tenantcrm_control"):
        for table in await tables(catalog):
            for right in ("TRUNCATE", "REFERENCES", "TRIGGER"):
                has = await catalog.fetchval(
                    "SELECT has_table_privilege($1, $2, $3)", role, table, right
                )
                assert not has, f"{role} has {right} on {table}"


async def test_a_tenant_cannot_lift_its_own_suspension(catalog: asyncpg.Connection):
    """Of its own row a tenant may change what it says of itself, never state, rate or salt."""
    for column in ("state", "suspended_reason", "suspended_at", "send_rate", "salt", "id"):
        assert not await catalog.fetchval(
            "SELECT has_column_privilege('tenantcrm_app', 'tenants', $1, 'UPDATE')", column
        )


async def test_no_view_and_no_definer_function(catalog: asyncpg.Connection):
    """Views and SECURITY DEFINER functions run as their owner, past the tenant: there is none."""
    views = await catalog.fetch(
        "SELECT viewname FROM pg_views WHERE schemaname = 'public' "
        "UNION SELECT matviewname FROM pg_matviews WHERE schemaname = 'public'"
    )
    definers = await catalog.fetch(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"
    )
    assert [*views, *definers] == []
