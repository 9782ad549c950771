"""The worker: finds what is due, enrols, sends. Any number of them; each claims its own work.

Three things run side by side in the one process:

* the **engine**: PostgreSQL is asked what is due, and it is sent;
* the **queue**: arq's cron and doorbell in Redis, which spread scans over the workers and make
  a change take effect at once. Losing Redis ends arq's worker; it is started again, with a
  growing pause, while the rest goes on;
* the **chores**: whatever else is done again and again, each by itself (see :mod:`chores`).

SIGTERM: nothing more is claimed, what is under way is finished, the process ends with 0. SIGKILL
loses nothing: leases run out, and another worker takes over.
"""

import asyncio
import logging
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import structlog
from redis.asyncio import Redis

from tenantcrm import clock, jobs, observability, schema
from tenantcrm.campaigns.service.keep_out import KeepOut
from tenantcrm.chores import Chore, keep_doing
from tenantcrm.contacts.imports import importer
from tenantcrm.database import AWAY, Database
from tenantcrm.delivery import bulk_actions, metrics, service
from tenantcrm.delivery.account import Account
from tenantcrm.delivery.composing import Composer
from tenantcrm.delivery.engine import Engine
from tenantcrm.delivery.events import listening
from tenantcrm.delivery.holders import own_name
from tenantcrm.delivery.identities.chores import chores as identity_chores
from tenantcrm.delivery.opening import open_sender
from tenantcrm.delivery.pace import tick
from tenantcrm.delivery.ports import MailSender
from tenantcrm.delivery.queue import QueueLoop
from tenantcrm.delivery.scanner import Scanner
from tenantcrm.delivery.senders import SesSenders, ensure_system_sender
from tenantcrm.delivery.ses import Ses
from tenantcrm.delivery.steps import Bench, rescue_all, rescue_left_behind
from tenantcrm.metrics_port import exposed
from tenantcrm.rates import Limiter
from tenantcrm.settings import Settings
from tenantcrm.signing import Keyring
from tenantcrm.tenants.service import installation

log = structlog.get_logger()

CONNECTIONS = 15
DRAIN = 16.0
"""Seconds from SIGTERM to the end; a request to SES takes 15 at most."""
RESCUE_EVERY, STATS_EVERY, LOOK_EVERY, FORGET_EVERY = 5.0, 10.0, 5.0, 60.0
REVIEW_EVERY, SOONEST_REVIEW = 60.0, 1.0
"""Seconds of business time between looks at bounces and complaints; of machine time at least."""
ACCOUNT_EVERY, ACCOUNT_AGAIN = 300.0, 15.0
"""Seconds between questions to SES about the account; the second where it has not answered."""
OVERDUE = timedelta(seconds=5)
"""How late a scan may be before the pulse does it, whatever the queue promises."""
REDIS_WAIT = 1.0
SHARE = 0.5
"""Of the rate, for all workers together, while Redis is away."""


