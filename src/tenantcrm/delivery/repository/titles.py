"""What the messages of a campaign are called, those included that are no longer in use."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select

from tenantcrm.campaigns.models import Message
from tenantcrm.database import TenantSession


class Title(Struct, frozen=True, kw_only=True):
    """A message by name. ``retired_at``: since when it is not in use; None: it is."""

    id: UUID
    key: str
    subject: str
    send_day: int
    retired_at: datetime | None


async def of_campaign(session: TenantSession, campaign_id: UUID) -> list[Title]:
    """Its messages in the order of their days; what is no longer in use comes last."""
    query = (
        select(Message.id, Message.key, Message.subject, Message.send_day, Message.retired_at)
        .where(Message.tenant_id == session.tenant_id, Message.campaign_id == campaign_id)
        .order_by(Message.retired_at.is_not(None), Message.send_day, Message.id)
    )
    return [Title(**row) for row in (await session.execute(query)).mappings()]
