"""What mails are made from."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from tenantcrm.campaigns.models import Message
from tenantcrm.database import TenantSession


async def messages(session: TenantSession, message_ids: Sequence[UUID]) -> dict[UUID, Message]:
    """The messages with their templates."""
    if not message_ids:
        return {}
    query = select(Message).where(
        Message.tenant_id == session.tenant_id, Message.id.in_(message_ids)
    )
    return {message.id: message for message in (await session.execute(query)).scalars()}