class Worker:
    """The parts of a worker process."""

    def __init__(
        self, settings: Settings, database: Database, sender: MailSender, limiter: Limiter
    ) -> None:
        """Put them together; nothing runs yet."""
        name = own_name()
        self._settings = settings
        self._database = database
        self._sender = sender
        self._account = Account(settings.ses_rate)
        self._answered = False
        composer = Composer(database, settings, SesSenders(settings))
        self._bench = Bench(database=database, composer=composer, sender=sender, worker=name)
        self._engine = Engine(
            self._bench,
            limiter,
            self._account,
            concurrency=settings.send_concurrency,
            processes=settings.worker_processes,
        )
        self._scanner = Scanner(database)
        self._importer = importer.Importer(database, Keyring(settings.secret_keys), KeepOut)
        self._bulk_actions = bulk_actions.BulkActions(database)
        self._polling = listening.QueuePolling(settings, database)
        self._queue = QueueLoop(
            settings.redis_url,
            name,
            {"database": database, "scanner": self._scanner, "engine": self._engine}
            | {"importer": self._importer, "bulk_actions": self._bulk_actions},
        )

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until ``stopping`` is set, then finish what is under way."""
        with suppress(*AWAY):
            await rescue_left_behind(self._bench)
        loops = [
            asyncio.create_task(loop)
            for loop in (
                self._engine.run(),
                self._queue.run(),
                self._polling.run(),
                *(keep_doing(chore) for chore in self._chores()),
            )
        ]
        log.info("worker.started", worker=self._bench.worker)
        metrics.WORKER_UP.set(1)
        told = asyncio.create_task(stopping.wait())
        done, _ = await asyncio.wait([told, *loops], return_when=asyncio.FIRST_COMPLETED)
        log.info("worker.stopping", worker=self._bench.worker)
        metrics.WORKER_UP.set(0)
        await asyncio.gather(
            self._queue.stop(DRAIN),
            self._engine.stop(DRAIN),
            self._scanner.stop(DRAIN),
            self._polling.stop(DRAIN),
            self._importer.stop(DRAIN),
        )
        await _end([told, *loops])
        log.info("worker.stopped", worker=self._bench.worker)
        for task in done - {told}:
            task.result()

    def _chores(self) -> list[Chore]:
        """What this process does besides: name, seconds between rounds, work."""
        return [
            Chore("scan", tick, self._scan),
            Chore("rescue", RESCUE_EVERY, lambda: rescue_all(self._bench)),
            Chore("account", self._until_asked, self._learn_rate),
            Chore("imports", importer.EVERY, self._importer.sweep),
            Chore("bulk_actions", bulk_actions.EVERY, self._bulk_actions.sweep),
            Chore("stats", STATS_EVERY, self._count),
            Chore("standings", _until_reviewed, lambda: service.review_standings(self._database)),
            Chore("departures", FORGET_EVERY, lambda: service.forget_departed(self._database)),
            Chore("metrics", LOOK_EVERY, lambda: metrics.look(self._database)),
            *listening.chores(self._settings, self._database),
            *identity_chores(self._settings, self._database),
        ]

    async def _scan(self) -> None:
        """Scan in this process what the queue does not: without Redis, or faster than it can."""
        by_itself = not self._queue.works or clock.rate() > 1
        await self._scanner.sweep(overdue=timedelta(0) if by_itself else OVERDUE)

    async def _count(self) -> None:
        if not self._queue.works:
            await service.refresh_stats(self._database)

    async def _learn_rate(self) -> None:
        """Ask SES how fast the account may send; where it does not say, the setting holds."""
        self._answered = False
        try:
            quota = await self._sender.quota()
            if quota is not None:
                self._account.allow(quota.a_second)
                self._account.allow_a_day(quota.a_day, quota.sent_last_day)
            self._answered = True
        except Exception as fault:  # noqa: BLE001 - SES is away, or is one that does not say
            log.warning("worker.rate_unknown", error=type(fault).__name__)
        if self._settings.sandbox and isinstance(self._sender, Ses):
            await ensure_system_sender(self._sender, self._settings)

    def _until_asked(self) -> float:
        return ACCOUNT_EVERY if self._answered else ACCOUNT_AGAIN


def _until_reviewed() -> float:
    return max(SOONEST_REVIEW, REVIEW_EVERY / clock.rate())


async def _end(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Cancel the tasks, again and again: a library on the way may swallow the first time."""
    for _ in range(10):
        left = [task for task in tasks if not task.done()]
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=0.2)


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Worker]:
    async with AsyncExitStack() as stack:
        database = Database(settings, pool_size=CONNECTIONS)
        stack.push_async_callback(database.close)
        await schema.check(database)
        fingerprint = Keyring(settings.secret_keys).fingerprint_of_hash_key()
        with schema.answering():
            async with database.control_unit_of_work() as control:
                await installation.check_hash_key(control, fingerprint)
        sender = await stack.enter_async_context(
            open_sender(settings, connections=settings.send_concurrency)
        )
        await stack.enter_async_context(exposed(settings))
        redis = Redis.from_url(settings.redis_url, socket_timeout=1, socket_connect_timeout=1)
        stack.push_async_callback(redis.aclose)
        doorbell = jobs.ArqDoorbell(settings.redis_url)
        stack.push_async_callback(doorbell.close)
        jobs.use(doorbell)
        # A Redis that is slow for a moment is waited for: were some workers to go by their local
        # share and others not, all together would be too fast.
        limiter = Limiter(redis, local_share=SHARE / settings.worker_processes, wait=REDIS_WAIT)
        yield Worker(settings, database, sender, limiter)


async def work(settings: Settings, stopping: asyncio.Event) -> None:
    """Open everything, work until ``stopping`` is set, close everything.

    Raises:
        ConfigurationError: unsafe roles, missing migrations, or another hash key than so far.
    """
    async with _opened(settings) as worker:
        await worker.run(stopping)


async def _main(settings: Settings) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    await work(settings, stopping)


def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT.

    Raises:
        ConfigurationError: the process cannot work as it is set up; one line that says why.
    """
    observability.configure()
    logging.getLogger("arq").setLevel(logging.CRITICAL)
    if settings.sandbox_home is not None:
        clock.follow(settings.sandbox_home / "clock.json")
    if sys.platform == "win32":
        asyncio.run(_main(settings))
        return
    import uvloop  # noqa: PLC0415 - there is none on Windows

    uvloop.run(_main(settings))
