"""Look at every tenant's bounces and complaints."""

import structlog

from tenantcrm import clock
from tenantcrm.database import Database
from tenantcrm.delivery import reputation
from tenantcrm.delivery.repository import standing

log = structlog.get_logger()


async def review_standings(database: Database) -> int:
    """Warn and pause tenants by what their mails of seven days came to; gives how many changed.

    Safe to run twice and at the same time. Whoever is paused stays so until an operator forgives.
    """
    now = clock.now()
    since = now - reputation.WINDOW
    async with database.control_unit_of_work() as control:
        await standing.clear_quiet(control, since=since, now=now)
        verdicts = [
            (tenant, verdict)
            for tenant, current, counts in await standing.counts(control, since=since)
            if (verdict := reputation.judge(counts)) != current
        ]
        if verdicts:
            await standing.change(control, verdicts, now=now)
    for tenant, verdict in verdicts:
        log.warning("tenant.standing", tenant_id=tenant.hex, standing=str(verdict.standing))
    return len(verdicts)
