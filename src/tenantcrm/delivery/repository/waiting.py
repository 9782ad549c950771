"""What waits in the whole installation, as the control plane can see it: counts, no mail."""

from datetime import datetime

from msgspec import Struct

from tenantcrm.database import ControlSession
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
