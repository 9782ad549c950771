"""Which mails a worker takes next: the lanes in their order, within every rate and allowance."""

import math
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from tenantcrm import clock
from tenantcrm.delivery import allowances, steps
from tenantcrm.delivery.account import Account
from tenantcrm.delivery.daily import Daily
from tenantcrm.delivery.lanes import Clocks, DueLane
from tenantcrm.delivery.pacer import Look, Pacer
from tenantcrm.delivery.repository import dispatch
from tenantcrm.delivery.schemas import Claimed
from tenantcrm.delivery.slots import Slots
from tenantcrm.delivery.states import Kind
from tenantcrm.delivery.steps import Bench
from tenantcrm.rates import Limiter

LANES_AT_ONCE = 50
"""Lanes of each kind that are looked at together."""
REST = 0.5
"""Seconds that a lane rests when its tenant's rate is used up: a mail at a time costs too much."""


class Claim(NamedTuple):
    """Mails that this worker has, and when each may leave."""

    mails: Sequence[Claimed]
    slots: Slots


class _Allowed(NamedTuple):
    """How many mails a tenant's rate allows, and how long its lane rests afterwards."""

    mails: int
    rest: float


class Dispatcher:
    """The lanes, the rates and the allowances, as one worker keeps to them."""

    def __init__(self, bench: Bench, limiter: Limiter, account: Account, processes: int) -> None:
        """``processes``: how many workers there are in all."""
        self._bench = bench
        self._limiter = limiter
        self._account = account
        self._pacer = Pacer(limiter.link, share=limiter.local_share)
        self._daily = Daily(account, processes)
        self._clocks: Clocks | None = None
        self._rested_at = math.inf

    async def pace(self) -> Look:
        """How many mails the account's pace lets go now, or when."""
        return await self._pacer.look(self._account.rate)

    async def slow_down(self) -> None:
        """SES has said that it was too fast."""
        await self._pacer.slow_down()

    async def due(self) -> list[DueLane]:
        """The lanes that may be served."""
        async with self._bench.database.control_unit_of_work() as control:
            if self._clocks is None:
                self._clocks = Clocks(await dispatch.furthest(control))
            await self._daily.renew(control)
            due = await dispatch.due_lanes(
                control, now=clock.now(), real_now=clock.real_now(), most=LANES_AT_ONCE
            )
        self._clocks.learn(due)
        if self._daily.is_used_up:
            return [lane for lane in due if lane.kind == Kind.SYSTEM]
        return due

    def first(self, due: Sequence[DueLane]) -> DueLane:
        """The lane whose turn it is."""
        return self._known_clocks.in_order(due)[0]

    def until_rested(self, longest: float) -> float:
        """Seconds until a lane that this worker lets rest may be looked at again."""
        wait = min(longest, max(0.01, self._rested_at - time.monotonic()))
        self._rested_at = math.inf
        return wait

    async def claim(self, lane: DueLane, most: int) -> Claim | None:
        """Claim up to ``most`` mails of a lane; None: none may leave, or another worker has it."""
        left = self._daily.left(lane.kind)
        most = most if left is None else min(most, left)
        if most < 1:
            return None
        allowed = await self._of_tenant(lane, most)
        if allowed.rest:
            self._rested_at = min(self._rested_at, time.monotonic() + allowed.rest)
        if not allowed.mails:
            await self.rest(lane, allowed.rest)
            return None
        claimed: list[Claimed] = []
        try:
            claimed = await steps.claim(
                self._bench,
                lane.tenant_id,
                lane.kind,
                most=allowed.mails,
                start=self._known_clocks.within(lane),
                rest=timedelta(seconds=allowed.rest) if allowed.rest else None,
                cap=_cap(lane),
            )
        finally:
            await self._give_back(lane, allowed.mails - len(claimed))
        if not claimed:
            return None
        self._known_clocks.served(lane, len(claimed))
        self._daily.use(len(claimed))
        return Claim(claimed, await self._pacer.take(self._account.rate, len(claimed)))

    async def return_slots(self, claim: Claim) -> None:
        """Give back the slots that no mail has left at."""
        await self._pacer.give_back(self._account.rate, claim.slots.left)

    async def rest(self, lane: DueLane, seconds: float) -> None:
        """Leave a lane alone for so long."""
        until = clock.real_now() + timedelta(seconds=seconds)
        async with self._bench.database.control_unit_of_work() as control:
            await dispatch.rest(control, lane, until)

    @property
    def _known_clocks(self) -> Clocks:
        if self._clocks is None:
            raise RuntimeError("nothing was looked at yet")
        return self._clocks

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


def _cap(lane: DueLane) -> allowances.Cap | None:
    if lane.kind not in {Kind.DAY_ZERO, Kind.DRIP}:
        return None
    return allowances.cap_of(lane.daily_cap, lane.warm_up_from, clock.now().date())


def _key(tenant_id: UUID) -> str:
    return f"tenant:{tenant_id.hex}"


def _burst(lane: DueLane) -> int:
    return max(1, math.ceil(lane.rate))
