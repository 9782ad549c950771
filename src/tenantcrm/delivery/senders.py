"""Whether a tenant may send from an address: SES must have verified it, and nobody else have it."""

from datetime import timedelta
from email.utils import parseaddr

import structlog
from botocore.exceptions import BotoCoreError, ClientError

from tenantcrm import clock
from tenantcrm.campaigns.senders import SenderStanding
from tenantcrm.contacts.addresses import Address, normalise
from tenantcrm.database import TenantSession
from tenantcrm.delivery.headers import ascii_address
from tenantcrm.delivery.identities.names import at_or_above, shown
from tenantcrm.delivery.identities.ses_domains import SesDomains, open_domains
from tenantcrm.delivery.identities.ses_tenants import open_tenants
from tenantcrm.delivery.models import SendingDomain
from tenantcrm.delivery.repository import domains, senders
from tenantcrm.delivery.ses import Ses
from tenantcrm.errors import InvalidError
from tenantcrm.settings import Settings
from tenantcrm.tenants.service import tenants

log = structlog.get_logger()

GOOD_FOR = timedelta(hours=1)
"""How long SES's word is taken for granted."""
TAKEN = "Another business of this installation sends from this address or its domain."
AWAY = "The mail service could not be asked just now. Try again in a minute."
ASKED = (
    "The mail service has written to {email}: open the link in that mail, then try again. "
    "Or set up the whole domain {domain} under Settings, Sending domains."
)
PENDING = "The domain {domain} is not verified: Settings, Sending domains, tells what is missing."
NOT_VOUCHED = (
    "The mail server of this installation does not send for {domain}. Its operator says for which "
    "domains it does."
)
_NOT_ASKED = (BotoCoreError, ClientError, OSError, TimeoutError)


class _NotSoError(Exception):
    """An address that may not be sent from; the words say why."""


class SesSenders:
    """The port ``campaigns.senders.SenderCheck`` on SES."""

    def __init__(self, settings: Settings) -> None:
        """A client is opened when somebody asks, which is seldom: at activation."""
        self._settings = settings

    async def __call__(self, session: TenantSession, email: str) -> SenderStanding:
        """The standing of an address, asked anew where it is not known or was long ago."""
        try:
            address = normalise(email)
        except InvalidError as fault:
            return SenderStanding(verified=False, words=fault.detail)
        names = at_or_above(address.key.rpartition("@")[2])
        own = {domain.name: domain for domain in await domains.find_named(session, names)}
        try:
            identity = await self._identity(session, address, names, own)
        except _NotSoError as refusal:
            return SenderStanding(verified=False, words=str(refusal))
        except _NOT_ASKED as fault:
            log.warning("senders.not_asked", error=type(fault).__name__)
            return SenderStanding(verified=False, words=AWAY)
        if identity is None:
            await senders.note(session, address, verified=False, now=clock.real_now())
            words = ASKED.format(email=address.email, domain=shown(names[0]))
            return SenderStanding(verified=False, words=words)
        return SenderStanding(verified=True)

    async def _identity(
        self,
        session: TenantSession,
        address: Address,
        names: list[str],
        own: dict[str, SendingDomain],
    ) -> str | None:
        """By what the address may be sent from, kept and claimed; None: SES has written to it."""
        if self._settings.smtp_url:
            self._check_vouched(names)
            return await self._keep(session, address, address.key, claims=(address.key,))
        domain = own.get(names[0])
        if domain is not None and domain.state == "verified":
            return await self._keep(session, address, domain.name)
        known = await senders.find(session, address.key)
        fresh = clock.real_now() - GOOD_FOR
        if known and known.state == "verified" and known.checked_at and known.checked_at > fresh:
            return known.identity or address.key
        async with open_domains(self._settings) as ses:
            identity = await self._covering(session, ses, address, names, own)
            if identity is None and not own:
                await ses.write_to(ascii_address(address.email))
                if await _verified(ses, ascii_address(address.email)):
                    identity = address.key
        if identity is None and own:
            raise _NotSoError(PENDING.format(domain=shown(next(iter(own)))))
        if identity is None:
            return None
        await self._cover(session, identity)
        if identity in own:
            return await self._keep(session, address, identity)
        return await self._keep(session, address, identity, claims=(identity, address.key))

    def _check_vouched(self, names: list[str]) -> None:
        """Refuse a domain for which the operator's server does not send: it verifies nothing."""
        system = parseaddr(self._settings.system_sender)[1].rpartition("@")[2].lower()
        if not {system, *self._settings.smtp_domains} & set(names):
            raise _NotSoError(NOT_VOUCHED.format(domain=shown(names[0])))

    async def _covering(
        self,
        session: TenantSession,
        ses: SesDomains,
        address: Address,
        names: list[str],
        own: dict[str, SendingDomain],
    ) -> str | None:
        """The identity by which SES sends for the address: itself, its domain, or one above.

        Source: Amazon SES developer guide, "Verified identities".
        """
        if await _verified(ses, ascii_address(address.email)):
            return address.key
        for name in names:
            found = await ses.get(name)
            if found is None or not found.word.verified:
                continue
            if self._settings.sandbox or not found.ours:
                return name
            # Who set it up here has it by proof, and nobody by being the first to send.
            if name in own and own[name].state == "verified":
                return name
            if name not in own and await senders.is_anothers(session, name):
                raise _NotSoError(TAKEN)
        return None

    async def _keep(
        self,
        session: TenantSession,
        address: Address,
        identity: str,
        *,
        claims: tuple[str, ...] = (),
    ) -> str:
        # A sandbox's tenants share the example domains that its demo and tests use.
        for name in claims if not self._settings.sandbox else ():
            if not await senders.claim(session, name):
                raise _NotSoError(TAKEN)
        now = clock.real_now()
        await senders.note(session, address, verified=True, now=now, identity=identity)
        return identity

    async def _cover(self, session: TenantSession, identity: str) -> None:
        """Let the tenant's namesake at SES send from it, too, where it has one."""
        if not self._settings.ses_tenants:
            return
        tenant = await tenants.facts(session)
        if tenant.ses_tenant is not None:
            async with open_tenants(self._settings) as ses:
                await ses.cover(tenant.ses_tenant, [identity])


async def _verified(ses: SesDomains, name: str) -> bool:
    found = await ses.get(name)
    return found is not None and found.word.verified


async def ensure_system_sender(ses: Ses, settings: Settings) -> None:
    """Have SES know the sender of our own mails; in production its operator does that, once."""
    address = ascii_address(parseaddr(settings.system_sender)[1])
    try:
        if not await ses.is_verified(address):
            await ses.create_identity(address)
    except _NOT_ASKED as fault:
        log.warning("senders.not_asked", error=type(fault).__name__)
