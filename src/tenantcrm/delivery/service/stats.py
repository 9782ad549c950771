"""Refresh the counts that operators see."""

import time
from datetime import timedelta

import structlog

from tenantcrm import clock
from tenantcrm.database import AWAY, Database
from tenantcrm.delivery.repository import dispatch, stats
from tenantcrm.delivery.service.tally import tally

log = structlog.get_logger()

STALE = timedelta(seconds=20)
"""Machine time for which counts are good."""
AT_ONCE = 100
BUDGET = 2.0
"""Seconds of one run; the next one goes on where it ends: large tenants take long to count."""


async def refresh_stats(database: Database) -> int:
    """Count the tenants whose counts are the oldest; gives how many were counted."""
    now = clock.now()
    async with database.control_unit_of_work() as control:
        before = now - STALE * max(clock.rate(), 1.0)
        tenants = await dispatch.stalest(control, before=before, most=AT_ONCE)
    begun, done = time.monotonic(), 0
    for tenant_id in tenants:
        if time.monotonic() - begun > BUDGET:
            break
        try:
            more = True
            while more and time.monotonic() - begun < BUDGET:
                async with database.unit_of_work(tenant_id) as session:
                    more = await tally(session)
            async with database.unit_of_work(tenant_id) as session:
                await stats.count(session, now=now)
        except AWAY as fault:
            log.warning("stats.failed", tenant_id=tenant_id.hex, error=type(fault).__name__)
            continue
        done += 1
    return done
