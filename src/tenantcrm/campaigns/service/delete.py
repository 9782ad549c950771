"""Delete a campaign, or put it away where mail has gone out from it."""

from uuid import UUID

from tenantcrm import clock
from tenantcrm.campaigns.repository import campaigns, endings
from tenantcrm.campaigns.repository import schedule as schedules
from tenantcrm.campaigns.service.auditing import note
from tenantcrm.campaigns.service.read import found
from tenantcrm.campaigns.states import CampaignState
from tenantcrm.contacts.service import record
from tenantcrm.database import TenantSession

REASON = "campaign_deleted"


async def delete(session: TenantSession, campaign_id: UUID, *, actor: str) -> bool:
    """Delete a campaign; True: it is gone, False: it is archived, because the ledger knows of it.

    Either way it is not found any more. What of an archived one waits to be sent is delivery's to
    skip: ``delivery.service`` deletes campaigns for the web, and calls this.

    Raises:
        NotFoundError: there is none.
    """
    now = clock.now()
    campaign = found(await campaigns.lock(session, campaign_id))
    await note(session, campaign, "deleted", actor)
    gone = await campaigns.remove(session, campaign)
    if not gone:
        campaign.state = CampaignState.ARCHIVED
        campaign.next_scan_at = campaign.starts_at = campaign.put_away_at = None
        await session.flush()
        await endings.end(session, reason=REASON, now=now, campaign_id=campaign_id)
        await record(session, "campaign_deleted", at=now, actor=actor, campaign_id=campaign_id)
    await schedules.refresh(session)
    return gone
