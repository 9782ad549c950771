"""From the first schema to the newest with data in it: every row stays, and the product works."""

import asyncio
import secrets
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from redis.asyncio import Redis
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from tenantcrm import schema, upgrading
from tenantcrm.database import Database
from tenantcrm.delivery import service
from tenantcrm.delivery.steps import rescue_all
from tenantcrm.errors import ConfigurationError
from tenantcrm.settings import Settings
from tests.conftest import settings_for
from tests.delivery.desk import Desk, settled
from tests.delivery.world import World
from tests.fixtures.fake_ses import FakeSes

STATES = (
    "pending", "claimed", "sending", "sent", "delivered", "bounced", "complained", "failed",
    "skipped", "unknown",
)  # fmt: skip
FILL = """
INSERT INTO tenants (id, name, timezone, postal_address, sender_name, sender_email, state,
    suspended_reason, send_rate, salt, created_at, updated_at)
  SELECT id, 'Vinr', 'Europe/London', '1 Main Street, London', 'Vinr', 'hi@example.com', 'active',
    '', 1000, sha256(id::text::bytea), now(), now() FROM unnest($1::uuid[]) id;
INSERT INTO contacts (tenant_id, id, mode, email, email_key, email_hash, attributes, folded, status,
    created_at, updated_at)
  SELECT t.id, uuid_v7(), 'live', n || '@example.com', n || '@example.com',
    sha256((t.id::text || n)::bytea), '{"plan": "pro"}', '{"plan": "pro"}',
    CASE WHEN n % 50 = 0 THEN 'unsubscribed' ELSE 'subscribed' END, now(), now()
  FROM tenants t, generate_series(1, 200) n;
INSERT INTO campaigns (tenant_id, id, name, contact_filter, state, preferred_send_time, timezone,
    day_zero, late_limit_hours, version, next_scan_at, scanned_through, created_at, updated_at)
  SELECT id, uuid_v7(), 'Welcome', 'plan=pro', 'active', '10:00', 'Europe/London', 'scheduled',
    12, 1, now() + interval '1 day', current_date, now(), now() FROM tenants;
INSERT INTO messages (tenant_id, id, campaign_id, subject, preheader, send_day, html_template,
    format, version, created_at, updated_at)
  SELECT tenant_id, uuid_v7(), id, 'Hello', '', 0, '<p>Hello {{ contact.email }}</p>', 'html', 1,
    now(), now() FROM campaigns;
INSERT INTO enrollments (tenant_id, id, campaign_id, contact_id, enrolled_on, enrolled_at, state)
  SELECT g.tenant_id, uuid_v7(), g.id, c.id, current_date, now(), 'active'
  FROM campaigns g JOIN contacts c ON c.tenant_id = g.tenant_id;
INSERT INTO deliveries (tenant_id, id, kind, campaign_id, message_id, contact_id, state, reason,
    due_at, late_at, fence, attempts, worker, lease_until, sent_at, created_at, updated_at)
  SELECT m.tenant_id, uuid_v7(), 'day_zero', m.campaign_id, m.id, c.id, s.state,
    CASE WHEN s.state IN ('failed', 'skipped', 'unknown') THEN 'a_reason' END,
    now() - interval '1 minute', now() + interval '12 hours', 1, 1, 'gone:1:1',
    CASE WHEN s.state IN ('claimed', 'sending') THEN now() - interval '1 minute' END,
    CASE WHEN s.state IN ('sent', 'delivered', 'bounced', 'complained') THEN now() END,
    now(), now()
  FROM messages m JOIN LATERAL (
    SELECT id, row_number() OVER (ORDER BY id) AS n FROM contacts WHERE tenant_id = m.tenant_id
  ) c ON true JOIN unnest($2::text[]) WITH ORDINALITY s (state, k) ON c.n % 10 = s.k - 1;
INSERT INTO lanes (tenant_id, kind, due_at, virtual_time, leased_until)
  SELECT id, 'day_zero', now() - interval '1 minute', 7, now() - interval '1 minute' FROM tenants
"""
DROPPED = {"scanned_through"}
"""Columns whose content has moved to another one."""
KEPT = ("tenants", "contacts", "campaigns", "messages", "enrollments", "deliveries", "lanes")


@pytest.fixture
async def old(postgres_port: int, redis_url: str) -> tuple[Settings, list[UUID]]:
    """A database at the first schema, with tenants whose mails stand everywhere."""
    name = f"m{secrets.token_hex(6)}"
    place = f"postgresql://super@127.0.0.1:{postgres_port}"
    root = await asyncpg.connect(f"{place}/postgres")
    await root.execute(f"CREATE DATABASE {name} OWNER tenantcrm_owner")
    await root.close()
    settings = settings_for(postgres_port, name, redis_url)
    engine = create_async_engine(settings.owner_database_url)
    async with engine.connect() as connection:
        await connection.run_sync(to_the_first)
        await connection.commit()
    await engine.dispose()
    tenants = [UUID(bytes=secrets.token_bytes(16), version=4) for _ in range(3)]
    super_user = await asyncpg.connect(f"{place}/{name}")
    for statement in FILL.split(";\n"):
        values = [value for mark, value in (("$1", tenants), ("$2", STATES)) if mark in statement]
        await super_user.execute(statement.replace("$2", "$1"), *values)
    await super_user.close()
    return settings, tenants


def to_the_first(connection: Connection) -> None:
    config = upgrading.config()
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")


