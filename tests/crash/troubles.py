"""What goes wrong meanwhile, besides workers dying: connections, Redis, SES, the clock, people."""

import asyncio
import random
from collections import Counter
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import psutil
from msgspec import Struct

from tenantcrm.campaigns.models import Campaign
from tests.crash.fleet import Fleet
from tests.crash.population import Population, never
from tests.crash.stage import Stage
from tests.delivery.world import World

CUT = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
    "WHERE client_port = ANY ($1::int[])"
)
OLDER = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE application_name = 'tenantcrm' AND xact_start <= $1"
)
BEGUN_OF_CAMPAIGN = (
    "SELECT coalesce(sum(attempts), 0) FROM deliveries WHERE tenant_id = $1 AND campaign_id = $2"
)
BEGUN_OF_TENANT = "SELECT coalesce(sum(attempts), 0) FROM deliveries WHERE tenant_id = $1"
EVENTS = {"lost": 0.02, "doubled": 0.1, "late": 0.1, "late_seconds": 3, "reordered": 0.1}
CALM: dict[str, Any] = {"latency_ms": 20, "jitter_ms": 40, "events": EVENTS}
LOSSY: dict[str, Any] = CALM | {
    "server_error": 0.01,
    "reset": 0.01,
    "accept_then_error": 0.01,
    "accept_then_reset": 0.01,
    "accept_then_timeout": 0.002,
    "entries_throttled": 0.01,
    "entries_failed": 0.01,
}
THROTTLED: dict[str, Any] = CALM | {"throttle": 0.05, "server_error": 0.005}
SLOW: dict[str, Any] = CALM | {"latency_ms": 400, "jitter_ms": 800, "accept_then_reset": 0.02}
WEATHERS = (LOSSY, LOSSY, LOSSY, THROTTLED, SLOW, CALM)


class Stillness(Struct, frozen=True):
    """A pause or a suspension; ``begun``: requests begun after it had taken hold."""

    what: str
    begun: int


class Troubles:
    """Makes trouble, each kind at a pace of its own, until cancelled."""

    def __init__(
        self, stage: Stage, fleet: Fleet, population: Population, dice: random.Random
    ) -> None:
        self._stage = stage
        self._fleet = fleet
        self._population = population
        self._dice = dice
        self.counts: Counter[str] = Counter()
        self.stillnesses: list[Stillness] = []

    async def make(self, pace: float) -> None:
        """All of it; ``pace``: seconds between two troubles of a kind, about."""
        async with asyncio.TaskGroup() as group:
            for trouble, relative in (
                (self._weather, 1.0),
                (self._cut, 0.4),
                (self._redis, 1.5),
                (self._jump, 1.5),
                (self._pause, 1.0),
                (self._suspend, 2.0),
            ):
                group.create_task(self._again(trouble, pace * relative))

    async def _again(self, trouble: Any, pace: float) -> None:
        while True:
            await asyncio.sleep(self._dice.uniform(0.2, 1.8) * pace)
            await trouble()

    async def _weather(self) -> None:
        """Another mixture of faults at SES."""
        await self._stage.ses.go_wrong(self._dice.choice(WEATHERS))
        self.counts["changes of SES's faults"] += 1

    async def _cut(self) -> None:
        """Connections to the database end: those of one worker, or all."""
        pids = list(self._fleet.pids)
        chosen = pids if self._dice.random() < 0.3 else self._dice.sample(pids, min(1, len(pids)))
        database = urlsplit(self._stage.super_url).port
        ports = [port for pid in chosen for port in _ports_of(pid, database)]
        connection = await self._stage.super_user()
        self.counts["database connections cut"] += await connection.fetchval(CUT, ports)
        await connection.close()

    async def _redis(self) -> None:
        """Redis forgets everything, or is away for a moment."""
        if self._dice.random() < 0.5:
            await self._stage.redis.flush()
            self.counts["times that Redis was emptied"] += 1
            return
        self._stage.redis.stop()
        self.counts["times that Redis was away"] += 1
        try:
            await asyncio.sleep(self._dice.uniform(0.5, 4))
        finally:
            self._stage.redis.start()

    async def _jump(self) -> None:
        """The time of the business jumps ahead."""
        self._stage.clock.jump(self._dice.choice([30, 600, 1900, 3600]))
        self.counts["jumps of the clock"] += 1

    async def _pause(self) -> None:
        """A campaign is paused for a moment, most likely one that is being sent."""
        if not self._population.campaigns:
            return
        world, campaign = self._dice.choice(self._population.campaigns[-6:])
        await world.change(Campaign, campaign, state="paused", next_scan_at=None)
        try:
            begun = await self._begun_in(BEGUN_OF_CAMPAIGN, world.tenant_id, campaign)
        finally:
            await world.change(Campaign, campaign, state="active", next_scan_at=never())
        self.stillnesses.append(Stillness(f"campaign {campaign.hex} paused", begun))
        self.counts["campaigns paused and resumed"] += 1

    async def _suspend(self) -> None:
        """A tenant is suspended for a moment."""
        world: World = self._dice.choice(self._population.worlds)
        await world.suspend()
        try:
            begun = await self._begun_in(BEGUN_OF_TENANT, world.tenant_id)
        finally:
            await world.suspend(suspended=False)
        self.stillnesses.append(Stillness(f"tenant {world.tenant_id.hex} suspended", begun))
        self.counts["tenants suspended and resumed"] += 1

    async def _begun_in(self, query: str, *values: UUID) -> int:
        """Requests begun within some seconds, once every earlier transaction is over."""
        connection = await self._stage.super_user()
        try:
            now = await connection.fetchval("SELECT clock_timestamp()")
            while await connection.fetchval(OLDER, now):
                await asyncio.sleep(0.05)
            before = await connection.fetchval(query, *values)
            await asyncio.sleep(self._dice.uniform(1, 3))
            return int(await connection.fetchval(query, *values) - before)
        finally:
            connection.terminate()


def _ports_of(pid: int, there: int | None) -> list[int]:
    """The local ports of a process's connections to the port ``there``.

    Others are left out: the same local port may serve somebody else's connection to the database.
    """
    try:
        connections = psutil.Process(pid).net_connections("inet4")
    except psutil.Error:
        return []
    return [found.laddr.port for found in connections if found.raddr and found.raddr.port == there]


async def count_states(connection: asyncpg.Connection) -> dict[str, int]:
    """How many mails stand where."""
    rows = await connection.fetch("SELECT state, count(*) FROM deliveries GROUP BY state")
    return {row["state"]: row["count"] for row in rows}
