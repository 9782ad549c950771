"""Wake-ups: buffered, sent after commit, dropped on rollback.

A wake-up is a doorbell, never the work itself: PostgreSQL holds every state, so a lost wake-up
costs the time until the next sweep, and one that comes twice costs nothing.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

import msgspec
import structlog
from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from tenantcrm.database import AnyTenantSession, ControlSession

log = structlog.get_logger()

QUEUE = "tenantcrm:jobs"
BUCKET = 0.5
"""Seconds: equal wake-ups of one bucket are one job, which runs when the bucket is over."""
WAIT = 1.0
"""Seconds that the queue is waited for, and left alone when it did not answer."""
EXPIRES = 3600.0
"""Seconds after which a wake-up that no worker took is forgotten."""


@dataclass(frozen=True, slots=True)
class WakeUp:
    """A named job and the tenant that it is about."""

    name: str
    tenant_id: UUID | None = None


class Doorbell(Protocol):
    """Where wake-ups go: arq's queue, in production."""

    async def ring(self, wake_ups: Sequence[WakeUp]) -> None:
        """Deliver at most once each; never raises for want of a queue."""


class Silence:
    """A doorbell that nobody hears: the sweeps find the work (command line, tests)."""

    async def ring(self, wake_ups: Sequence[WakeUp]) -> None:
        """Drop them."""


class Queue(ArqRedis):
    """arq's queue in Redis."""

    async def close(self, close_connection_pool: bool | None = None) -> None:  # noqa: FBT001 - arq's
        """Close the connections; arq 0.28 still calls this name, which redis-py has retired."""
        await self.aclose(close_connection_pool)


def connect_queue(redis_url: str, **options: float) -> Queue:
    """The queue, as bytes that no reader can execute (arq's default is pickle)."""
    pool: ConnectionPool = ConnectionPool.from_url(redis_url, **options)
    return Queue(
        pool_or_conn=pool,
        job_serializer=msgspec.msgpack.encode,
        job_deserializer=msgspec.msgpack.decode,
        default_queue_name=QUEUE,
    )


class ArqDoorbell:
    """Rings through arq's queue in Redis, without making anybody wait for it.

    A job's id holds the half second in which it was rung for, and the job runs when that is over.
    So a wake-up during the run of an earlier job is a job of its own and is never lost, and a
    tenant costs this process two calls a second at most, however much it writes.
    """

    def __init__(self, redis_url: str) -> None:
        """Prepare the queue; nothing connects before the first ring."""
        self._queue = connect_queue(redis_url, socket_timeout=WAIT, socket_connect_timeout=WAIT)
        self._bucket = 0
        self._rung: set[WakeUp] = set()
        self._away_until = 0.0
        self._ringing: set[asyncio.Task[None]] = set()

    async def ring(self, wake_ups: Sequence[WakeUp]) -> None:
        """Start to deliver each wake-up once a bucket; what Redis does not take is dropped."""
        bucket = int(time.time() / BUCKET)
        if bucket != self._bucket:
            self._bucket, self._rung = bucket, set()
        fresh = [wake_up for wake_up in dict.fromkeys(wake_ups) if wake_up not in self._rung]
        if not fresh or time.monotonic() < self._away_until:
            return
        self._rung.update(fresh)
        task = asyncio.create_task(self._deliver(fresh, bucket))
        self._ringing.add(task)
        task.add_done_callback(self._ringing.discard)

    async def _deliver(self, wake_ups: list[WakeUp], bucket: int) -> None:
        over = datetime.fromtimestamp((bucket + 1) * BUCKET, UTC)
        try:
            async with asyncio.timeout(WAIT):
                for wake_up in wake_ups:
                    about = [] if wake_up.tenant_id is None else [str(wake_up.tenant_id)]
                    await self._queue.enqueue_job(
                        wake_up.name,
                        *about,
                        _job_id=":".join([wake_up.name, *about, str(bucket)]),
                        _defer_until=over,
                        _expires=EXPIRES,
                    )
        except (RedisError, OSError, TimeoutError) as fault:
            self._away_until = time.monotonic() + WAIT
            log.warning("jobs.wake_up_lost", count=len(wake_ups), error=type(fault).__name__)

    async def close(self) -> None:
        """Let what is being rung out, then close the connections."""
        if self._ringing:
            await asyncio.wait(self._ringing)
        await self._queue.aclose(close_connection_pool=True)


class _Current:
    """The doorbell of this process."""

    doorbell: Doorbell = Silence()


def use(doorbell: Doorbell) -> None:
    """Send this process's wake-ups through ``doorbell``."""
    _Current.doorbell = doorbell


def wake(session: AnyTenantSession | ControlSession, *names: str) -> None:
    """Ring for these jobs once the session has committed."""
    tenant = None if isinstance(session, ControlSession) else session.tenant_id
    wake_ups = [WakeUp(name, tenant) for name in names]
    session.after_commit(lambda: _Current.doorbell.ring(wake_ups))
