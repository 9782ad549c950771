"""Make a campaign again what it was."""

from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from tenantcrm.campaigns.repository import campaigns
from tenantcrm.campaigns.schemas import CampaignView
from tenantcrm.campaigns.senders import SenderCheck
from tenantcrm.campaigns.service import versions
from tenantcrm.campaigns.service.edit import change
from tenantcrm.campaigns.service.read import found
from tenantcrm.campaigns.states import PastPolicy
from tenantcrm.database import TenantSession


async def restore(
    session: TenantSession,
    campaign_id: UUID,
    version: int,
    *,
    edited: int | UnsetType = UNSET,
    past_messages: PastPolicy | UnsetType = UNSET,
    senders: SenderCheck,
    actor: str,
    ask: bool = False,
    ask_leaving: bool = False,
    now: datetime | None = None,
) -> CampaignView:
    """Make a campaign what it was in a version, as a new version.

    ``edited``: the version that was the newest for whoever asks; UNSET: whatever is stored.

    Raises:
        NotFoundError: there is no such campaign or version.
        InvalidError, NotReadyError, UndecidedError: as of :func:`change`.
        StaleVersionError: ``edited`` is given and another version was saved since.
    """
    # Held from here on, so that the messages that are found are those that are changed.
    found(await campaigns.lock(session, campaign_id))
    changes = await versions.changes_to(session, campaign_id, version)
    changes = msgspec.structs.replace(changes, past_messages=past_messages, version=edited)
    return await change(
        session,
        campaign_id,
        changes,
        senders=senders,
        actor=actor,
        action="restored",
        ask=ask,
        ask_leaving=ask_leaving,
        now=now,
    )
