"""The tenant that is attacked, and the one that attacks it, at the whole application."""

import re
import secrets
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from litestar import Litestar

from tenantcrm.app import create_app
from tenantcrm.database import Database
from tenantcrm.settings import Settings
from tenantcrm.tenants.service import people
from tests.conftest import create_database, settings_for
from tests.fixtures.web import Visitor, serving, visiting
from tests.isolation.rows import TENANT_ROWS, World


async def insert(connection: asyncpg.Connection, table: str, row: dict[str, Any]) -> None:
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    await connection.execute(
        f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", *row.values()
    )


def column(table: str) -> str:
    """The column that says whose a row is."""
    return "id" if table == "tenants" else "tenant_id"


async def snapshot(past: asyncpg.Connection, world: World) -> dict[str, Any]:
    """Every row of the attacked tenant; that a key of its own was used is no change."""
    return {
        table: await past.fetch(
            f"SELECT (to_jsonb(t) - 'last_used_at')::text FROM {table} t"
            f" WHERE {column(table)} = $1 ORDER BY 1",
            world.tenant_id,
        )
        for table in TENANT_ROWS
    }


@pytest.fixture(scope="module")
async def own(postgres_port: int, redis_url: str) -> Settings:
    """A database of this module's own: the rows of the attacked tenant would look like work."""
    return settings_for(postgres_port, await create_database(postgres_port), redis_url)


@pytest.fixture(scope="module")
async def past(postgres_port: int, own: Settings) -> AsyncIterator[asyncpg.Connection]:
    """A connection past row-level security, to see what really happened."""
    name = own.database_url.rsplit("/", 1)[1]
    connection = await asyncpg.connect(f"postgresql://super@127.0.0.1:{postgres_port}/{name}")
    yield connection
    await connection.close()


@pytest.fixture(scope="module")
async def world(past: asyncpg.Connection) -> World:
    """The tenant that is attacked, with a row in every table."""
    world = World()
    for table, make in TENANT_ROWS.items():
        row = make(world)
        if table == "memberships":
            await insert(past, "users", {
                "id": world.user_id, "email": world.mark, "email_key": world.mark, "name": "",
                "created_at": row["created_at"], "updated_at": row["created_at"],
            })  # fmt: skip
        await insert(past, table, row)
    return world


@pytest.fixture(scope="module")
async def own_database(own: Settings) -> AsyncIterator[Database]:
    database = Database(own)
    yield database
    await database.close()


@pytest.fixture(scope="module")
async def app(own: Settings) -> AsyncIterator[Litestar]:
    app = create_app(own)
    async with serving(app):
        yield app


@pytest.fixture(scope="module")
async def attacker(app: Litestar) -> AsyncIterator[Visitor]:
    """The owner of another tenant, signed in."""
    async with visiting(app) as visitor:
        answer = await visitor.sign_up(f"{secrets.token_hex(6)}@example.com", "Rival")
        assert answer.status_code == 303
        yield visitor


@pytest.fixture(scope="module")
async def attacking_tenant(attacker: Visitor, own_database: Database) -> UUID:
    page = (await attacker.get("/settings/account")).text
    email = re.search(r"[0-9a-f]{12}@example\.com", page)
    assert email
    async with own_database.control_unit_of_work() as control:
        who = await people.find(control, email.group())
    assert who
    return who.tenant_id


@pytest.fixture(scope="module")
async def token(attacker: Visitor) -> str:
    return await attacker.token("/settings/account")
