"""Every tenant table, attacked as the wrong tenant, in SQL, as the role of the application."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from tenantcrm.settings import Settings
from tests.isolation.conftest import column, insert
from tests.isolation.rows import PARENTS, TENANT_ROWS, World

TABLES = list(TENANT_ROWS)


@pytest.fixture(scope="module")
async def worlds(postgres_port: int, own: Settings) -> tuple[World, World]:
    """Two tenants with one row in every table each; put there past row-level security."""
    name = own.database_url.rsplit("/", 1)[1]
    past = await asyncpg.connect(f"postgresql://super@127.0.0.1:{postgres_port}/{name}")
    pair = World(), World()
    for world in pair:
        for table, make in TENANT_ROWS.items():
            if table == "memberships":
                await insert(past, "users", {
                    "id": world.user_id, "email": world.mark, "email_key": world.mark, "name": "",
                    **{k: v for k, v in make(world).items() if k == "created_at"},
                    "updated_at": make(world)["created_at"],
                })  # fmt: skip
            await insert(past, table, make(world))
    await past.close()
    return pair


@pytest.fixture(scope="module")
async def app(own: Settings) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the application's role."""
    connection = await asyncpg.connect(own.database_url.replace("+asyncpg", ""))
    yield connection
    await connection.close()


async def bound(
    app: asyncpg.Connection, world: World | None, sql: str, *args: Any, first: str = ""
) -> Any:
    """What a statement gives with this tenant bound; everything is rolled back."""
    transaction = app.transaction()
    await transaction.start()
    try:
        bind = "" if world is None else str(world.tenant_id)
        await app.execute(f"SET LOCAL app.tenant_id = '{bind}'")
        if first:
            await app.execute(first)
        if sql.startswith("SELECT"):
            return await app.fetch(sql, *args)
        return await app.execute(sql, *args)
    finally:
        await transaction.rollback()


@pytest.mark.parametrize("table", TABLES)
async def test_reads_nothing_unbound(app, worlds, table):
    """With no tenant bound a table shows no row at all."""
    assert await bound(app, None, f"SELECT * FROM {table}") == []


@pytest.mark.parametrize("table", TABLES)
async def test_reads_its_own_alone(app, worlds, table):
    """With a tenant bound a table shows that tenant's rows, and no other's however it is asked."""
    mine, theirs = worlds
    rows = await bound(app, mine, f"SELECT * FROM {table}")
    assert {row[column(table)] for row in rows} == {mine.tenant_id}
    asked = f"SELECT * FROM {table} WHERE {column(table)} = $1"
    assert await bound(app, mine, asked, theirs.tenant_id) == []


@pytest.mark.parametrize("table", TABLES)
async def test_changes_nothing_of_another(app, worlds, table):
    """UPDATE and DELETE of another tenant's row touch no row, or are not allowed at all."""
    mine, theirs = worlds
    changed = {
        "tenants": "name", "memberships": "role", "suppressions": "reason", "lanes": "virtual_time",
    }.get(table)  # fmt: skip
    changed = changed or next(c for c in TENANT_ROWS[table](theirs) if c != column(table))
    where = f"WHERE {column(table)} = $1"
    for sql in (
        f"UPDATE {table} SET {changed} = {changed} {where}",
        f"DELETE FROM {table} {where}",
    ):
        try:
            status = await bound(app, mine, sql, theirs.tenant_id)
        except asyncpg.InsufficientPrivilegeError:
            continue
        assert status.split()[-1] == "0", sql


@pytest.mark.parametrize("table", TABLES)
async def test_inserts_nothing_for_another(app, worlds, table):
    """A row that names another tenant is refused by the policy or by a missing right."""
    mine, theirs = worlds
    row = TENANT_ROWS[table](World(tenant_id=theirs.tenant_id))
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    sql = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await bound(app, mine, sql, *row.values())


HARMLESS = {
    ("enrollments", "contact_id"): "contacts",
    ("enrollments", "campaign_id"): "campaigns",
    ("message_versions", "message_id"): "messages",
    ("send_counts", "campaign_id"): "campaigns",
    ("send_counts", "message_id"): "messages",
    ("people_counts", "campaign_id"): "campaigns",
    ("reach_news", "campaign_id"): "campaigns",
    ("idempotent_responses", "contact_id"): "contacts",
}
"""References without a foreign key: enrolments are written by the hundred thousand from rows that
the statement has locked (decision 0023), versions outlive their messages, counts are written by
triggers from rows that have the keys (decision 0029), and a kept answer goes with the contact that
its transaction has held (decision 0041). Every query joins them by tenant, so that a foreign
tenant's id leads to nothing."""
REFERENCES = [
    (table, name)
    for table, make in TENANT_ROWS.items()
    for name, parent in PARENTS.items()
    if name in make(World()) and parent != table and (table, name) not in HARMLESS
]


@pytest.mark.parametrize(("table", "name"), REFERENCES)
async def test_refers_to_nothing_of_another(app, worlds, table, name):
    """A row of mine cannot point at another tenant's row, which key checks alone would allow."""
    mine, theirs = worlds
    row = TENANT_ROWS[table](mine) | {name: getattr(theirs, name)}
    if "id" in row:
        row["id"] = uuid4()
    elif "version" in row:
        row["version"] += 1
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    sql = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})"
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await bound(app, mine, sql, *row.values(), first="DELETE FROM deliveries")


@pytest.mark.parametrize(("table", "name"), HARMLESS)
async def test_leads_nowhere(app, worlds, table, name):
    """Where no key forbids another tenant's id, it leads to no row of theirs."""
    mine, theirs = worlds
    row = TENANT_ROWS[table](mine) | {name: getattr(theirs, name)}
    if "id" in row:
        row["id"] = uuid4()
    if table == "message_versions":
        row["version"] = 2
    if "key" in row:
        row["key"] = "another"
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    parent = HARMLESS[table, name]
    sql = (
        f"WITH made AS (INSERT INTO {table} ({', '.join(row)}) VALUES ({places}) RETURNING *) "
        f"SELECT p.* FROM made JOIN {parent} p ON p.id = made.{name}"
    )
    assert await bound(app, mine, f"SELECT * FROM {parent}") != []
    transaction = app.transaction()
    await transaction.start()
    try:
        await app.execute(f"SET LOCAL app.tenant_id = '{mine.tenant_id}'")
        assert await app.fetch(sql, *row.values()) == []
    finally:
        await transaction.rollback()


@pytest.mark.parametrize("table", TABLES)
async def test_moves_nothing_to_another(app, worlds, table):
    """A row of mine cannot be handed to another tenant."""
    mine, theirs = worlds
    sql = f"UPDATE {table} SET {column(table)} = $1"
    with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.ForeignKeyViolationError)):
        await bound(app, mine, sql, theirs.tenant_id)
