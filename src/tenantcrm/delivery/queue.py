"""arq's worker, kept alive: losing Redis ends it, and it is started again in the same process."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import structlog
from arq import cron
from arq.worker import Worker, func
from redis.exceptions import RedisError

from tenantcrm.delivery import jobs as functions
from tenantcrm.jobs import QUEUE, connect_queue

log = structlog.get_logger()

JOB_SECONDS = 120
"""A job of a killed worker runs again ten seconds later than this."""
JOBS_AT_ONCE = 20
POLL_SECONDS = 0.1
HEALTH_SECONDS = 10
ANSWER_SECONDS = 5.0
"""A Redis that hangs for longer is away."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
LONG_RUN = 30.0
FUNCTIONS = ("scan", "contacts_changed", "send", "refresh_stats", "imports", "bulk_actions")
REFRESH_AT = set(range(0, 60, 10))


class QueueLoop:
    """Runs arq's worker until it is told to stop."""

    def __init__(self, redis_url: str, worker: str, context: Mapping[str, Any]) -> None:
        """``context``: what jobs find there (see :class:`tenantcrm.delivery.jobs.Context`)."""
        self._redis_url = redis_url
        self._name = worker
        self._context = dict(context)
        self._arq: Worker | None = None
        self._stopping = False

    @property
    def works(self) -> bool:
        """Whether jobs are being taken."""
        return self._arq is not None and not self._stopping

    async def run(self) -> None:
        """Take jobs; whenever Redis is lost, pause and begin anew."""
        pause = FIRST_PAUSE
        loop = asyncio.get_running_loop()
        while not self._stopping:
            begun = loop.time()
            try:
                await self._take_jobs()
            except (RedisError, OSError, TimeoutError) as fault:
                log.warning("queue.away", error=type(fault).__name__)
            except Exception:
                log.exception("queue.failed")
            if loop.time() - begun > LONG_RUN:
                pause = FIRST_PAUSE
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _take_jobs(self) -> None:
        queue = connect_queue(
            self._redis_url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS
        )
        try:
            await queue.ping()
            if self._stopping:
                return
            self._arq = self._worker(queue)
            log.info("queue.started")
            await self._arq.async_run()
        finally:
            arq, self._arq = self._arq, None
            with suppress(RedisError, OSError, TimeoutError, asyncio.CancelledError):
                if arq is not None:
                    await arq.close()
            with suppress(RedisError, OSError, TimeoutError):
                await queue.aclose(close_connection_pool=True)

    def _worker(self, queue: Any) -> Worker:
        return Worker(
            functions=[func(getattr(functions, name), name=name) for name in FUNCTIONS],
            cron_jobs=[
                cron(functions.find_due_scans, name="find_due_scans", second=None, microsecond=0),  # type: ignore[arg-type] # arq's are plain dicts
                cron(functions.refresh_stats, name="refresh_stats_cron", second=REFRESH_AT),  # type: ignore[arg-type] # arq's are plain dicts
            ],
            queue_name=QUEUE,
            redis_pool=queue,
            ctx=dict(self._context),
            handle_signals=False,
            max_jobs=JOBS_AT_ONCE,
            job_timeout=JOB_SECONDS,
            keep_result=0,
            poll_delay=POLL_SECONDS,
            health_check_interval=HEALTH_SECONDS,
            health_check_key=f"{QUEUE}:health-check:{self._name}",
            job_serializer=queue.job_serializer,
            job_deserializer=queue.job_deserializer,
            log_results=False,
        )

    async def stop(self, within: float) -> None:
        """Take no more jobs, and let those that run come to their end."""
        self._stopping = True
        arq = self._arq
        if arq is None:
            return
        arq.allow_pick_jobs = False
        if arq.tasks:
            await asyncio.wait(list(arq.tasks.values()), timeout=within)
