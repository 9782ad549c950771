"""What the doctor says of senders: our own, tenants' domains, and SES's tenants."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from email.utils import parseaddr

from tenantcrm import clock, ids
from tenantcrm.contacts.addresses import normalise
from tenantcrm.database import Database
from tenantcrm.delivery.identities.names import at_or_above
from tenantcrm.delivery.identities.ses_domains import SesDomain, SesDomains, open_domains
from tenantcrm.delivery.identities.ses_tenants import open_tenants
from tenantcrm.delivery.identities.standing import FAILED, FAILED_WORD
from tenantcrm.delivery.repository import domain_claims, domains
from tenantcrm.settings import Settings

OVERDUE = timedelta(hours=1)
Tell = Callable[[str], None]


async def examine_senders(settings: Settings, database: Database, tell: Tell) -> list[str]:
    """Look at them; tell what is well, give what is not. Raises what the SES client raises."""
    faults: list[str] = []
    if not settings.smtp_url:
        async with open_domains(settings) as ses:
            faults += await _own(ses, settings, tell)
        if settings.ses_tenants:
            faults += await _tenants(settings, tell)
    return faults + await _domains(database, tell)


async def _own(ses: SesDomains, settings: Settings, tell: Tell) -> list[str]:
    address = normalise(parseaddr(settings.system_sender)[1]).key
    found = await _closest(ses, address)
    if found is None:
        if settings.sandbox:
            return []
        return [f"SES has not verified the sender of TENANTCRM_SYSTEM_SENDER ({address})"]
    if found.word.mail_from == FAILED_WORD:
        words = f"SES does not find the records of {found.mail_from}, the MAIL FROM domain of"
        return [f"{words} TENANTCRM_SYSTEM_SENDER ({address})"]
    bounces = found.mail_from or "amazonses.com, so that SPF does not count for it"
    tell(f"sender: {address} is verified; its bounces go to {bounces}")
    return []


async def _closest(ses: SesDomains, address: str) -> SesDomain | None:
    """The verified identity by which SES sends for an address."""
    for name in [address, *at_or_above(address.rpartition("@")[2])]:
        found = await ses.get(name)
        if found is not None and found.word.verified:
            return found
    return None


async def _tenants(settings: Settings, tell: Tell) -> list[str]:
    if settings.ses_configuration_set is None:
        words = "SES asks for TENANTCRM_SES_CONFIGURATION_SET, too; mail goes out without tenants"
        return [f"TENANTCRM_SES_TENANTS: {words}"]
    async with open_tenants(settings) as ses:
        if not await ses.supported():
            words = "SES has no tenants or does not let us at them; mail goes out without"
            return [f"TENANTCRM_SES_TENANTS: {words}"]
    tell("ses: has tenants of its own for ours")
    return []


async def _domains(database: Database, tell: Tell) -> list[str]:
    async with database.control_unit_of_work() as control:
        overdue = await domain_claims.overdue(control, before=clock.real_now() - OVERDUE)
        owners = await domain_claims.tenants_with_domains(control)
    counted: Counter[str] = Counter()
    faults = []
    for tenant_id in owners:
        async with database.unit_of_work(tenant_id) as session:
            for domain in await domains.listed(session):
                counted[domain.state] += 1
                if domain.state == FAILED:
                    whose = ids.show_id(ids.TENANT, tenant_id)
                    faults.append(f"the sending domain {domain.name} of {whose} has failed")
    if overdue:
        words = "of the sending domains should have been looked at: does a worker run?"
        faults.append(f"{overdue} {words}")
    if counted:
        words = ", ".join(f"{number} {state}" for state, number in sorted(counted.items()))
        tell(f"sending domains: {words}")
    return faults
