"""A tenant's allowances: what is left of them, and changing them."""

from datetime import datetime
from uuid import UUID

from tenantcrm import clock
from tenantcrm.database import ControlSession, TenantSession
from tenantcrm.delivery import allowances, reputation
from tenantcrm.delivery.allowances import Cap
from tenantcrm.delivery.repository import dispatch, hours
from tenantcrm.delivery.reputation import Counts
from tenantcrm.tenants.schemas import Allowances, TenantFacts
from tenantcrm.tenants.service import allowances as tenant_allowances


def cap_of(tenant: TenantFacts, now: datetime) -> Cap | None:
    """The tenant's cap on campaigns in 24 hours, on this day; None: there is none."""
    return allowances.cap_of(tenant.daily_cap, tenant.warm_up_from, now.date())


async def left_today(session: TenantSession, tenant: TenantFacts) -> tuple[int, int] | None:
    """The tenant's cap in 24 hours, and how many mails of campaigns it leaves now; None: no cap."""
    now = clock.now()
    cap = cap_of(tenant, now)
    if cap is None:
        return None
    used = await hours.used_by_campaigns(session, since=allowances.window_from(now))
    return cap.mails, max(0, cap.mails - used)


async def lately(session: TenantSession) -> Counts:
    """Mails, hard bounces and complaints of the days that the tenant's standing is judged by."""
    return await hours.lately(session, since=clock.now() - reputation.WINDOW)


async def busiest_hour(session: TenantSession) -> int:
    """Mails of the busiest hour, this one or the one before it."""
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    return await hours.busiest(session, since=hour - allowances.HOUR)


async def set_allowances(
    session: ControlSession,
    tenant_id: UUID,
    *,
    wanted: Allowances,
    reason: str,
    operator_id: UUID | None,
) -> None:
    """Change how much a tenant may send; what waits for a cap is looked at again at once.

    Raises:
        InvalidError: a figure or the reason is not acceptable.
        NotFoundError: there is no such tenant.
        ConflictError: nothing would change.
    """
    await tenant_allowances.set_allowances(
        session, tenant_id, allowances=wanted, reason=reason, operator_id=operator_id
    )
    await dispatch.unpark(session, tenant_id)
