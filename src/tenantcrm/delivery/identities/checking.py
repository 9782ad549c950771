"""Look at a domain, keep what was found, and act when its state changes.

SES and DNS are asked between units of work, never within one: both may take seconds.
"""

import random
from datetime import timedelta
from uuid import UUID

import msgspec
import structlog

from tenantcrm import clock, jobs
from tenantcrm.contacts.service import record
from tenantcrm.database import TenantSession
from tenantcrm.delivery.identities import look, refused, standing
from tenantcrm.delivery.identities.bench import Bench
from tenantcrm.delivery.identities.errors import TAKEN, SesAwayError
from tenantcrm.delivery.identities.findings import Findings, RecordState, SesWord
from tenantcrm.delivery.identities.names import at_or_above
from tenantcrm.delivery.identities.records import Part, Setup, wanted
from tenantcrm.delivery.identities.ses_domains import SesDomain, SesDomains
from tenantcrm.delivery.identities.ses_tenants import cover
from tenantcrm.delivery.identities.sightings import unlooked
from tenantcrm.delivery.models import SendingDomain
from tenantcrm.delivery.repository import domain_claims, domains
from tenantcrm.errors import NotFoundError, TenantCrmError

log = structlog.get_logger()

EVERY = 5.0
"""Seconds between rounds of :func:`check_due`."""
AT_ONCE = 20
LOOK_TAKES = timedelta(minutes=5)
"""For how long a domain that a worker looks at is given to no other."""
AWAY = "The mail service could not be asked; what it said before still stands."
_CHOOSE = random.SystemRandom()


async def check(bench: Bench, tenant_id: UUID, domain_id: UUID) -> str:
    """Look at a domain now; gives the state that it is in afterwards.

    Raises:
        NotFoundError: there is none.
    """
    async with bench.database.unit_of_work(tenant_id) as session:
        domain = await domains.find(session, domain_id)
    if domain is None:
        raise NotFoundError
    before = look.read(domain.findings)
    found, findings = await _look(bench, domain, before)
    proved, words = await _prove(bench, domain, findings)
    if proved and findings.ses.verified:
        await cover(bench, tenant_id, domain.name)
    async with bench.database.unit_of_work(tenant_id) as session:
        return await _keep(
            session, domain_id, found, msgspec.structs.replace(findings, words=words), proved=proved
        )


async def check_due(bench: Bench) -> int:
    """Look at the domains that are due, one after the other: SES takes one such call a second."""
    now = clock.real_now()
    async with bench.database.control_unit_of_work() as control:
        due = await domain_claims.take_due(control, now=now, until=now + LOOK_TAKES, most=AT_ONCE)
    for tenant_id, name in due:
        async with bench.database.unit_of_work(tenant_id) as session:
            found = await domains.find_named(session, [name])
        try:
            for domain in found:
                await check(bench, tenant_id, domain.id)
        except TenantCrmError as fault:
            log.warning("domains.not_checked", tenant_id=tenant_id.hex, code=fault.code)
    return len(due)


async def _look(
    bench: Bench, domain: SendingDomain, before: Findings
) -> tuple[SesDomain | None, Findings]:
    try:
        async with bench.ses() as ses:
            found = await ses.get(domain.name)
            if found is None and domain.state != standing.VERIFIED:
                found = await ses.create(domain.name)
                if domain.mail_from:
                    await ses.set_mail_from(domain.name, domain.mail_from)
                before = msgspec.structs.replace(before, since=clock.real_now())
            word = found.word if found else SesWord()
            findings = await _seen(bench, domain, found, word)
            findings = await _mended(ses, domain, found, findings, before)
    except SesAwayError:
        findings = await _seen(bench, domain, None, before.ses)
        return None, msgspec.structs.replace(
            findings, since=before.since, misses=before.misses, words=AWAY
        )
    return found, findings


