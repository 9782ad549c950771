"""Hand-written stand-ins for the port that asks whether an address may be sent from."""

from tenantcrm.campaigns.senders import SenderStanding
from tenantcrm.database import TenantSession


class VerifiedSenders:
    """Every address is verified; remembers which were asked about."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, session: TenantSession, email: str) -> SenderStanding:
        self.asked.append(email)
        return SenderStanding(verified=True)


class UnverifiedSenders:
    """No address is verified."""

    async def __call__(self, session: TenantSession, email: str) -> SenderStanding:
        return SenderStanding(verified=False, words=f"{email} is not verified yet")
