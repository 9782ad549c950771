"""Delete a campaign with what waits of it."""

from uuid import UUID

from tenantcrm import clock
from tenantcrm.campaigns import service as campaigns
from tenantcrm.database import TenantSession
from tenantcrm.delivery.repository import stopping


async def delete_campaign(session: TenantSession, campaign_id: UUID, *, actor: str) -> None:
    """Delete a campaign. What of it has not been handed to SES is skipped; what was sent stays.

    Raises:
        NotFoundError: there is none.
    """
    # Mails before enrolments, as whoever leaves takes them: in the other order an erasure and a
    # deletion could wait for each other. A scan that ends meanwhile may have entered more mails.
    await _stop(session, campaign_id)
    if not await campaigns.delete(session, campaign_id, actor=actor):
        await _stop(session, campaign_id)


async def _stop(session: TenantSession, campaign_id: UUID) -> None:
    await stopping.stop_campaign(session, campaign_id, reason="campaign_deleted", now=clock.now())
