"""The port through which a campaign learns whether its sender may send."""

from typing import Protocol

from msgspec import Struct

from tenantcrm.database import TenantSession


class SenderStanding(Struct, frozen=True):
    """Whether an address may be sent from; ``words`` tell a person what is missing."""

    verified: bool
    words: str = ""


class SenderCheck(Protocol):
    """Asks the mail service for an address's standing; implemented by delivery."""

    async def __call__(self, session: TenantSession, email: str) -> SenderStanding:
        """The standing of ``email`` for the session's tenant, asked anew where it is not known."""
