"""What the ledger notes of people who leave."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from tenantcrm.database import TenantSession
from tenantcrm.delivery.models import Delivery


async def note_unsubscribed(
    session: TenantSession, contact_id: UUID, campaign_id: UUID, *, now: datetime
) -> None:
    """Note on the contact's last mail of a campaign that it has unsubscribed, once."""
    last = (
        select(Delivery.id)
        .where(
            Delivery.tenant_id == session.tenant_id,
            Delivery.contact_id == contact_id,
            Delivery.campaign_id == campaign_id,
            Delivery.sent_at.is_not(None),
        )
        .order_by(Delivery.at.desc(), Delivery.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    await session.execute(
        update(Delivery)
        .where(Delivery.tenant_id == session.tenant_id, Delivery.id == last)
        .where(Delivery.unsubscribed_at.is_(None))
        .values(unsubscribed_at=now, updated_at=Delivery.updated_at)
        .execution_options(synchronize_session=False)
    )


async def take_back(session: TenantSession, contact_id: UUID, *, since: datetime) -> None:
    """The contact has undone what it did at ``since``: no mail of it made anybody leave."""
    await session.execute(
        update(Delivery)
        .where(Delivery.tenant_id == session.tenant_id, Delivery.contact_id == contact_id)
        .where(Delivery.unsubscribed_at >= since)
        .values(unsubscribed_at=None, updated_at=Delivery.updated_at)
        .execution_options(synchronize_session=False)
    )
