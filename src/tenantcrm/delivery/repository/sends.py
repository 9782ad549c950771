"""Counts of the ledger."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select

from tenantcrm.database import TenantSession
from tenantcrm.delivery.models import Delivery


class Count(NamedTuple):
    """How many mails of a message stand in a state, and of them were opened or clicked."""

    campaign_id: UUID
    message_id: UUID
    state: str
    mails: int
    opened: int
    clicked: int
    machine: int


async def counts(session: TenantSession, campaign_ids: Sequence[UUID]) -> list[Count]:
    """The mails of campaigns by message and state; ``machine``: seen by machines alone."""
    columns = (Delivery.campaign_id, Delivery.message_id, Delivery.state)
    by_machines = func.count(Delivery.machine_at).filter(
        Delivery.opened_at.is_(None), Delivery.clicked_at.is_(None)
    )
    query = (
        select(
            *columns,
            func.count(),
            func.count(Delivery.opened_at),
            func.count(Delivery.clicked_at),
            by_machines,
        )
        .where(
            Delivery.tenant_id == session.tenant_id,
            Delivery.campaign_id.in_(campaign_ids),
            Delivery.message_id.is_not(None),
        )
        .group_by(*columns)
    )
    return [
        Count(campaign, message, state, mails, opened, clicked, machine)
        for campaign, message, state, mails, opened, clicked, machine in await session.execute(
            query
        )
        if campaign is not None and message is not None
    ]


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
