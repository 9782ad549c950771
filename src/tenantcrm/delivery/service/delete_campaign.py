"""Delete a campaign with what waits of it."""

from uuid import UUID

from tenantcrm import clock
from tenantcrm.campaigns import service as campaigns
from tenantcrm.database import TenantSession
from tenantcrm.delivery.repository import entries


async def delete_campaign(session: TenantSession, campaign_id: UUID, *, actor: str) -> None:
    """Delete a campaign. What of it has not been handed to SES is skipped; what was sent stays.

    Raises:
        NotFoundError: there is none.
    """
    gone = await campaigns.delete(session, campaign_id, actor=actor)
    if not gone:
        await entries.stop_campaign(
            session, campaign_id, reason="campaign_deleted", now=clock.now()
        )
