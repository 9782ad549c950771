"""Add a domain to send from, and remove one.

SES is asked between units of work, never within one: it may take seconds.
"""

import secrets
from datetime import datetime
from uuid import UUID

from tenantcrm import clock, ids
from tenantcrm.campaigns.states import CampaignState
from tenantcrm.contacts.service import record
from tenantcrm.delivery.identities import look
from tenantcrm.delivery.identities.bench import Bench
from tenantcrm.delivery.identities.checking import check
from tenantcrm.delivery.identities.errors import TAKEN, DomainInUseError, NoDomainsError
from tenantcrm.delivery.identities.findings import Findings
from tenantcrm.delivery.identities.names import (
    at_or_above,
    own_domains,
    read_domain,
    read_label,
    shown,
)
from tenantcrm.delivery.identities.records import Setup, wanted
from tenantcrm.delivery.identities.ses_domains import SesDomain
from tenantcrm.delivery.identities.sightings import unlooked
from tenantcrm.delivery.identities.standing import PENDING
from tenantcrm.delivery.repository import domain_claims, domains
from tenantcrm.errors import InvalidError, NotFoundError
from tenantcrm.tenants.service import audit, tenants

MOST = 25
"""Domains of a tenant: SES takes 10,000 identities of the whole installation."""
_PROOF_BYTES = 16


async def add(bench: Bench, tenant_id: UUID, text: str, *, label: str, actor: str) -> UUID:
    """Have SES look for a domain's records, and keep which they are; gives its id.

    Args:
        bench: of this process.
        tenant_id: whose domain it is to be.
        text: the domain, as somebody typed it.
        label: the first label of its MAIL FROM domain; empty for the usual one.
        actor: who asks.

    Raises:
        InvalidError: it is no domain that a single business can have, or is there already.
        NoDomainsError: mail does not go through SES.
        SesAwayError: SES cannot be asked.
    """
    if bench.settings.smtp_url:
        raise NoDomainsError
    name = read_domain(text, installation=own_domains(bench.settings))
    label = read_label(label)
    await _refuse(bench, tenant_id, name)
    found = await _made(bench, tenant_id, name, f"{label}.{name}")
    domain_id, now = ids.new_id(), clock.real_now()
    async with bench.database.unit_of_work(tenant_id) as session:
        row = _row(domain_id, name, found, now=now, region=bench.settings.ses_region)
        made = await domains.add(session, row)
        if not made:
            raise _there(name)
        await domains.look_at(session, name, now)
        await record(session, "domain_added", at=clock.now(), actor=actor, detail={"domain": name})
        await audit.record(
            session, actor=actor, action="added", subject="domain", subject_id=domain_id, name=name
        )
    if bench.settings.sandbox:
        await check(bench, tenant_id, domain_id)
    return domain_id


async def remove(bench: Bench, tenant_id: UUID, domain_id: UUID, *, actor: str) -> None:
    """Forget a domain; SES does, too, unless somebody else asks for it or it was not made here.

    Raises:
        NotFoundError: there is none.
        DomainInUseError: an active campaign sends from it.
        SesAwayError: SES cannot be asked.
    """
    async with bench.database.unit_of_work(tenant_id) as session:
        domain = await domains.find(session, domain_id, lock=True)
        if domain is None:
            raise NotFoundError
        tenant = await tenants.facts(session)
        spelled = sorted({domain.name, shown(domain.name)})
        using = await domains.campaigns_from(session, spelled, tenant.sender_email)
        active = [title for _, title, state in using if state == CampaignState.ACTIVE]
        if active:
            raise DomainInUseError(
                f"{', '.join(active[:3])}{' and others' if active[3:] else ''} sends from it: "
                "pause the campaign, or give it another sender first."
            )
        await domains.remove(session, domain)
        await record(
            session, "domain_removed", at=clock.now(), actor=actor, detail={"domain": domain.name}
        )
        await audit.record(
            session,
            actor=actor,
            action="removed",
            subject="domain",
            subject_id=domain_id,
            name=domain.name,
        )
    if not await _asked_by_others(bench, tenant_id, domain.name):
        async with bench.ses() as ses:
            found = await ses.get(domain.name)
            if found is not None and found.ours:
                await ses.delete(domain.name)


async def _refuse(bench: Bench, tenant_id: UUID, name: str) -> None:
    async with bench.database.unit_of_work(tenant_id) as session:
        there = await domains.listed(session)
    if name in {domain.name for domain in there}:
        raise _there(name)
    if len(there) >= MOST:
        raise InvalidError.of("/name", "too_many", f"An account sends from {MOST} domains at most")
    # A sandbox's tenants share the example domains that its demo and tests use.
    if bench.settings.sandbox:
        return
    async with bench.database.control_unit_of_work() as control:
        if await domain_claims.is_taken(control, tenant_id, at_or_above(name)):
            raise InvalidError.of("/name", "taken", TAKEN)


async def _made(bench: Bench, tenant_id: UUID, name: str, mail_from: str) -> SesDomain:
    """The domain at SES. What another tenant has chosen for it, before any proof, is left."""
    shared = await _asked_by_others(bench, tenant_id, name)
    async with bench.ses() as ses:
        found = await ses.create(name)
        if found.mail_from == mail_from or (found.mail_from and shared):
            return found
        if await ses.set_mail_from(name, mail_from):
            return await ses.create(name)
        return found


async def _asked_by_others(bench: Bench, tenant_id: UUID, name: str) -> bool:
    async with bench.database.control_unit_of_work() as control:
        return await domain_claims.asked_by_others(control, tenant_id, name)


def _row(
    domain_id: UUID, name: str, found: SesDomain, *, now: datetime, region: str
) -> dict[str, object]:
    setup = Setup(
        name=name,
        tokens=found.tokens,
        zone=found.zone,
        mail_from=found.mail_from,
        proof=secrets.token_hex(_PROOF_BYTES),
        region=region,
    )
    return {
        "id": domain_id,
        "name": name,
        "state": PENDING,
        "dkim_tokens": list(setup.tokens),
        "dkim_zone": setup.zone,
        "mail_from": setup.mail_from,
        "proof": setup.proof,
        "findings": look.kept(Findings(records=unlooked(wanted(setup)), since=now)),
        "created_at": clock.now(),
        "updated_at": clock.now(),
    }


def _there(name: str) -> InvalidError:
    return InvalidError.of("/name", "exists", f"{name} is set up here already")
