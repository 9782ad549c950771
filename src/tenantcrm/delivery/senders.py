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
from tenantcrm.delivery.repository import senders
from tenantcrm.delivery.ses import Ses, open_ses
from tenantcrm.errors import InvalidError
from tenantcrm.settings import Settings

log = structlog.get_logger()

GOOD_FOR = timedelta(hours=1)
"""How long SES's word is taken for granted."""
TAKEN = "Another business of this installation sends from this address or its domain."
AWAY = "The mail service could not be asked just now. Try again in a minute."
ASKED = (
    "The mail service has written to {email}: open the link in that mail, then try again. "
    "Or have the whole domain {domain} verified."
)


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
        known = await senders.find(session, address.key)
        fresh = clock.real_now() - GOOD_FOR
        if known and known.state == "verified" and known.checked_at and known.checked_at > fresh:
            return SenderStanding(verified=True)
        try:
            async with open_ses(self._settings) as ses:
                covered_by = await _covering(ses, address)
        except (BotoCoreError, ClientError, OSError, TimeoutError) as fault:
            log.warning("senders.not_asked", error=type(fault).__name__)
            return SenderStanding(verified=False, words=AWAY)
        return await self._note(session, address, covered_by)

    async def _note(
        self, session: TenantSession, address: Address, covered_by: str | None
    ) -> SenderStanding:
        domain = address.key.rpartition("@")[2]
        if covered_by is None:
            await senders.note(session, address, verified=False, now=clock.real_now())
            words = ASKED.format(email=address.email, domain=domain)
            return SenderStanding(verified=False, words=words)
        # A sandbox's tenants share the example domains that its demo and tests use.
        claims = [] if self._settings.sandbox else sorted({address.key, covered_by})
        for claim in claims:
            if not await senders.claim(session, claim):
                return SenderStanding(verified=False, words=TAKEN)
        await senders.note(session, address, verified=True, now=clock.real_now())
        return SenderStanding(verified=True)


async def _covering(ses: Ses, address: Address) -> str | None:
    """The identity by which SES sends for the address; asks SES to verify it where there is none.

    SES covers an address by itself, by its domain, and by every domain above
    (Amazon SES developer guide, "Verified identities").
    """
    own = ascii_address(address.email)
    if await ses.is_verified(own):
        return address.key
    labels = address.key.rpartition("@")[2].split(".")
    for start in range(len(labels) - 1):
        name = ".".join(labels[start:])
        if await ses.is_verified(name):
            return name
    await ses.create_identity(own)
    return address.key if await ses.is_verified(own) else None


async def ensure_system_sender(ses: Ses, settings: Settings) -> None:
    """Have SES know the sender of our own mails; in production its operator does that, once."""
    address = normalise(parseaddr(settings.system_sender)[1])
    try:
        await _covering(ses, address)
    except (BotoCoreError, ClientError, OSError, TimeoutError) as fault:
        log.warning("senders.not_asked", error=type(fault).__name__)
