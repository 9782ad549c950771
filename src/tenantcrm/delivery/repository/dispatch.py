"""What the dispatcher asks the control plane: who has something due. Never what."""

from datetime import datetime
from uuid import UUID

from tenantcrm.database import ControlSession
from tenantcrm.delivery.lanes import DueLane
from tenantcrm.delivery.repository.statement import statement

_DUE_LANES = statement(
    """
    SELECT l.tenant_id, l.kind, l.due_at, l.virtual_time, t.send_rate AS rate,
      (SELECT max(virtual_time) FROM lanes WHERE leased_until IS NOT NULL) AS furthest
    FROM lanes l JOIN tenants t ON t.id = l.tenant_id
    WHERE l.due_at <= :now AND (l.retry_at IS NULL OR l.retry_at <= :real)
      AND (t.state = 'active' OR l.kind = 'system')
    ORDER BY CASE l.kind WHEN 'system' THEN 0 WHEN 'test' THEN 1 ELSE 2 END,
      l.virtual_time, l.due_at
    LIMIT :most
    """
)
_FURTHEST = statement("SELECT coalesce(max(virtual_time), 0) FROM lanes")
_REST = statement("UPDATE lanes SET retry_at = :until WHERE tenant_id = :t AND kind = :kind")
_EXPIRED = statement(
    """
    SELECT DISTINCT tenant_id FROM (
      SELECT tenant_id FROM lanes WHERE leased_until < :real ORDER BY leased_until LIMIT :most
    ) AS looked
    """
)
_DUE_SCANS = statement(
    """
    SELECT s.tenant_id FROM scan_schedules s JOIN tenants t ON t.id = s.tenant_id
    WHERE s.scan_at <= :now AND t.state = 'active'
    ORDER BY s.scan_at LIMIT :most
    """
)
_STALEST = statement(
    """
    SELECT t.id FROM tenants t LEFT JOIN tenant_stats s ON s.tenant_id = t.id
    WHERE s.counted_at IS NULL OR s.counted_at < :before
    ORDER BY s.counted_at NULLS FIRST LIMIT :most
    """
)


async def due_lanes(
    session: ControlSession, *, now: datetime, real_now: datetime, most: int
) -> list[DueLane]:
    """Lanes that have something due and do not rest, in about the order of :mod:`lanes`."""
    values = {"now": now, "real": real_now, "most": most}
    return [DueLane(*row) for row in (await session.execute(_DUE_LANES, values)).all()]


async def furthest(session: ControlSession) -> float:
    """The virtual time of the lane that was served most, for a process that has just begun."""
    return float((await session.execute(_FURTHEST)).scalar_one())


async def rest(session: ControlSession, lane: DueLane, until: datetime) -> None:
    """Leave a lane alone until then (machine time)."""
    await session.execute(_REST, {"t": lane.tenant_id, "kind": lane.kind, "until": until})


async def with_leases_over(session: ControlSession, *, real_now: datetime, most: int) -> list[UUID]:
    """Tenants of which a lease may be over."""
    rows = await session.execute(_EXPIRED, {"real": real_now, "most": most})
    return list(rows.scalars())


async def due_scans(session: ControlSession, *, now: datetime, most: int) -> list[UUID]:
    """Tenants that have a scan due, the longest waiting first; suspended ones are left out."""
    rows = await session.execute(_DUE_SCANS, {"now": now, "most": most})
    return list(rows.scalars())


async def stalest(session: ControlSession, *, before: datetime, most: int) -> list[UUID]:
    """Tenants whose counts are older than ``before``, the oldest first."""
    rows = await session.execute(_STALEST, {"before": before, "most": most})
    return list(rows.scalars())
