"""What a scan costs: enrolling half of a tenant's contacts; printed, not asserted.

The baseline is the same rows written in the same run into a heap without indexes. With them: a
scan that finds nothing new, the whole first day with its entries in the ledger, and the day of a
campaign that goes by the contacts' own clocks, in as many scans as they have times of day.

``python -m benchmarks.scan [CONTACTS]``
"""

import asyncio
import platform
import sys
import time
from datetime import timedelta
from uuid import UUID

import asyncpg
from tests.campaigns.world import World, at
from tests.conftest import add_tenant, create_database, prepare, settings_for
from tests.fixtures import services

from tenantcrm.campaigns.repository import campaigns
from tenantcrm.campaigns.service import scan
from tenantcrm.campaigns.service.activate import go
from tenantcrm.database import Database
from tenantcrm.delivery.service import hand_over

CONTACTS = """
INSERT INTO contacts (tenant_id, id, mode, email, email_key, email_hash, attributes, folded, status,
                      timezone, created_at, updated_at)
SELECT $1, uuid_v7(), 'live', 'p' || n || '@example.com', 'p' || n || '@example.com',
       sha256(n::text::bytea), a, a, 'subscribed', ($4::text[])[n / 2 % 24 + 1], $3, $3
FROM generate_series(1, $2::int) n,
     LATERAL (SELECT jsonb_build_object('language', CASE n % 2 WHEN 0 THEN 'en' ELSE 'de' END,
                                        'plan', 'p' || n % 10, 'seats', n % 100) AS a) x
"""
HEAP = """
INSERT INTO heap
SELECT tenant_id, uuid_v7(), $2::uuid, id, $3::date, $4::timestamptz, 'active'
FROM contacts WHERE tenant_id = $1 AND folded @> '{"language": "en"}'
"""
TEN = at("2026-03-02 10:00")
NOTHING_NEW = 20
ZONES = [
    "Pacific/Auckland", "Australia/Sydney", "Australia/Lord_Howe", "Asia/Tokyo", "Asia/Shanghai",
    "Asia/Bangkok", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Karachi", "Asia/Dubai",
    "Europe/Moscow", "Europe/Athens", "Europe/Berlin", "Europe/Paris", "Europe/London",
    "Atlantic/Azores", "America/Sao_Paulo", "America/St_Johns", "America/Halifax",
    "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
    "Pacific/Honolulu",
]  # fmt: skip


async def floor(connection: asyncpg.Connection, tenant: UUID) -> float:
    """Seconds to write the rows into a heap: the best of three."""
    await connection.execute(
        "CREATE TABLE heap (tenant_id uuid, id uuid, campaign_id uuid, contact_id uuid,"
        " enrolled_on date, enrolled_at timestamptz, state text)"
    )
    took = []
    for _ in range(3):
        await connection.execute("TRUNCATE heap")
        started = time.perf_counter()
        await connection.execute(HEAP, tenant, tenant, TEN.date(), TEN)
        took.append(time.perf_counter() - started)
    return min(took)


async def enrolment(world: World, *days: int) -> tuple[int, float]:
    """How many a first scan enrols, with what is due in the ledger, and in how many seconds."""
    campaign = await world.campaign(*days, contact_filter="language=en")
    started = time.perf_counter()
    async with world.database.unit_of_work(world.tenant_id) as session:
        result = await scan(session, campaign, now=TEN)
        assert result is not None
        await hand_over(session, result.hand_overs, now=TEN)
    took = time.perf_counter() - started
    return result.enrolled, took


async def by_own_clocks(world: World) -> tuple[int, float, int]:
    """How many a day of scans by contacts' zones enrols, in how many seconds, and scans."""
    campaign = await world.campaign(
        3000, contact_filter="language=en", zone_mode="contact", active=False
    )
    async with world.database.unit_of_work(world.tenant_id) as session:
        row = await campaigns.lock(session, campaign)
        assert row is not None
        await go(session, row, actor="system", now=TEN - timedelta(hours=2))
    enrolled, took, scans = 0, 0.0, 0
    while True:
        async with world.database.unit_of_work(world.tenant_id) as session:
            row = await campaigns.find(session, campaign)
            assert row is not None
            assert row.next_scan_at is not None
            now = row.next_scan_at
        if now > TEN + timedelta(days=1):
            return enrolled, took, scans
        started = time.perf_counter()
        async with world.database.unit_of_work(world.tenant_id) as session:
            result = await scan(session, campaign, now=now)
            assert result is not None
        took += time.perf_counter() - started
        enrolled += result.enrolled
        scans += 1


async def nothing_new(world: World) -> float:
    """Seconds of a scan that finds nobody new and nothing due, among many people: the best."""
    campaign = await world.campaign(3000, contact_filter="language=en")
    await world.scan(campaign, TEN)
    took = []
    for day in range(1, NOTHING_NEW + 1):
        started = time.perf_counter()
        await world.scan(campaign, TEN + timedelta(days=day))
        took.append(time.perf_counter() - started)
    return min(took)


async def measure(port: int, contacts: int) -> None:
    """Print the table."""
    await prepare(port)
    name = await create_database(port)
    database = Database(settings_for(port, name, "redis://127.0.0.1/0"))
    tenant = await add_tenant(database)
    connection = await asyncpg.connect(f"postgresql://super@127.0.0.1:{port}/{name}")
    await connection.execute(CONTACTS, tenant, contacts, TEN - timedelta(days=1), ZONES)
    await connection.execute("VACUUM ANALYZE contacts")
    world = World(database, tenant)
    base = await floor(connection, tenant)
    version = await connection.fetchval("SHOW server_version")
    print(f"{platform.python_version()}, PostgreSQL {version}, {contacts:,} contacts")
    rows, took = await enrolment(world, 3000)
    print(f"heap without indexes   {rows / base:>10,.0f} rows/s  1.00")
    print(f"enrol                  {rows / took:>10,.0f} rows/s  {base / took:.2f}")
    rows, took = await enrolment(world, 0)
    print(f"enrol and enter day 0  {rows / took:>10,.0f} rows/s  {base / took:.2f}")
    rows, took, scans = await by_own_clocks(world)
    words = f"{base / rows * (contacts // 2) / took:.2f}  in {scans} scans"
    print(f"enrol by own clocks    {rows / took:>10,.0f} rows/s  {words}")
    print(f"scan, nothing new      {await nothing_new(world) * 1000:>10,.1f} ms")
    await connection.close()
    await database.close()


def main() -> None:
    """Measure in a cluster of its own, with the memory that so many contacts ask for."""
    with services.postgres(shared_buffers="512MB", max_wal_size="4GB") as port:
        asyncio.run(measure(port, int(sys.argv[1]) if len(sys.argv) > 1 else 200_000))


if __name__ == "__main__":
    main()
