"""What a tick with nothing due costs, with 10 and with 100,000 active campaigns; printed.

A tick is what a worker does again and again: ask which tenants have a scan due. The campaigns are
spread over tenants of a hundred each, and all are active with their next scan an hour away.

``python -m benchmarks.idle_tick [CAMPAIGNS]``
"""

import asyncio
import platform
import statistics
import sys
import time
from datetime import timedelta

import asyncpg
from tests.campaigns.world import World
from tests.conftest import add_tenant, create_database, prepare, settings_for
from tests.fixtures import services

from tenantcrm import clock
from tenantcrm.campaigns.repository import schedule
from tenantcrm.database import Database
from tenantcrm.delivery.scanner import Scanner

EACH = 100
TICKS = 200


async def fill(connection: asyncpg.Connection, database: Database, campaigns: int) -> None:
    """So many active campaigns, by copying one of a tenant that is made as they all are."""
    tenant = await add_tenant(database)
    world = World(database, tenant)
    campaign = await world.campaign(0, 3, now=clock.now())
    await connection.execute(
        "UPDATE campaigns SET next_scan_at = $1", clock.now() + timedelta(hours=1)
    )
    more, tenants = max(0, min(campaigns, EACH) - 1), max(1, campaigns // EACH)
    await connection.execute(
        "INSERT INTO campaigns SELECT (jsonb_populate_record(c, to_jsonb(c) ||"
        " jsonb_build_object('id', uuid_v7(), 'key', 'c' || n))).*"
        " FROM campaigns c, generate_series(1, $2::int) n WHERE c.id = $1",
        campaign, more,
    )  # fmt: skip
    async with database.unit_of_work(tenant) as session:
        await schedule.refresh(session)
    await connection.execute("SET session_replication_role = replica")
    await connection.execute(
        "CREATE TEMP TABLE copies AS SELECT uuid_v7() AS id FROM generate_series(1, $1::int)",
        tenants - 1,
    )
    for table, key in (
        ("tenants", "id"),
        ("campaigns", "tenant_id"),
        ("scan_schedules", "tenant_id"),
    ):
        own = ", 'id', uuid_v7()" if table == "campaigns" else ""
        await connection.execute(
            f"INSERT INTO {table} SELECT (jsonb_populate_record(t, to_jsonb(t) ||"
            f" jsonb_build_object('{key}', copies.id{own}))).* FROM {table} t, copies"
            f" WHERE t.{key} = $1",
            tenant,
        )
    await connection.execute("SET session_replication_role = origin")
    await connection.execute("VACUUM ANALYZE")


async def tick(database: Database) -> float:
    """Milliseconds of a tick: the middle one of many."""
    scanner = Scanner(database)
    took = []
    for _ in range(TICKS):
        started = time.perf_counter()
        await scanner.sweep()
        took.append(time.perf_counter() - started)
    assert not scanner._running  # noqa: SLF001 # nothing was due, or this measures something else
    return statistics.median(took) * 1000


async def measure(port: int, most: int) -> None:
    """Print the table."""
    await prepare(port)
    found = []
    for campaigns in (10, most):
        name = await create_database(port)
        database = Database(settings_for(port, name, "redis://127.0.0.1/0"))
        connection = await asyncpg.connect(f"postgresql://super@127.0.0.1:{port}/{name}")
        await fill(connection, database, campaigns)
        active = await connection.fetchval("SELECT count(*) FROM campaigns")
        found.append((active, await tick(database)))
        version = await connection.fetchval("SHOW server_version")
        await connection.close()
        await database.close()
    print(f"{platform.python_version()}, PostgreSQL {version}, the middle of {TICKS} ticks")
    for active, took in found:
        print(f"{active:>9,} active campaigns {took:>8.2f} ms  {took / found[0][1]:.2f}")


def main() -> None:
    """Measure in a cluster of its own."""
    with services.postgres() as port:
        asyncio.run(measure(port, int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))


if __name__ == "__main__":
    main()
