"""What is done again and again about events: judge silence, and throw away what is old."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import structlog

from tenantcrm import clock
from tenantcrm.database import Database
from tenantcrm.delivery.repository import inbox, silence
from tenantcrm.delivery.service.silence import judge_unknown
from tenantcrm.delivery.unknown import Stream

log = structlog.get_logger()

TENANTS_AT_ONCE = 200
"""Tenants of one round; the next goes on behind them."""
LOOKED_BACK = timedelta(days=7)
"""Business time: a mail that is unknown for longer stays so."""
KEPT = timedelta(days=90)
"""Machine time for which events are kept."""
PRUNED_AT_ONCE, PRUNINGS = 2_000, 20
FIRST = UUID(int=0)


class EventChores:
    """The rounds of one process; each goes on where the one before has ended."""

    def __init__(self, database: Database) -> None:
        """Begin with the first tenant."""
        self._database = database
        self._judged = self._pruned = FIRST

    async def judge_silence(self) -> None:
        """Look at the unknown mails of the next tenants. Without events nothing is concluded."""
        since = clock.now() - LOOKED_BACK
        async with self._database.control_unit_of_work() as control:
            stream = await silence.stream(control)
            tenants = await silence.asking(
                control, since=since, after=self._judged, most=TENANTS_AT_ONCE
            )
        self._judged = _next(tenants)
        if stream is not None:
            await self._each(tenants, lambda tenant: self._judge(tenant, stream))

    async def prune(self) -> None:
        """Delete the old events of the next tenants."""
        async with self._database.control_unit_of_work() as control:
            tenants = await silence.listening(control, after=self._pruned, most=TENANTS_AT_ONCE)
        self._pruned = _next(tenants)
        await self._each(tenants, self._prune)

    async def _judge(self, tenant_id: UUID, stream: Stream) -> None:
        async with self._database.unit_of_work(tenant_id) as session:
            await judge_unknown(session, stream)

    async def _prune(self, tenant_id: UUID) -> None:
        before = clock.real_now() - KEPT
        for _ in range(PRUNINGS):
            async with self._database.unit_of_work(tenant_id) as session:
                gone = await inbox.prune(session, before=before, most=PRUNED_AT_ONCE)
            if gone < PRUNED_AT_ONCE:
                return

    async def _each(self, tenants: list[UUID], work: Callable[[UUID], Awaitable[None]]) -> None:
        """One after the other; the fault of one does not keep the rest from their turn."""
        faults = list[Exception]()
        for tenant in tenants:
            try:
                await work(tenant)
            except Exception as fault:  # noqa: BLE001 - raised below, when the others are done
                faults.append(fault)
        if faults:
            raise faults[0]


def _next(tenants: list[UUID]) -> UUID:
    return tenants[-1] if len(tenants) == TENANTS_AT_ONCE else FIRST