async def contents(settings: Settings, port: int) -> dict[str, list[dict[str, object]]]:
    """Every row of the tables that the first schema has, in the columns that it has."""
    name = settings.database_url.rpartition("/")[2]
    connection = await asyncpg.connect(f"postgresql://super@127.0.0.1:{port}/{name}")
    found = {
        table: [dict(row) for row in await connection.fetch(f"SELECT * FROM {table} ORDER BY 1, 2")]
        for table in KEPT
    }
    await connection.close()
    return found


def test_the_newest_is_the_head():
    """The revision that a process asks for at its start is the one that Alembic upgrades to."""
    assert schema.newest() == ScriptDirectory.from_config(upgrading.config()).get_current_head()


async def test_every_row_stays(old: tuple[Settings, list[UUID]], postgres_port: int):
    """What stood there stands there, value by value; what is new is empty or has its default."""
    settings, _ = old
    before = await contents(settings, postgres_port)
    assert len(before["deliveries"]) == 600
    await schema.migrate(settings, lambda _line: None)
    after = await contents(settings, postgres_port)
    for table in KEPT:
        names = before[table][0].keys() - DROPPED
        kept = [[{n: row[n] for n in names} for row in rows[table]] for rows in (before, after)]
        assert kept[0] == kept[1]
    assert {row["bounce"] for row in after["deliveries"]} == {None}
    assert {row["standing"] for row in after["tenants"]} == {"good"}


async def test_the_product_works_on_it(
    old: tuple[Settings, list[UUID]], monkeypatch: pytest.MonkeyPatch
):
    """What waits goes out, what a dead worker had is put back or unknown, and the rest stays."""
    settings, tenants = old
    await schema.migrate(settings, lambda _line: None)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    database = Database(settings)
    await schema.check(database)
    async with (
        FakeSes().serving() as fake,
        Redis.from_url(settings.redis_url) as redis,
        Desk.opened(database, replace(settings, ses_endpoint_url=fake.url), redis) as desk,
    ):
        await rescue_all(desk.bench)
        async with desk.engines():
            for tenant_id in tenants:
                states = await settled(World(database, tenant_id), 60)
                assert sum(states.values()) == 200
                assert states["unknown:lease_over"] == 20
                assert states["delivered"] == 20
                assert states["sent"] + states.get("skipped:unsubscribed", 0) == 60
    async with database.unit_of_work(tenants[0]) as session:
        shown = await service.list_deliveries(session, limit=200)
    assert len(shown.rows) == 200
    await database.close()


async def test_waits_for_nobody_for_long(old: tuple[Settings, list[UUID]], postgres_port: int):
    """While a transaction holds a table, the migration steps aside again and again: whoever came
    after it is served, and it goes through when the table is free."""
    settings, tenants = old
    name = settings.database_url.rpartition("/")[2]
    holder = await asyncpg.connect(f"postgresql://super@127.0.0.1:{postgres_port}/{name}")
    reader = await asyncpg.connect(f"postgresql://super@127.0.0.1:{postgres_port}/{name}")
    holding = holder.transaction()
    await holding.start()
    await holder.execute("SELECT 1 FROM deliveries LIMIT 1")
    migrating = asyncio.create_task(schema.migrate(settings, lambda _line: None))
    begun = datetime.now(UTC)
    while (datetime.now(UTC) - begun).total_seconds() < 4:
        async with asyncio.timeout(30):
            await reader.fetchval(
                "SELECT count(*) FROM deliveries WHERE tenant_id = $1", tenants[0]
            )
        await asyncio.sleep(0.05)
    assert not migrating.done()
    await holding.rollback()
    await migrating
    for connection in (holder, reader):
        await connection.close()


async def test_gives_up_in_one_line(
    old: tuple[Settings, list[UUID]], postgres_port: int, monkeypatch: pytest.MonkeyPatch
):
    """A table that is held for ever ends the migration with a line; nothing of it is left."""
    settings, _ = old
    monkeypatch.setattr(upgrading, "TRIES", 2)
    name = settings.database_url.rpartition("/")[2]
    holder = await asyncpg.connect(f"postgresql://super@127.0.0.1:{postgres_port}/{name}")
    holding = holder.transaction()
    await holding.start()
    await holder.execute("SELECT 1 FROM deliveries LIMIT 1")
    with pytest.raises(ConfigurationError, match="holds a table"):
        await schema.migrate(settings, lambda _line: None)
    await holding.rollback()
    assert await holder.fetchval("SELECT version_num FROM alembic_version") == "0001"
    assert await holder.fetchval("SELECT to_regclass('mail_events')") is None
    await holder.close()
    await schema.migrate(settings, lambda _line: None)


async def test_an_old_process_may_go_on(old: tuple[Settings, list[UUID]], postgres_port: int):
    """What the build before writes is taken by the new schema: nothing new is asked of it."""
    settings, _ = old
    await schema.migrate(settings, lambda _line: None)
    engine = create_async_engine(settings.owner_database_url)
    async with engine.connect() as connection:
        asked = await connection.execute(
            text(
                "SELECT table_name, column_name FROM information_schema.columns "
                "WHERE table_schema = 'public' AND is_nullable = 'NO' AND column_default IS NULL "
                "AND table_name = ANY (:tables)"
            ),
            {"tables": list(KEPT)},
        )
        needed = set(asked.all())
    await engine.dispose()
    first = await contents(settings, postgres_port)
    assert {(table, column) for table, column in needed if column not in first[table][0]} == set()
    new = {"daily_cap", "standing", "track_opens", "bounce", "asked_at", "parked", "pace"}
    assert not {column for _, column in needed} & new
