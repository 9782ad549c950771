"""The engine of a worker process: takes the next lane, claims what can leave at once, sends it.

Nothing is claimed that cannot be sent right away: the number of free requests, the tenant's rate
and the account's decide how many (:mod:`dispatcher`). PostgreSQL holds every state; the engine can
be stopped, killed or doubled at any time.
"""

import asyncio
import time
from contextlib import suppress

import structlog

from tenantcrm.database import AWAY
from tenantcrm.delivery import lanes
from tenantcrm.delivery.account import HALVE_EVERY, Account
from tenantcrm.delivery.answers import Scope
from tenantcrm.delivery.batch import Batch, Report
from tenantcrm.delivery.dispatcher import Claim, Dispatcher
from tenantcrm.delivery.lanes import DueLane
from tenantcrm.delivery.pace import tick
from tenantcrm.delivery.packing import Crowding
from tenantcrm.delivery.steps import Bench
from tenantcrm.rates import Limiter

log = structlog.get_logger()

LOOK_GOOD_FOR = 0.1
"""Seconds for which a look at the lanes is good: several small ones are served on one look."""
SENDER_REST = 60.0
"""Seconds that a lane rests when SES refuses its sender: the mails behind have the same one."""
DATABASE_REST = 1.0
HELD_ELSEWHERE = 0.05
"""Seconds before the next look where all that is due is in other workers' hands."""


class Engine:
    """Sends what is due, until it is told to stop."""

    def __init__(
        self,
        bench: Bench,
        limiter: Limiter,
        account: Account,
        *,
        concurrency: int,
        processes: int = 1,
    ) -> None:
        """Put it together; nothing runs yet.

        Args:
            bench: of the worker.
            limiter: the tenants' rates; the account's pace is kept over its link.
            account: what SES allows.
            concurrency: requests to SES that may be under way at once.
            processes: how many workers there are in all.
        """
        self._bench = bench
        self._account = account
        self._dispatcher = Dispatcher(bench, limiter, account, processes)
        self._concurrency = concurrency
        self._free = concurrency
        self._full = False
        self._seconds_a_request = 0.1
        self._crowding = Crowding()
        self._slowed_at = 0.0
        self._stopping = False
        self._rung = asyncio.Event()
        self._ended = asyncio.Event()
        self._ended.set()
        self._batches: dict[asyncio.Task[None], Batch] = {}
        self._slowing: set[asyncio.Task[None]] = set()

    def ring(self) -> None:
        """Something has become due: look now."""
        self._rung.set()

    async def run(self) -> None:
        """Send until :meth:`stop`. The database may go away and come back."""
        self._ended.clear()
        try:
            while not self._stopping:
                try:
                    wait = await self._round()
                except AWAY as fault:
                    log.warning("engine.database_away", error=type(fault).__name__)
                    wait = DATABASE_REST
                except Exception:
                    log.exception("engine.round_failed")
                    wait = DATABASE_REST
                if wait > 0:
                    await self._sleep(wait)
        finally:
            self._ended.set()

    async def stop(self, within: float) -> None:
        """Claim nothing more, and finish what is under way; after ``within`` seconds, cut it."""
        end = time.monotonic() + within
        self._stopping = True
        self.ring()
        with suppress(TimeoutError):
            # A claim that is being made right now becomes one more batch, or is waited out.
            async with asyncio.timeout(within):
                await self._ended.wait()
        if not self._batches:
            return
        _, cut = await asyncio.wait(self._batches, timeout=max(0.0, end - time.monotonic()))
        batches = [self._batches[task] for task in cut]
        for task in cut:
            task.cancel()
        await asyncio.gather(*cut, return_exceptions=True)
        for batch in batches:
            await batch.let_go()
        if cut:
            log.error("engine.cut_off", batches=len(cut))

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        self._rung.clear()

    async def _round(self) -> float:
        """Serve what is due, as far as it may leave; gives for how many seconds nothing may."""
        rests = self._account.rests(time.monotonic())
        self._full = self._free < max(1, self._concurrency // 4)
        if rests or self._full:
            return min(rests or 1.0, 1.0)
        look = await self._dispatcher.pace()
        if not look.room:
            return min(look.wait, 1.0)
        due = await self._dispatcher.due()
        if not due:
            return self._dispatcher.until_rested(tick())
        return await self._serve_some(due)

    async def _serve_some(self, due: list[DueLane]) -> float:
        """Serve lanes in their order, each once, for as long as the look at them is good."""
        until, served = time.monotonic() + LOOK_GOOD_FOR, 0
        while due and not self._stopping and time.monotonic() < until:
            look = await self._dispatcher.pace()
            if self._free < 1 or not look.room:
                return 0.0 if self._free < 1 else look.wait
            lane = self._dispatcher.first(due)
            due.remove(lane)
            most = lanes.quantum(
                self._crowding.mails(lane, self._free),
                self._seconds_a_request,
                self._crowding.mails(lane, self._concurrency),
                look.room,
            )
            claim = await self._dispatcher.claim(lane, most)
            if claim is not None:
                self._start(lane, claim)
                served += len(claim.mails)
        return 0.0 if served else self._dispatcher.until_rested(HELD_ELSEWHERE)

    def _start(self, lane: DueLane, claim: Claim) -> None:
        room = min(self._free, len(claim.mails))
        self._free -= room
        batch = Batch(
            self._bench,
            lane,
            claim.mails,
            room=room,
            slots=claim.slots,
            freed=self._freed,
            packed=lambda mails, requests: self._crowding.note(lane, mails, requests),
            heard=self._heard,
        )
        task = asyncio.create_task(self._send(lane, batch, claim))
        self._batches[task] = batch
        task.add_done_callback(self._batches.pop)

    async def _send(self, lane: DueLane, batch: Batch, claim: Claim) -> None:
        try:
            scopes = await batch.run()
            if Scope.SENDER in scopes:
                await self._dispatcher.rest(lane, SENDER_REST)
            await self._dispatcher.return_slots(claim)
        except Exception:
            log.exception("engine.batch_failed", tenant_id=lane.tenant_id.hex)

    def _freed(self, count: int) -> None:
        self._free += count
        if self._full:
            self.ring()

    def _heard(self, report: Report) -> None:
        self._seconds_a_request += (report.seconds - self._seconds_a_request) / 10
        if report.scope is Scope.MAIL:
            return
        now = time.monotonic()
        self._account.refused(report.scope, now)
        if report.scope is Scope.RATE and now - self._slowed_at >= HALVE_EVERY / 4:
            self._slowed_at = now
            task = asyncio.create_task(self._dispatcher.slow_down())
            self._slowing.add(task)
            task.add_done_callback(self._slowing.discard)
