"""What the dispatcher asks the control plane: who has something due. Never what."""

from datetime import datetime
from uuid import UUID

from tenantcrm.database import ControlSession
from tenantcrm.delivery.allowances import Hour
from tenantcrm.delivery.lanes import DueLane
from tenantcrm.delivery.repository.statement import statement

_DUE_LANES = statement(
    """
    SELECT due.tenant_id, due.kind, due.due_at, due.virtual_time, due.rate,
      (SELECT max(virtual_time) FROM lanes f
       WHERE f.kind = due.kind AND f.leased_until IS NOT NULL) AS furthest,
      due.daily_cap, due.warm_up_from
    FROM (VALUES ('system'), ('test'), ('day_zero'), ('drip')) AS k (kind), LATERAL (
      SELECT l.tenant_id, l.kind, l.due_at, l.virtual_time, t.send_rate AS rate, t.daily_cap,
        t.warm_up_from
      FROM lanes l JOIN tenants t ON t.id = l.tenant_id
      WHERE l.kind = k.kind AND l.due_at <= :now AND (l.retry_at IS NULL OR l.retry_at <= :real)
        AND (l.parked_until IS NULL OR l.parked_until <= :now)
        AND (l.kind = 'system' OR t.state = 'active')
        AND (l.kind IN ('system', 'test') OR t.standing <> 'paused')
      ORDER BY l.virtual_time, l.due_at
      LIMIT :most
    ) AS due
    """
)
_FURTHEST = statement("SELECT kind, max(virtual_time) FROM lanes GROUP BY kind")
_PARK_ALL = statement(
    """
    UPDATE lanes SET parked = 'account_quota', parked_until = :until
    WHERE kind <> 'system' AND due_at <= :now AND (parked_until IS NULL OR parked_until <= :now)
    """
)
_UNPARK_ALL = statement(
    "UPDATE lanes SET parked = NULL, parked_until = NULL WHERE parked = 'account_quota'"
)
_UNPARK = statement("UPDATE lanes SET parked = NULL, parked_until = NULL WHERE tenant_id = :t")
_ASKED = statement("SELECT hour, sum(asked) FROM sending_hours WHERE hour >= :since GROUP BY hour")
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
    """Lanes that have something due, do not rest and are not parked: ``most`` of each kind."""
    values = {"now": now, "real": real_now, "most": most}
    return [DueLane(*row) for row in (await session.execute(_DUE_LANES, values)).all()]


async def furthest(session: ControlSession) -> dict[str, float]:
    """The virtual time of the lane of each kind that was served most, for a process that begins."""
    return {kind: float(served) for kind, served in (await session.execute(_FURTHEST)).all()}


async def asked(session: ControlSession, *, since: datetime) -> list[Hour]:
    """What all tenants asked for, by the hour, since an hour."""
    rows = await session.execute(_ASKED, {"since": since})
    return [Hour(hour, int(mails)) for hour, mails in rows.all()]


async def park_all(session: ControlSession, *, until: datetime, now: datetime) -> None:
    """Leave every lane alone until then (business time) but those of system mail."""
    await session.execute(_PARK_ALL, {"until": until, "now": now})


async def unpark_all(session: ControlSession) -> None:
    """The account's quota is no longer used up."""
    await session.execute(_UNPARK_ALL)


async def unpark(session: ControlSession, tenant_id: UUID) -> None:
    """Look at a tenant's lanes again: its allowances have changed."""
    await session.execute(_UNPARK, {"t": tenant_id})


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
