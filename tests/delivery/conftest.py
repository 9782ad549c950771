"""What the tests of delivery share."""

import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from uuid import UUID

import pytest
from redis.asyncio import Redis

from tenantcrm.database import Database
from tenantcrm.settings import Settings
from tests.delivery.desk import Desk
from tests.delivery.world import World
from tests.fixtures.fake_ses import FakeSes


@pytest.fixture(scope="session", autouse=True)
def aws() -> Iterator[None]:
    """Credentials that no real AWS knows, and no proxy on the way to ourselves."""
    patch = pytest.MonkeyPatch()
    patch.setenv("AWS_ACCESS_KEY_ID", "test")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    patch.setenv("AWS_CONFIG_FILE", os.devnull)
    patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    patch.setenv("NO_PROXY", "127.0.0.1")
    yield
    patch.undo()


@pytest.fixture
def world(database: Database, tenant_id: UUID) -> World:
    """The data of this test's tenant."""
    return World(database, tenant_id)


@pytest.fixture
async def fake() -> AsyncIterator[FakeSes]:
    """An SES that misbehaves on demand."""
    async with FakeSes().serving() as fake:
        yield fake


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A Redis that knows nothing."""
    async with Redis.from_url(redis_url) as redis:
        await redis.flushdb()
        yield redis


@pytest.fixture
async def desk(
    database: Database, settings: Settings, fake: FakeSes, redis: Redis
) -> AsyncIterator[Desk]:
    """A worker's parts on the SES that misbehaves."""
    async with Desk.opened(database, replace(settings, ses_endpoint_url=fake.url), redis) as desk:
        yield desk