async def _seen(
    bench: Bench, domain: SendingDomain, found: SesDomain | None, word: SesWord
) -> Findings:
    setup = setup_of(domain, bench.settings.ses_region, found)
    if bench.settings.sandbox:
        # There is no DNS that could hold the records of an example domain.
        return Findings(records=unlooked(wanted(setup)), ses=word)
    return await look.look_at_dns(bench.resolver, setup, word)


async def _mended(
    ses: SesDomains,
    domain: SendingDomain,
    found: SesDomain | None,
    findings: Findings,
    before: Findings,
) -> Findings:
    """Have SES look again where it has given up although the records are there now."""
    since = before.since or clock.real_now()
    if found is not None and standing.gave_up(findings):
        await ses.look_again(domain.name)
        since = clock.real_now()
    if findings.ses.mail_from == standing.FAILED_WORD and findings.all_found(
        Part.MAIL_FROM, Part.SPF
    ):
        await ses.set_mail_from(domain.name, domain.mail_from)
    misses = standing.misses_after(domain.state, before, verified=findings.ses.verified)
    return msgspec.structs.replace(findings, since=since, misses=misses)


async def _prove(bench: Bench, domain: SendingDomain, findings: Findings) -> tuple[bool, str]:
    """Whether the domain is the tenant's, claiming it once that is proved; and what hinders."""
    if bench.settings.sandbox:
        return True, findings.words
    names = at_or_above(domain.name)
    shown = any(
        one.part is Part.OWNERSHIP and one.state is RecordState.FOUND for one in findings.records
    )
    async with bench.database.control_unit_of_work() as control:
        if await domain_claims.is_own(control, domain.tenant_id, domain.name):
            return True, findings.words
        if not shown or not findings.ses.verified:
            return False, findings.words
        if await domain_claims.claim(control, domain.tenant_id, names):
            return True, findings.words
    return False, TAKEN


async def _keep(
    session: TenantSession,
    domain_id: UUID,
    found: SesDomain | None,
    findings: Findings,
    *,
    proved: bool,
) -> str:
    domain = await domains.find(session, domain_id, lock=True)
    if domain is None:
        raise NotFoundError  # It was removed while somebody looked.
    now, old = clock.real_now(), domain.state
    if found is not None:
        domain.dkim_tokens, domain.dkim_zone = list(found.tokens), found.zone
    domain.state = standing.state_after(
        old,
        findings,
        proved=proved,
        asked_anew=findings.since != look.read(domain.findings).since,
        now=now,
    )
    domain.findings = look.kept(findings)
    domain.checked_at = now
    if domain.state == standing.VERIFIED:
        domain.verified_at = domain.verified_at or now
    await session.flush()
    when = standing.next_look(domain.state, findings, now=now, spread=_CHOOSE.random())
    await domains.look_at(session, domain.name, when)
    if domain.state != old:
        await _tell(session, domain)
    return domain.state


async def _tell(session: TenantSession, domain: SendingDomain) -> None:
    """Note that a domain is verified, or has failed; let mails wait, or go on."""
    verified = domain.state == standing.VERIFIED
    log.info("domains.changed", domain_id=domain.id.hex, state=domain.state)
    await record(
        session,
        f"domain_{domain.state}",
        at=clock.now(),
        actor="system",
        detail={"domain": domain.name},
    )
    if domain.state == standing.PENDING:
        return
    await domains.mark_senders(session, domain.name, verified=verified, now=clock.real_now())
    if verified:
        jobs.wake(session, "send")
        await domains.release(session, refused.REASON)


def setup_of(domain: SendingDomain, region: str, found: SesDomain | None = None) -> Setup:
    """What is known of a domain's set-up; ``found``: as SES has it now."""
    return Setup(
        name=domain.name,
        tokens=tuple(found.tokens if found else domain.dkim_tokens),
        zone=found.zone if found else domain.dkim_zone,
        mail_from=domain.mail_from,
        proof=domain.proof,
        region=region,
    )
