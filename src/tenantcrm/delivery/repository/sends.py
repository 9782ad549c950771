"""Counts of the ledger."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from tenantcrm.database import TenantSession
from tenantcrm.delivery.models import Delivery


async def counts(
    session: TenantSession, campaign_ids: Sequence[UUID]
) -> list[tuple[UUID, UUID, str, int]]:
    """Campaign, message, state and number of mails."""
    columns = (Delivery.campaign_id, Delivery.message_id, Delivery.state)
    query = (
        select(*columns, func.count())
        .where(Delivery.tenant_id == session.tenant_id, Delivery.campaign_id.in_(campaign_ids))
        .group_by(*columns)
    )
    rows = (await session.execute(query)).all()
    return [(c, m, state, n) for c, m, state, n in rows if c is not None and m is not None]


async def sent_times(
    session: TenantSession, *, since: datetime, zone: str
) -> list[tuple[str, int]]:
    """Local dates (ISO 8601, in ``zone``) and how many mails SES accepted on each."""
    day = func.to_char(func.timezone(zone, Delivery.sent_at), "YYYY-MM-DD")
    query = (
        select(day, func.count())
        .where(Delivery.tenant_id == session.tenant_id, Delivery.sent_at >= since)
        .group_by(day)
    )
    return [(text, n) for text, n in (await session.execute(query)).all()]
