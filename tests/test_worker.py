"""The worker as a process: it drains, dies, loses Redis and the database, and loses no mail."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import time as time_of_day
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from tenantcrm import clock
from tenantcrm.campaigns.models import ScanSchedule
from tenantcrm.database import AWAY, Database
from tenantcrm.settings import Settings
from tenantcrm.tenants.models import Tenant, TenantStats
from tests.conftest import SECRET, add_tenant
from tests.delivery.desk import settled, until
from tests.delivery.world import World
from tests.fixtures import services
from tests.fixtures.fake_ses import FakeSes
from tests.fixtures.programs import Program


@pytest.fixture
async def fake() -> AsyncIterator[FakeSes]:
    async with FakeSes().serving() as fake:
        yield fake


@pytest.fixture
async def world(fresh_database: Database) -> World:
    """A tenant with a database of its own, and a rate that does not slow the test down."""
    tenant_id = await add_tenant(fresh_database)
    async with fresh_database.control_unit_of_work() as session:
        (await session.get_one(Tenant, tenant_id)).send_rate = 10_000
    return World(fresh_database, tenant_id)


def environment(settings: Settings, fake: FakeSes, **more: str) -> dict[str, str]:
    plain = {
        "TENANTCRM_DATABASE_URL": settings.database_url,
        "TENANTCRM_CONTROL_DATABASE_URL": settings.control_database_url,
        "TENANTCRM_OWNER_DATABASE_URL": settings.owner_database_url,
        "TENANTCRM_REDIS_URL": settings.redis_url,
        "TENANTCRM_SECRET_KEYS": SECRET,
        "TENANTCRM_PUBLIC_URL": settings.public_url,
        "TENANTCRM_SES_ENDPOINT_URL": fake.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "NO_PROXY": "127.0.0.1",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TENANTCRM_")}
    return kept | plain | {f"TENANTCRM_{name}": value for name, value in more.items()}


@asynccontextmanager
async def working(env: dict[str, str]) -> AsyncIterator[Program]:
    """A worker that runs; killed at the end if it still does."""
    process = await asyncio.to_thread(Program, "tenantcrm.cli", "worker", environment=env)
    try:
        yield process
    finally:
        await asyncio.to_thread(process.close)


async def ended(process: Program, how: signal.Signals) -> int:
    process.send_signal(how)
    status = await process.ended()
    assert "Traceback" not in process.said(), process.said()
    return status


async def due(world: World, count: int) -> UUID:
    return await world.due(*[await world.contact() for _ in range(count)])


async def test_drains(world: World, fake: FakeSes, fresh_settings: Settings):
    """SIGTERM in the middle: the answers that are out are written down, and the exit is clean."""
    await due(world, 120)
    fake.hold = asyncio.Event()
    async with working(environment(fresh_settings, fake, SEND_CONCURRENCY="2")) as worker:
        await until(lambda: asked(fake, 2), 40)
        worker.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.3)
        fake.hold.set()
        assert await ended(worker, signal.SIGTERM) == 0
    states = await world.states()
    assert set(states) == {"sent", "pending"}
    assert states["sent"] == sum(fake.asked.values())
    assert states["sent"] + states["pending"] == 120


async def asked(fake: FakeSes, count: int) -> bool:
    return len(fake.asked) >= count


async def test_killed_in_the_middle(world: World, fake: FakeSes, fresh_settings: Settings):
    """SIGKILL in the middle of requests: nothing is lost, nothing goes out twice, and the one that
    is started next knows at once what its predecessor left behind."""
    await due(world, 150)
    env = environment(fresh_settings, fake, SEND_CONCURRENCY="2")
    async with working(env) as worker:
        await until(lambda: asked(fake, 30), 40)
        worker.kill()
        await worker.ended()
    async with working(env):
        states = await settled(world, 60)
    assert sum(states.values()) == 150
    assert set(states) <= {"sent", "unknown:lease_over"}
    assert set(fake.asked.values()) == {1}
    assert states["sent"] >= 50


async def test_redis_lost_and_back(world: World, fake: FakeSes, fresh_settings: Settings):
    """Without Redis mail goes on in the same process; when it is back, so is the queue."""
    port = services.free_port()
    url = f"redis://127.0.0.1:{port}/0"
    env = environment(fresh_settings, fake) | {"TENANTCRM_REDIS_URL": url}
    async with AsyncExitStack() as stack:
        with services.valkey(port):
            worker = await stack.enter_async_context(working(env))
            await due(world, 3)
            assert await settled(world, 40) == {"sent": 3}
        await due(world, 3)
        assert await settled(world, 30) == {"sent": 6}
        with services.valkey(port):
            await due(world, 3)
            assert await settled(world, 30) == {"sent": 9}
            assert worker.returncode is None
            await until(lambda: counted(world, 9), 60)
            assert await ended(worker, signal.SIGTERM) == 0
    assert set(fake.asked.values()) == {1}


async def counted(world: World, sent: int) -> bool:
    """Whether the operator's counts, which the queue's cron refreshes, have come so far."""
    async with world.database.unit_of_work(world.tenant_id) as session:
        stats = await session.get(TenantStats, world.tenant_id)
    return stats is not None and stats.sent == sent


async def test_starts_without_redis(world: World, fake: FakeSes, fresh_settings: Settings):
    """A worker that finds no Redis scans and sends all the same."""
    nowhere = f"redis://127.0.0.1:{services.free_port()}/0"
    made = clock.now() - timedelta(days=1)
    await world.contact(created_at=made, updated_at=made)
    at = clock.now() - timedelta(minutes=1)
    await world.campaign(
        0,
        preferred_send_time=time_of_day(at.hour, at.minute),
        next_scan_at=at,
        scanned_at=at - timedelta(days=1),
    )
    async with world.database.unit_of_work(world.tenant_id) as session:
        session.add(ScanSchedule(tenant_id=world.tenant_id, scan_at=at))
    env = environment(fresh_settings, fake) | {"TENANTCRM_REDIS_URL": nowhere}
    async with working(env) as worker:
        await until(lambda: has_sent(world), 40)
        assert await ended(worker, signal.SIGTERM) == 0
    assert await world.states() == {"sent": 1}


async def has_sent(world: World) -> bool:
    return "sent" in await world.states()


async def test_database_connections_cut(
    world: World, fake: FakeSes, fresh_settings: Settings, postgres_port: int
):
    """Connections that are cut again and again, some inside a commit, lose and double nothing."""
    await due(world, 200)
    name = fresh_settings.database_url.rpartition("/")[2]
    cutter = await asyncpg.connect(f"postgresql://super@127.0.0.1:{postgres_port}/postgres")
    env = environment(fresh_settings, fake, SEND_CONCURRENCY="10")
    async with working(env) as worker:
        await until(lambda: asked(fake, 10), 40)
        for _ in range(12):
            await cutter.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = $1 AND pid <> pg_backend_pid() AND application_name = 'tenantcrm'",
                name,
            )
            await asyncio.sleep(0.15)
        await cutter.close()
        await until(lambda: asked_or_done(world, fake), 90)
        assert await ended(worker, signal.SIGTERM) == 0
    assert set(fake.asked.values()) == {1}
    assert sum((await world.states()).values()) == 200


async def asked_or_done(world: World, fake: FakeSes) -> bool:
    """Whether nothing waits any more; a test's own connection may be cut as well."""
    try:
        states = await world.states()
    except AWAY:
        return False
    return not {"pending", "claimed", "sending"} & {key.partition(":")[0] for key in states}


async def test_refuses_to_start(fresh_settings: Settings, fake: FakeSes):
    """With another key than the one that addresses were hashed with it says so, and ends."""
    env = environment(fresh_settings, fake)
    env["TENANTCRM_SECRET_KEYS"] = "x" * 40
    async with working(environment(fresh_settings, fake)) as first:
        await until(lambda: fingerprint_kept(fresh_settings), 40)
        assert await ended(first, signal.SIGTERM) == 0
    async with working(env) as second:
        assert await second.ended() == 1
        said = second.said()
        assert said.startswith("tenantcrm: TENANTCRM_SECRET_KEYS: the last key")
        assert len(said.strip().splitlines()) == 1


async def fingerprint_kept(settings: Settings) -> bool:
    owner = settings.control_database_url.replace("postgresql+asyncpg", "postgresql")
    connection = await asyncpg.connect(owner)
    try:
        return bool(await connection.fetchval("SELECT count(*) FROM installation"))
    finally:
        await connection.close()
