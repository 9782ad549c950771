"""How much of what it may send in 24 hours a tenant has used."""

from tenantcrm import clock
from tenantcrm.database import TenantSession
from tenantcrm.delivery.allowances import Parked
from tenantcrm.delivery.service import left_today
from tenantcrm.delivery.service.allowances import cap_of
from tenantcrm.tenants.schemas import TenantFacts
from tenantcrm.web.shell import Quota


async def quota_of(session: TenantSession, tenant: TenantFacts) -> Quota | None:
    """The tenant's cap and what is used of it; None: it has none, and nothing is asked."""
    cap = cap_of(tenant, clock.now())
    if cap is None:
        return None
    left = await left_today(session, tenant)
    used = cap.mails - left[1] if left else 0
    return Quota(used, cap.mails, warm_up=cap.rule is Parked.WARM_UP)
