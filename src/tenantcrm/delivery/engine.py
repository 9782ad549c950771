"""The engine of a worker process: takes the next lane, claims what can leave at once, sends it.

Nothing is claimed that cannot be sent right away: the number of free requests, the tenant's rate
and the account's decide how many. PostgreSQL holds every state; the engine can be stopped, killed
or doubled at any time.
"""

import asyncio
import math
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import structlog

from tenantcrm import clock
from tenantcrm.database import AWAY
from tenantcrm.delivery import lanes, steps
from tenantcrm.delivery.account import Account
from tenantcrm.delivery.answers import Scope
from tenantcrm.delivery.batch import Batch, Report
from tenantcrm.delivery.lanes import DueLane
from tenantcrm.delivery.pace import tick
from tenantcrm.delivery.packing import Crowding
from tenantcrm.delivery.repository import dispatch
from tenantcrm.delivery.schemas import Claimed
from tenantcrm.delivery.slots import Slots
from tenantcrm.delivery.states import Kind
from tenantcrm.delivery.steps import Bench
from tenantcrm.rates import Limiter

log = structlog.get_logger()

ACCOUNT_KEY = "ses"
LANES_AT_ONCE = 100
REST = 0.5
"""Seconds that a lane rests when its tenant's rate is used up: a mail at a time costs too much."""
SENDER_REST = 60.0
"""Seconds that a lane rests when SES refuses its sender: the mails behind have the same one."""
DATABASE_REST = 1.0


class _Allowed(NamedTuple):
    """How many mails a tenant's rate allows, and how long its lane rests afterwards."""

    mails: int
    rest: float


class Engine:
    """Sends what is due, until it is told to stop."""

    def __init__(
        self, bench: Bench, limiter: Limiter, account: Account, *, concurrency: int
    ) -> None:
        """``concurrency``: requests to SES that may be under way at once."""
        self._bench = bench
        self._limiter = limiter
        self._account = account
        self._concurrency = concurrency
        self._free = concurrency
        self._full = False
        self._clock: float | None = None
        self._rested_at = math.inf
        self._seconds_a_mail = 0.1
        self._stopping = False
        self._rung = asyncio.Event()
        self._ended = asyncio.Event()
        self._ended.set()
        self._batches: dict[asyncio.Task[None], Batch] = {}
        self._crowding = Crowding()

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
        """Serve one lane; gives for how many seconds there is nothing to do."""
        rests = self._account.rests(time.monotonic())
        self._full = self._free < max(1, self._concurrency // 4)
        if rests or self._full:
            return min(rests or 1.0, 1.0)
        async with self._bench.database.control_unit_of_work() as control:
            if self._clock is None:
                self._clock = await dispatch.furthest(control)
            due = await dispatch.due_lanes(
                control, now=clock.now(), real_now=clock.real_now(), most=LANES_AT_ONCE
            )
        if not due:
            return self._until_rested(tick())
        self._clock = lanes.clock_of(due, self._clock)
        return await self._serve_first(lanes.in_order(due, self._clock))

    async def _serve_first(self, due: Sequence[DueLane]) -> float:
        """Serve the first lane that can be, within the account's rate."""
        now = time.monotonic()
        rate, burst = self._account.rate(now), self._account.burst(now)
        want = lanes.quantum(self._free, self._seconds_a_mail, self._concurrency)
        taken = await self._limiter.take(ACCOUNT_KEY, rate=rate, burst=burst, n=want)
        if not taken.granted:
            return taken.retry_after
        used = 0
        try:
            for lane in due:
                used = await self._serve(lane, taken.granted)
                if used or self._stopping:
                    return 0.0
        finally:
            await self._limiter.give_back(
                ACCOUNT_KEY, rate=rate, burst=burst, n=taken.granted - used
            )
        return self._until_rested(tick())

    def _until_rested(self, longest: float) -> float:
        wait = min(longest, max(0.01, self._rested_at - time.monotonic()))
        self._rested_at = math.inf
        return wait

    async def _serve(self, lane: DueLane, most: int) -> int:
        """Claim a quantum of a lane and start to send it; gives how many mails."""
        allowed = await self._of_tenant(lane, most)
        if allowed.rest:
            self._rested_at = min(self._rested_at, time.monotonic() + allowed.rest)
        if not allowed.mails:
            await self._rest(lane, allowed.rest)
            return 0
        clock_now = self._clock or 0.0
        claimed: list[Claimed] = []
        try:
            claimed = await steps.claim(
                self._bench,
                lane.tenant_id,
                lane.kind,
                most=allowed.mails,
                served=lambda count: lanes.served(lane, count, clock_now),
                rest=timedelta(seconds=allowed.rest) if allowed.rest else None,
            )
        finally:
            await self._give_back(lane, allowed.mails - len(claimed))
        if claimed:
            self._clock = lanes.start(lane, clock_now)
            self._start(lane, claimed)
        return len(claimed)

    async def _rest(self, lane: DueLane, seconds: float) -> None:
        until = clock.real_now() + timedelta(seconds=seconds)
        async with self._bench.database.control_unit_of_work() as control:
            await dispatch.rest(control, lane, until)

    async def _of_tenant(self, lane: DueLane, want: int) -> _Allowed:
        if lane.kind == Kind.SYSTEM:
            return _Allowed(want, 0.0)
        key, burst = _key(lane.tenant_id), _burst(lane)
        taken = await self._limiter.take(key, rate=lane.rate, burst=burst, n=want)
        rest = max(REST, taken.retry_after) if taken.granted < want else 0.0
        return _Allowed(taken.granted, rest)

    async def _give_back(self, lane: DueLane, count: int) -> None:
        if lane.kind != Kind.SYSTEM:
            key, burst = _key(lane.tenant_id), _burst(lane)
            await self._limiter.give_back(key, rate=lane.rate, burst=burst, n=count)

    def _start(self, lane: DueLane, claimed: Sequence[Claimed]) -> None:
        room = min(len(claimed), self._free)
        self._free -= room
        slots = Slots.at_once(len(claimed))
        batch = Batch(
            self._bench,
            lane,
            claimed,
            room=room,
            slots=slots,
            freed=self._freed,
            packed=lambda mails, requests: self._crowding.note(lane, mails, requests),
            heard=self._heard,
        )
        task = asyncio.create_task(self._send(lane, batch))
        self._batches[task] = batch
        task.add_done_callback(self._batches.pop)

    async def _send(self, lane: DueLane, batch: Batch) -> None:
        try:
            scopes = await batch.run()
            if Scope.SENDER in scopes:
                await self._rest(lane, SENDER_REST)
        except Exception:
            log.exception("engine.batch_failed", tenant_id=lane.tenant_id.hex)

    def _freed(self, count: int) -> None:
        self._free += count
        if self._full:
            self.ring()

    def _heard(self, report: Report) -> None:
        self._seconds_a_mail += (report.seconds - self._seconds_a_mail) / 10
        if report.scope is not Scope.MAIL:
            self._account.refused(report.scope, time.monotonic())


def _key(tenant_id: UUID) -> str:
    return f"tenant:{tenant_id.hex}"


def _burst(lane: DueLane) -> int:
    return max(1, math.ceil(lane.rate))
