"""Which of our tenants are SES's, too. Control plane."""

from uuid import UUID

from sqlalchemy import exists, or_, select, update

from tenantcrm.database import ControlSession
from tenantcrm.delivery.models import DomainCheck, SenderClaim
from tenantcrm.tenants.models import Tenant, TenantState


async def not_enlisted(control: ControlSession, *, most: int, all_of_them: bool) -> list[UUID]:
    """Tenants that are to become SES's: those with something to send from, or all."""
    sends = or_(
        exists().where(SenderClaim.tenant_id == Tenant.id),
        exists().where(DomainCheck.tenant_id == Tenant.id),
    )
    query = (
        select(Tenant.id)
        .where(Tenant.ses_tenant.is_(None), Tenant.state == TenantState.ACTIVE)
        .order_by(Tenant.id)
        .limit(most)
    )
    if not all_of_them:
        query = query.where(sends)
    return list((await control.execute(query)).scalars())


async def enlist(control: ControlSession, tenant_id: UUID, name: str) -> None:
    """Keep what SES calls a tenant: from now on its mails name it."""
    await control.execute(
        update(Tenant)
        .where(Tenant.id == tenant_id, Tenant.ses_tenant.is_(None))
        .values(ses_tenant=name)
    )
