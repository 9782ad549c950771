"""A worker's parts in the hands of a test: step by step, or as a whole."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from redis.asyncio import Redis
from sqlalchemy import text

from tenantcrm import clock
from tenantcrm.database import Database
from tenantcrm.delivery import steps
from tenantcrm.delivery.account import Account
from tenantcrm.delivery.composing import Composer
from tenantcrm.delivery.engine import Engine
from tenantcrm.delivery.schemas import Claimed
from tenantcrm.delivery.senders import SesSenders
from tenantcrm.delivery.ses import Ses, open_ses
from tenantcrm.delivery.states import Kind
from tenantcrm.delivery.steps import Bench, Ready
from tenantcrm.rates import Limiter
from tenantcrm.settings import Settings
from tests.delivery.world import World

PATIENCE = 20.0


class Desk:
    """What the tests of the send path work with."""

    def __init__(self, database: Database, settings: Settings, ses: Ses, redis: Redis) -> None:
        self.database = database
        self.settings = settings
        self.ses = ses
        self.limiter = Limiter(redis)
        self.account = Account(10_000)
        self.bench = self.other_bench()

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, database: Database, settings: Settings, redis: Redis, *, connections: int = 60
    ) -> AsyncIterator["Desk"]:
        async with open_ses(settings, connections=connections) as ses:
            yield cls(database, settings, ses, redis)

    def other_bench(self) -> Bench:
        """A bench of another worker."""
        return Bench(
            database=self.database,
            composer=Composer(self.database, self.settings, SesSenders(self.settings)),
            sender=self.ses,
            worker=f"test:{secrets.token_hex(4)}",
        )

    async def claim(
        self, world: World, kind: str = Kind.DAY_ZERO, most: int = 100, bench: Bench | None = None
    ) -> list[Claimed]:
        return await steps.claim(bench or self.bench, world.tenant_id, kind, most=most)

    async def preflight(
        self,
        world: World,
        claimed: list[Claimed],
        kind: str = Kind.DAY_ZERO,
        bench: Bench | None = None,
    ) -> list[Ready]:
        parcels = await steps.preflight(bench or self.bench, world.tenant_id, kind, claimed)
        return [ready for parcel in parcels for ready in parcel]

    async def request_and_finish(self, world: World, ready: list[Ready]) -> None:
        outcomes = [(one, await steps.request(self.bench, world.tenant_id, one)) for one in ready]
        await steps.finish(self.bench, world.tenant_id, outcomes)

    async def send(self, world: World, kind: str = Kind.DAY_ZERO) -> None:
        """Every step, once."""
        claimed = await self.claim(world, kind)
        ready = await self.preflight(world, claimed, kind)
        await self.request_and_finish(world, ready)

    async def expire(self, world: World) -> None:
        """As if every lease were over."""
        past = clock.real_now() - timedelta(seconds=1)
        async with self.database.unit_of_work(world.tenant_id) as session:
            for table, column in (("deliveries", "lease_until"), ("lanes", "leased_until")):
                await session.execute(
                    text(
                        f"UPDATE {table} SET {column} = :past "
                        f"WHERE tenant_id = :t AND {column} IS NOT NULL"
                    ),
                    {"past": past, "t": world.tenant_id},
                )

    async def rest_over(self, world: World) -> None:
        """As if whatever rests had rested."""
        async with self.database.unit_of_work(world.tenant_id) as session:
            values = {"past": clock.real_now() - timedelta(seconds=1), "t": world.tenant_id}
            for table in ("deliveries", "lanes"):
                await session.execute(
                    text(
                        f"UPDATE {table} SET retry_at = :past "
                        "WHERE tenant_id = :t AND retry_at IS NOT NULL"
                    ),
                    values,
                )

    def engine(self, **more: Any) -> Engine:
        """An engine of a worker of its own."""
        return Engine(
            self.other_bench(), self.limiter, self.account, **({"concurrency": 20} | more)
        )

    @asynccontextmanager
    async def engines(self, count: int = 1, **more: Any) -> AsyncIterator[list[Engine]]:
        """Engines that run."""
        engines = [self.engine(**more) for _ in range(count)]
        tasks = [asyncio.create_task(engine.run()) for engine in engines]
        try:
            yield engines
        finally:
            await asyncio.gather(*(engine.stop(5.0) for engine in engines))
            await asyncio.gather(*tasks)


async def until(holds: Callable[[], Any], seconds: float = PATIENCE) -> None:
    """Wait until an (awaitable) condition holds; fail when it does not in good time."""
    async with asyncio.timeout(seconds):
        while not await holds():
            await asyncio.sleep(0.05)


async def settled(world: World, seconds: float = PATIENCE) -> dict[str, int]:
    """Wait until nothing of the tenant is under way; gives where its mails stand."""

    async def done() -> bool:
        under_way = {"pending", "claimed", "sending"}
        return not any(key.split(":")[0] in under_way for key in await world.states())

    await until(done, seconds)
    return await world.states()
