"""A tenant's counts, which it publishes to the operator: no row of them names anybody."""

from datetime import datetime, timedelta

from tenantcrm.database import TenantSession
from tenantcrm.delivery.repository.statement import statement

_COUNT = statement(
    """
    INSERT INTO tenant_stats (tenant_id, contacts, campaigns, active_campaigns, sent,
      sent_last_day, pending, failed, unknown, counted_at)
    SELECT :t,
      (SELECT count(*) FROM contacts WHERE tenant_id = :t AND mode = 'live'),
      c.campaigns, c.active, d.sent, d.sent_last_day, d.pending, d.failed, d.unknown, :now
    FROM (
      SELECT count(*) AS campaigns, count(*) FILTER (WHERE state = 'active') AS active
      FROM campaigns WHERE tenant_id = :t AND state <> 'archived'
    ) AS c, (
      SELECT
        count(*) FILTER (WHERE sent_at IS NOT NULL) AS sent,
        count(*) FILTER (WHERE sent_at > :before) AS sent_last_day,
        count(*) FILTER (WHERE state IN ('pending', 'claimed', 'sending')) AS pending,
        count(*) FILTER (WHERE state = 'failed') AS failed,
        count(*) FILTER (WHERE state = 'unknown') AS unknown
      FROM deliveries WHERE tenant_id = :t AND kind <> 'system'
    ) AS d
    ON CONFLICT (tenant_id) DO UPDATE SET
      contacts = excluded.contacts, campaigns = excluded.campaigns,
      active_campaigns = excluded.active_campaigns, sent = excluded.sent,
      sent_last_day = excluded.sent_last_day, pending = excluded.pending,
      failed = excluded.failed, unknown = excluded.unknown, counted_at = excluded.counted_at
    """
)


async def count(session: TenantSession, *, now: datetime) -> None:
    """Count the tenant's contacts, campaigns and mails, and keep the counts."""
    values = {"t": session.tenant_id, "now": now, "before": now - timedelta(days=1)}
    await session.execute(_COUNT, values)
