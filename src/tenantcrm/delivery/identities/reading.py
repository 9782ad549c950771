"""Domains as a page shows them."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from tenantcrm.database import TenantSession
from tenantcrm.delivery.identities import look
from tenantcrm.delivery.identities.findings import Findings
from tenantcrm.delivery.identities.names import shown
from tenantcrm.delivery.models import SendingDomain
from tenantcrm.delivery.repository import domains
from tenantcrm.errors import NotFoundError
from tenantcrm.tenants.service import tenants


class Use(Struct, frozen=True):
    """A campaign that sends from a domain."""

    id: UUID
    name: str
    state: str


class Event(Struct, frozen=True):
    """Something that happened to a domain; ``actor`` as activities have it."""

    kind: str
    at: datetime
    actor: str


class DomainView(Struct, frozen=True, kw_only=True):
    """A domain. ``name``: as people write it; ``checked_at``: machine time."""

    id: UUID
    name: str
    state: str
    mail_from: str
    findings: Findings
    checked_at: datetime | None
    verified_at: datetime | None
    campaigns: tuple[Use, ...] = ()
    history: tuple[Event, ...] = ()


async def listed(session: TenantSession) -> list[DomainView]:
    """A tenant's domains, without who uses them."""
    return [_view(domain) for domain in await domains.listed(session)]


async def can_send(session: TenantSession) -> bool:
    """Whether SES takes mail from any address of the tenant's."""
    return await domains.any_sender(session)


async def one(session: TenantSession, domain_id: UUID) -> DomainView:
    """A domain with the campaigns that send from it, and what happened to it.

    Raises:
        NotFoundError: there is none.
    """
    domain = await domains.find(session, domain_id)
    if domain is None:
        raise NotFoundError
    tenant = await tenants.facts(session)
    spelled = sorted({domain.name, shown(domain.name)})
    using = await domains.campaigns_from(session, spelled, tenant.sender_email)
    happened = await domains.history(session, domain.name)
    return _view(
        domain,
        campaigns=tuple(Use(*row) for row in using),
        history=tuple(Event(*row) for row in happened),
    )


def _view(
    domain: SendingDomain, *, campaigns: tuple[Use, ...] = (), history: tuple[Event, ...] = ()
) -> DomainView:
    return DomainView(
        id=domain.id,
        name=shown(domain.name),
        state=domain.state,
        mail_from=domain.mail_from,
        findings=look.read(domain.findings),
        checked_at=domain.checked_at,
        verified_at=domain.verified_at,
        campaigns=campaigns,
        history=history,
    )
