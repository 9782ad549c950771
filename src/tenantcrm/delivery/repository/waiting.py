"""What waits: in the whole installation, as the control plane can see it, and of a tenant."""

from datetime import datetime

from msgspec import Struct

from tenantcrm.database import ControlSession, TenantSession
from tenantcrm.delivery.repository.statement import statement

_WAITING = statement(
    """
    SELECT l.kind, count(*) AS lanes, min(l.due_at) AS oldest
    FROM lanes l JOIN tenants t ON t.id = l.tenant_id
    WHERE l.due_at <= :now AND (t.state = 'active' OR l.kind = 'system')
    GROUP BY l.kind
    """
)
_UNKNOWN = statement("SELECT coalesce(sum(unknown), 0) FROM tenant_stats")
_LEAVING = statement(
    """
    SELECT count(*) FROM (
      SELECT 1 FROM deliveries
      WHERE tenant_id = :t AND kind IN ('day_zero', 'drip') AND state = 'pending'
        AND retry_at IS NULL AND NOT held AND due_at <= :now
      LIMIT :most
    ) AS due
    """
)


class Waiting(Struct, frozen=True, kw_only=True):
    """What is due of a kind, suspended tenants left out. ``oldest``: when its first fell due."""

    kind: str
    lanes: int
    oldest: datetime


async def waiting(session: ControlSession, *, now: datetime) -> list[Waiting]:
    """What is due, by kind."""
    rows = await session.execute(_WAITING, {"now": now})
    return [Waiting(**row) for row in rows.mappings()]


async def unknown(session: ControlSession) -> int:
    """Unknown mails of all tenants, as they were counted last."""
    return int((await session.execute(_UNKNOWN)).scalar_one())


async def leaving(session: TenantSession, *, now: datetime, most: int = 1_000) -> int:
    """How many mails of the tenant's campaigns are due and have not left; at most ``most``."""
    values = {"t": session.tenant_id, "now": now, "most": most}
    return int((await session.execute(_LEAVING, values)).scalar_one())
