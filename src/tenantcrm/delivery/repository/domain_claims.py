"""Whose a domain is, over the whole installation; when domains are looked at. Control plane."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import exists, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from tenantcrm import clock
from tenantcrm.database import ControlSession
from tenantcrm.delivery.models import DomainCheck, SenderClaim
from tenantcrm.tenants.models import Tenant

_LOCK = text("SELECT pg_advisory_xact_lock(7212020)")


class Due(NamedTuple):
    """A domain that is to be looked at."""

    tenant_id: UUID
    name: str


async def is_taken(control: ControlSession, tenant_id: UUID, names: Sequence[str]) -> bool:
    """Whether one of the names is another tenant's."""
    query = select(
        exists().where(SenderClaim.email_key.in_(names), SenderClaim.tenant_id != tenant_id)
    )
    return bool((await control.execute(query)).scalar_one())


async def is_own(control: ControlSession, tenant_id: UUID, name: str) -> bool:
    """Whether the name is this tenant's already."""
    query = select(
        exists().where(SenderClaim.email_key == name, SenderClaim.tenant_id == tenant_id)
    )
    return bool((await control.execute(query)).scalar_one())


async def claim(control: ControlSession, tenant_id: UUID, names: Sequence[str]) -> bool:
    """Make the first name this tenant's, unless it or one above it is another's; whether it is.

    Args:
        control: of the control plane.
        tenant_id: whose it becomes.
        names: the domain, then those above it.
    """
    # One claim at a time: a domain and one below it must not go to two tenants at once.
    await control.execute(_LOCK)
    if await is_taken(control, tenant_id, names):
        return False
    statement = insert(SenderClaim).values(
        email_key=names[0], tenant_id=tenant_id, claimed_at=clock.now()
    )
    await control.execute(statement.on_conflict_do_nothing())
    return True


async def asked_by_others(control: ControlSession, tenant_id: UUID, name: str) -> bool:
    """Whether another tenant sets this domain up, too."""
    query = select(exists().where(DomainCheck.name == name, DomainCheck.tenant_id != tenant_id))
    return bool((await control.execute(query)).scalar_one())


async def take_due(
    control: ControlSession, *, now: datetime, until: datetime, most: int
) -> list[Due]:
    """Domains to look at now; no other process is given them before ``until`` (machine time)."""
    due = (
        select(DomainCheck.tenant_id, DomainCheck.name)
        .join(Tenant, Tenant.id == DomainCheck.tenant_id)
        .where(DomainCheck.check_at <= now, Tenant.state == "active")
        .order_by(DomainCheck.check_at)
        .limit(most)
        .with_for_update(of=DomainCheck, skip_locked=True)
        .cte("due")
    )
    statement = (
        update(DomainCheck)
        .where(DomainCheck.tenant_id == due.c.tenant_id, DomainCheck.name == due.c.name)
        .values(check_at=until)
        .returning(DomainCheck.tenant_id, DomainCheck.name)
    )
    return [Due(*row) for row in (await control.execute(statement)).all()]


async def overdue(control: ControlSession, *, before: datetime) -> int:
    """How many domains should have been looked at by then."""
    query = select(func.count()).where(DomainCheck.check_at < before)
    return int((await control.execute(query)).scalar_one())


async def tenants_with_domains(control: ControlSession) -> list[UUID]:
    """Tenants that have set a domain up."""
    query = select(DomainCheck.tenant_id).distinct().order_by(DomainCheck.tenant_id)
    return list((await control.execute(query)).scalars())
