"""What saving a message through a page asks beside the save itself."""

from tenantcrm.campaigns import service
from tenantcrm.campaigns.preflight import Finding, blocking, look
from tenantcrm.campaigns.schemas import CampaignView, MessageInput
from tenantcrm.campaigns.states import CampaignState
from tenantcrm.database import TenantSession
from tenantcrm.errors import FieldError, InvalidError


async def check(session: TenantSession, campaign: CampaignView, message: MessageInput) -> None:
    """Refuse for an active campaign what would keep one from being activated.

    Raises:
        InvalidError: the message would go out broken.
    """
    if campaign.state != CampaignState.ACTIVE:
        return
    known = await service.readers_of(session, campaign.contact_filter, [message])
    faults = [
        FieldError(one.pointer, one.code, _words(one)) for one in blocking(look(message, known))
    ]
    if faults:
        raise InvalidError(faults)


def _words(finding: Finding) -> str:
    line, block = finding.place.line, finding.place.block
    where = f"Line {line}: " if line else f"Block {block}: " if block else ""
    return where + finding.message
