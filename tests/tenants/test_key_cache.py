"""Keys are remembered while PostgreSQL tells of changes, and never longer than they are true."""

import asyncio
from collections.abc import AsyncIterator, Callable
from uuid import UUID

import pytest
from sqlalchemy import text

from tenantcrm.database import Database
from tenantcrm.settings import Settings
from tenantcrm.tenants.key_cache import KeyCache
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.service import keys, operators


async def until(met: Callable[[], bool]) -> None:
    for _ in range(2000):
        if met():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it did not happen")


@pytest.fixture
async def cache(database: Database, settings: Settings) -> AsyncIterator[KeyCache]:
    cache = KeyCache(database, settings.control_database_url)
    async with cache.listening():
        await until(lambda: cache._listens)
        yield cache


@pytest.fixture
async def key(database: Database, tenant_id: UUID) -> str:
    async with database.unit_of_work(tenant_id) as session:
        made = await keys.create(session, name="a", mode=Mode.LIVE, scopes=["contacts:read"])
    return made.key


async def test_remembers(cache: KeyCache, key: str, tenant_id: UUID):
    """The second look needs no database."""
    first = await cache.authenticate(key)
    assert first.tenant.id == tenant_id
    assert await cache.authenticate(key) is first


async def test_nonsense_is_not_remembered(cache: KeyCache):
    """What is no key is nobody's, however often it comes."""
    for nonsense in ("", "x" * 10_000, "tcrm_live_" + "x" * 50, "tcrm_live_ü"):
        assert await cache.authenticate(nonsense) is None
    assert cache._known == {}


async def test_forgets_what_is_revoked(
    cache: KeyCache, key: str, database: Database, tenant_id: UUID
):
    """A revocation, wherever it is made, ends the memory."""
    assert await cache.authenticate(key)
    async with database.unit_of_work(tenant_id) as session:
        (row,) = await keys.listed(session)
        await keys.revoke(session, row.id)
    await until(lambda: not cache._known)
    assert await cache.authenticate(key) is None


async def test_forgets_what_is_suspended(
    cache: KeyCache, key: str, database: Database, tenant_id: UUID
):
    """A suspension is seen at once, and so is its end."""
    assert not (await cache.authenticate(key)).tenant.suspended
    async with database.control_unit_of_work() as session:
        await operators.suspend(session, tenant_id, reason="x", operator_id=None)
    await until(lambda: not cache._known)
    assert (await cache.authenticate(key)).tenant.suspended
    async with database.control_unit_of_work() as session:
        await operators.resume(session, tenant_id, operator_id=None)
    await until(lambda: not cache._known)
    assert not (await cache.authenticate(key)).tenant.suspended


async def test_a_change_during_the_look_up_wins(cache: KeyCache, key: str):
    """What was read before a change is not remembered after it."""
    looking = asyncio.create_task(cache.authenticate(key))
    await asyncio.sleep(0)
    cache.forget()
    assert await looking
    assert cache._known == {}


async def test_remembers_nothing_unheard(database: Database, settings: Settings, key: str):
    """While nothing is heard, every look asks the database."""
    cache = KeyCache(database, settings.control_database_url)
    assert await cache.authenticate(key)
    assert cache._known == {}
    async with cache.listening():
        await until(lambda: cache._listens)
        assert await cache.authenticate(key)
        assert cache._known
    assert cache._known == {}


async def test_listens_again(database: Database, settings: Settings, key: str, cache: KeyCache):
    """A connection that is cut forgets at once, and is made anew."""
    assert await cache.authenticate(key)
    cut = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user"
        " AND pid <> pg_backend_pid() AND datname = current_database()"
        " AND (query ILIKE 'listen%' OR query = 'SELECT 1')"
    )
    async with database.control_unit_of_work() as session:
        await session.execute(cut)
    await until(lambda: not cache._known)
    await until(lambda: cache._listens)
    assert await cache.authenticate(key)
    assert cache._known
