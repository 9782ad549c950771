"""Redis stopped beneath several workers: mail goes on at half the rate, and the processes live."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tenantcrm.database import Database
from tenantcrm.settings import Settings
from tenantcrm.tenants.models import Tenant
from tests.conftest import add_tenant
from tests.delivery.desk import settled, until
from tests.delivery.world import World
from tests.fixtures import services
from tests.fixtures.fake_ses import FakeSes
from tests.test_worker import environment, working

MAILS, RATE, WORKERS = 240, 20, 2
OUTAGE = 8.0
"""Seconds without Redis."""


@pytest.fixture
async def fake() -> AsyncIterator[FakeSes]:
    async with FakeSes().serving() as fake:
        fake.max_send_rate = RATE
        yield fake


@pytest.fixture
async def world(fresh_database: Database) -> World:
    """A tenant with a database of its own, and a rate that does not slow it down."""
    tenant_id = await add_tenant(fresh_database)
    async with fresh_database.control_unit_of_work() as session:
        (await session.get_one(Tenant, tenant_id)).send_rate = 10_000
    return World(fresh_database, tenant_id)


async def test_mail_goes_on_without_redis(world: World, fake: FakeSes, fresh_settings: Settings):
    """While Redis is stopped both workers go on, together at half the account's rate; when it is
    back they are the same processes, and every mail has been asked for once."""
    port = services.free_port()
    env = environment(fresh_settings, fake, WORKER_PROCESSES=str(WORKERS)) | {
        "TENANTCRM_REDIS_URL": f"redis://127.0.0.1:{port}/0"
    }
    await world.due(*[await world.contact() for _ in range(MAILS)])
    async with AsyncExitStack() as stack:
        with services.valkey(port):
            workers = [await stack.enter_async_context(working(env)) for _ in range(WORKERS)]
            await until(lambda: asked(fake, 20), 60)
        at_stop = sum(fake.asked.values())
        await asyncio.sleep(OUTAGE)
        without = sum(fake.asked.values()) - at_stop
        assert without > 0
        assert without <= RATE / 2 * OUTAGE + 2 * RATE
        with services.valkey(port):
            assert await settled(world, 90) == {"sent": MAILS}
            assert [worker.returncode for worker in workers] == [None] * WORKERS
            for worker in workers:
                worker.send_signal(signal.SIGTERM)
            assert [await worker.ended() for worker in workers] == [0] * WORKERS
    assert set(fake.asked.values()) == {1}
    assert len(fake.asked) == MAILS


async def asked(fake: FakeSes, count: int) -> bool:
    return sum(fake.asked.values()) >= count
