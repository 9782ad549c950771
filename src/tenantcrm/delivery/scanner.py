"""Finds the tenants that have a scan due, and scans them in this process."""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog

from tenantcrm import clock
from tenantcrm.database import Database
from tenantcrm.delivery import service
from tenantcrm.delivery.repository import dispatch

log = structlog.get_logger()

AT_ONCE = 4
"""Scans that one process runs at the same time; each holds a connection."""
FOUND_AT_ONCE = 200
LEFT_ALONE = 5.0
"""Seconds before a tenant whose scan has failed is tried again by the same process."""


class Scanner:
    """The scans of one process."""

    def __init__(self, database: Database) -> None:
        """Keep the database."""
        self._database = database
        self._places = asyncio.Semaphore(AT_ONCE)
        self._running: dict[UUID, asyncio.Task[None]] = {}
        self._failed: dict[UUID, float] = {}

    async def due(self, *, overdue: timedelta = timedelta(0)) -> list[UUID]:
        """Tenants that have a scan due for at least so long (machine time)."""
        now = clock.now() - overdue * clock.rate()
        async with self._database.control_unit_of_work() as control:
            return await dispatch.due_scans(control, now=now, most=FOUND_AT_ONCE)

    async def scan(self, tenant_id: UUID) -> None:
        """Scan what is due of a tenant."""
        async with self._places:
            await service.scan_tenant(self._database, tenant_id)

    async def contacts_changed(self, tenant_id: UUID) -> None:
        """Scan the tenant's campaigns that mail at once."""
        async with self._places:
            await service.contacts_changed(self._database, tenant_id)

    async def sweep(self, *, overdue: timedelta = timedelta(0)) -> None:
        """Start to scan whatever is due; a long scan does not hold up the next sweep."""
        for tenant_id in self._not_just_tried(await self.due(overdue=overdue)):
            if tenant_id not in self._running:
                task = asyncio.create_task(self._guarded(tenant_id))
                self._running[tenant_id] = task

    async def stop(self, within: float) -> None:
        """Let the scans that run come to their end; one that is cut has done nothing."""
        running = list(self._running.values())
        if running:
            _, cut = await asyncio.wait(running, timeout=within)
            for task in cut:
                task.cancel()

    def _not_just_tried(self, tenants: Sequence[UUID]) -> list[UUID]:
        """Without those whose scan has just failed: they would keep this loop busy."""
        now = time.monotonic()
        self._failed = {t: at for t, at in self._failed.items() if now - at < LEFT_ALONE}
        return [tenant for tenant in tenants if tenant not in self._failed]

    async def _guarded(self, tenant_id: UUID) -> None:
        try:
            await self.scan(tenant_id)
        except Exception:
            log.exception("scan.tenant_failed", tenant_id=tenant_id.hex)
            self._failed[tenant_id] = time.monotonic()
        finally:
            del self._running[tenant_id]
