"""Whether the address that campaigns without a sender of their own use may become another."""

from tenantcrm.campaigns.repository import campaigns
from tenantcrm.campaigns.senders import SenderCheck
from tenantcrm.database import TenantSession
from tenantcrm.errors import InvalidError


async def check_default_sender(
    session: TenantSession, email: str, *, senders: SenderCheck, pointer: str = "/sender_email"
) -> None:
    """Refuse an address from which the active campaigns that would use it could not send.

    Raises:
        InvalidError: it is not verified, and such campaigns are active; the words name how many.
    """
    using = await campaigns.active_without_sender(session)
    if not using:
        return
    standing = await senders(session, email)
    if not standing.verified:
        count = "An active campaign sends" if using == 1 else f"{using} active campaigns send"
        raise InvalidError.of(
            pointer, "sender_unverified", f"{count} from this address. {standing.words}"
        )
