"""Mails of several campaigns by day: the lines beside them in their list."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from tenantcrm.database import TenantSession
from tenantcrm.delivery.repository.statement import statement

_SENT = statement(
    """
    SELECT campaign_id, (slot AT TIME ZONE :zone)::date AS day, sum(mails) AS mails
    FROM send_counts
    WHERE tenant_id = :t AND campaign_id = ANY (:campaigns) AND slot >= :since
      AND state IN ('sent', 'delivered', 'bounced', 'complained')
    GROUP BY campaign_id, day
    """
)


async def sent_by_day(
    session: TenantSession, campaign_ids: Sequence[UUID], *, since: datetime, zone: str
) -> dict[UUID, dict[date, int]]:
    """What has left of each campaign by local day since then; days without any are left out."""
    values = {"t": session.tenant_id, "campaigns": list(campaign_ids), "since": since, "zone": zone}
    found: dict[UUID, dict[date, int]] = {key: {} for key in campaign_ids}
    for campaign, day, mails in (await session.execute(_SENT, values)).all():
        found[campaign][day] = int(mails)
    return found
