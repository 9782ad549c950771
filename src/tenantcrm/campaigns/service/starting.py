"""A campaign from one of the sequences that come with the product."""

import asyncio

from tenantcrm.campaigns.repository import campaigns
from tenantcrm.campaigns.schemas import CampaignView
from tenantcrm.campaigns.senders import SenderCheck
from tenantcrm.campaigns.service.edit import create
from tenantcrm.campaigns.starters import new_campaign, starters
from tenantcrm.database import TenantSession
from tenantcrm.errors import NotFoundError


async def start_from(
    session: TenantSession, key: str, *, senders: SenderCheck, actor: str
) -> CampaignView:
    """Make a draft of a sequence, with a key that is free.

    Raises:
        NotFoundError: there is no such sequence.
    """
    for starter in await asyncio.to_thread(starters):
        if starter.key == key:
            new = new_campaign(starter, await campaigns.keys(session))
            return await create(session, new, senders=senders, actor=actor)
    raise NotFoundError
