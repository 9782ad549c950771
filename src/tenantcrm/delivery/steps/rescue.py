"""Take mails from workers that are gone."""

from datetime import timedelta
from uuid import UUID

import structlog

from tenantcrm import clock
from tenantcrm.delivery import metrics
from tenantcrm.delivery.holders import is_gone
from tenantcrm.delivery.repository import dispatch, lanes, ledger
from tenantcrm.delivery.schemas import Moved
from tenantcrm.delivery.steps.bench import Bench
from tenantcrm.delivery.steps.finish import wake_for

log = structlog.get_logger()

TENANTS_AT_ONCE = 100


async def rescue(bench: Bench, tenant_id: UUID) -> list[Moved]:
    """Take a tenant's mails from workers whose lease is over; gives what moved."""
    real = clock.real_now()
    async with bench.database.unit_of_work(tenant_id) as session:
        await lanes.lock_all(session)
        moved = await ledger.rescue(session, now=clock.now(), real_now=real)
        await lanes.note_leases(session, real_now=real)
        await wake_for(session, moved)
    metrics.rescued(moved)
    for mail in moved:
        log.warning("send.rescued", delivery_id=mail.id.hex, state=mail.state)
    return moved


async def rescue_all(bench: Bench) -> int:
    """Rescue wherever a lease may be over; gives how many mails were."""
    async with bench.database.control_unit_of_work() as control:
        tenants = await dispatch.with_leases_over(
            control, real_now=clock.real_now(), most=TENANTS_AT_ONCE
        )
    return sum([len(await rescue(bench, tenant_id)) for tenant_id in tenants])


async def rescue_left_behind(bench: Bench) -> int:
    """Rescue what workers that have died on this machine had; gives how many mails.

    A worker that was killed and is started again need not wait for leases to run out.
    """
    real = clock.real_now()
    async with bench.database.control_unit_of_work() as control:
        tenants = await dispatch.with_leases_over(
            control, real_now=real + timedelta(days=1), most=TENANTS_AT_ONCE
        )
    count = 0
    for tenant_id in tenants:
        async with bench.database.unit_of_work(tenant_id) as session:
            gone = [name for name in await ledger.holders(session) if is_gone(name)]
            if gone:
                before = real - timedelta(seconds=1)
                await ledger.end_leases(session, gone, before=before)
        if gone:
            count += len(await rescue(bench, tenant_id))
    return count
