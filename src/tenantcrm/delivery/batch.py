"""One batch, from claim to finish, as the engine runs it."""

import asyncio
import time
from collections.abc import Callable, Sequence

import structlog
from msgspec import Struct

from tenantcrm.database import AWAY
from tenantcrm.delivery import metrics, packing, steps
from tenantcrm.delivery.answers import Outcome, Scope
from tenantcrm.delivery.lanes import DueLane
from tenantcrm.delivery.schemas import Claimed
from tenantcrm.delivery.slots import Slots
from tenantcrm.delivery.steps import Bench, Ready

log = structlog.get_logger()

FLUSH = 0.2
"""Seconds after which answers are written down, although others of the batch are still out."""
PUT_BACK_AFTER = (0.0, 0.5, 1.0)
"""Seconds before each attempt to let go."""
FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0
"""Seconds between attempts to write answers down while the database is away."""


class Report(Struct, frozen=True):
    """A request is over: how long it took, and what is to be left alone because of it."""

    seconds: float
    scope: Scope


class Batch:
    """The mails of one claim."""

    def __init__(
        self,
        bench: Bench,
        lane: DueLane,
        claimed: Sequence[Claimed],
        *,
        room: int,
        slots: Slots,
        freed: Callable[[int], None],
        packed: Callable[[int, int], None],
        heard: Callable[[Report], None],
    ) -> None:
        """Keep what it is about.

        Args:
            bench: of the worker.
            lane: whose mails.
            claimed: them.
            room: requests that are kept free for them.
            slots: waited for before every request, by the number of mails in it.
            freed: told when requests are free again.
            packed: told how many mails leave, in how many requests.
            heard: told of every answer.
        """
        self._bench = bench
        self._lane = lane
        self._claimed = claimed
        self._room = room
        self._slots = slots
        self._freed = freed
        self._packed = packed
        self._heard = heard

    async def run(self) -> set[Scope]:
        """Send it; gives what SES's refusals were about."""
        metrics.claimed(self._lane.kind, len(self._claimed))
        parcels: list[list[Ready]] = []
        try:
            parcels = await steps.preflight(
                self._bench,
                self._lane.tenant_id,
                self._lane.kind,
                self._claimed,
                room=self._room,
            )
        except AWAY as fault:
            log.warning("batch.preflight_failed", error=type(fault).__name__)
            await self.let_go(unasked=True)
        except Exception:
            log.exception("batch.preflight_failed", tenant_id=self._lane.tenant_id.hex)
            await self.let_go(unasked=True)
        finally:
            taken = sum(packing.share(parcel) for parcel in parcels)
            self._packed(sum(len(parcel) for parcel in parcels), taken)
            self._freed(self._room - taken)
        return await self._ask_all(parcels)

    async def _ask_all(self, parcels: Sequence[list[Ready]]) -> set[Scope]:
        """Ask for all at once, and write down what is answered, as it comes."""
        out = {asyncio.create_task(self._ask(parcel)) for parcel in parcels}
        scopes: set[Scope] = set()
        try:
            while out:
                done, out = await asyncio.wait(out, timeout=FLUSH)
                if done:
                    outcomes = [outcome for task in done for outcome in task.result()]
                    scopes |= {outcome.scope for _, outcome in outcomes}
                    await self._finish(outcomes)
        finally:
            for task in out:
                task.cancel()
        return scopes

    async def let_go(self, *, unasked: bool = False) -> None:
        """Put back what was claimed; what cannot be put back now is, when its lease is over."""
        for wait in PUT_BACK_AFTER:
            await asyncio.sleep(wait)
            try:
                await steps.release(
                    self._bench, self._lane.tenant_id, self._claimed, unasked=unasked
                )
            except AWAY:
                continue
            return
        log.warning("batch.left_to_lease", count=len(self._claimed))

    async def _ask(self, parcel: Sequence[Ready]) -> list[tuple[Ready, Outcome]]:
        await self._slots.wait(len(parcel))
        begun = time.monotonic()
        try:
            with metrics.IN_FLIGHT.track_inprogress():
                outcomes = await steps.request_parcel(self._bench, self._lane.tenant_id, parcel)
        finally:
            self._freed(packing.share(parcel))
        seconds = time.monotonic() - begun
        metrics.answered(seconds, [outcome for _, outcome in outcomes])
        scopes = {outcome.scope for _, outcome in outcomes}
        for scope in scopes:
            self._heard(Report(seconds, scope))
        for ready, outcome in outcomes:
            if outcome.scope is not Scope.MAIL:
                log.warning(
                    "send.refused",
                    delivery_id=ready.id.hex,
                    scope=outcome.scope,
                    code=outcome.reason,
                )
        return outcomes

    async def _finish(self, outcomes: Sequence[tuple[Ready, Outcome]]) -> None:
        """Write answers down; they are kept here for as long as the database is away."""
        wait = FIRST_WAIT
        while True:
            try:
                moved = await steps.finish(self._bench, self._lane.tenant_id, outcomes)
                break
            except AWAY as fault:
                log.warning("batch.answers_kept", count=len(outcomes), error=type(fault).__name__)
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
        metrics.settled(moved)
        done: dict[str, list[str]] = {}
        for mail in moved:
            done.setdefault(mail.state, []).append(mail.id.hex)
        for state, ids in done.items():
            log.info("send.done", state=state, count=len(ids), delivery_ids=ids)
