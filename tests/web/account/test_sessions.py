"""Sessions: how long they live, and that all of a person's can be ended."""

import uuid
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from tenantcrm.web.sessions import LIFETIME, Sessions, SignedIn


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(redis_url)
    yield client
    await client.aclose()


async def test_a_session_in_use_can_always_be_ended(redis: Redis):
    """A person's list of sessions lives on with the session that is in use, so all of them end."""
    sessions = Sessions(redis, "dashboard", secure=False)
    who = SignedIn(user_id=uuid.uuid4(), tenant_id=uuid.uuid4())
    token = (await sessions.start(who)).value
    listed = f"sessions:dashboard:{who.user_id.hex}"
    await redis.expire(listed, 60)
    assert await sessions.load(token) == who
    assert await redis.ttl(listed) > LIFETIME.total_seconds() - 60
    await sessions.end_all(who.user_id)
    assert await sessions.load(token) is None
