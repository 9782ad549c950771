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
        coalesce(sum(mails) FILTER (WHERE state IN ('sent', 'delivered', 'bounced', 'complained')),
          0) AS sent,
        coalesce(sum(mails) FILTER (WHERE state IN ('sent', 'delivered', 'bounced', 'complained')
          AND slot > :before), 0) AS sent_last_day,
        coalesce(sum(mails) FILTER (WHERE state = 'waiting'), 0) AS pending,
        coalesce(sum(mails) FILTER (WHERE state = 'failed'), 0) AS failed,
        coalesce(sum(mails) FILTER (WHERE state = 'unknown'), 0) AS unknown
      FROM send_counts WHERE tenant_id = :t
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
