"""A tenant's lanes: what the dispatcher knows of its queues.

Whoever changes what waits changes the lane last, and whoever works out what waits locks the lane
first: a later statement then sees all that earlier holders of the lock have committed.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from tenantcrm.database import TenantSession
from tenantcrm.delivery.models import Lane
from tenantcrm.delivery.repository.ledger import READY
from tenantcrm.delivery.repository.statement import statement

CAMPAIGNS = "tenant_id = :t AND kind IN ('day_zero', 'drip')"
PACE_SECONDS = 10.0
"""The pace of a lane is what it was served lately, fading away in about so long."""

_LOCK = statement(
    "SELECT 1 FROM lanes WHERE tenant_id = :t AND kind = :kind FOR UPDATE SKIP LOCKED"
)
_LOCK_CAMPAIGNS = statement(
    f"""
    SELECT (SELECT count(*) FROM lanes WHERE {CAMPAIGNS}) = (SELECT count(*) FROM (
      SELECT 1 FROM lanes WHERE {CAMPAIGNS} ORDER BY kind FOR UPDATE SKIP LOCKED) AS mine)
    """  # noqa: S608 - the only thing put in is a constant
)
_LOCK_ALL = statement("SELECT 1 FROM lanes WHERE tenant_id = :t ORDER BY kind FOR UPDATE")
_WAKE = statement(
    """
    INSERT INTO lanes (tenant_id, kind, due_at, virtual_time) VALUES (:t, :kind, :due, 0)
    ON CONFLICT (tenant_id, kind) DO UPDATE
    SET due_at = least(lanes.due_at, excluded.due_at), retry_at = NULL
    """
)
_SERVED = statement(
    f"""
    UPDATE lanes SET leased_until = coalesce(leased_until, :lease),
      virtual_time = CASE WHEN :mails > 0 THEN greatest(virtual_time, :start) + :mails
        ELSE virtual_time END,
      pace = CASE WHEN :mails > 0 THEN :mails / {PACE_SECONDS} + pace * exp(-least(50,
          extract(epoch FROM :real - coalesce(served_at, :real)) / {PACE_SECONDS})) ELSE pace END,
      served_at = CASE WHEN :mails > 0 THEN :real ELSE served_at END,
      parked = NULL, parked_until = NULL,
      due_at = coalesce(next.due_at, CASE WHEN next.rested IS NOT NULL OR next.held THEN :now END),
      retry_at = CASE WHEN next.due_at IS NOT NULL THEN :rest
        ELSE least(next.rested, CASE WHEN next.held THEN :look END) END
    FROM (SELECT
      (SELECT due_at FROM deliveries WHERE {READY} ORDER BY due_at, id LIMIT 1) AS due_at,
      (SELECT retry_at FROM deliveries
       WHERE tenant_id = :t AND kind = :kind AND state = 'pending' AND retry_at IS NOT NULL
       ORDER BY retry_at LIMIT 1) AS rested,
      EXISTS (SELECT 1 FROM deliveries WHERE tenant_id = :t AND kind = :kind AND held) AS held
    ) AS next
    WHERE lanes.tenant_id = :t AND lanes.kind = :kind
    """  # noqa: S608 - only constants are put in
)
_PARK = statement(
    f"UPDATE lanes SET parked = :parked, parked_until = :until WHERE {CAMPAIGNS}"  # noqa: S608 - as above
)
_RESUMED = statement(
    """
    UPDATE lanes SET retry_at = NULL
    WHERE tenant_id = :t AND retry_at IS NOT NULL AND EXISTS (
      SELECT 1 FROM deliveries d
      WHERE d.tenant_id = :t AND d.kind = lanes.kind AND d.held AND d.campaign_id = ANY (ARRAY(
        SELECT id FROM campaigns WHERE tenant_id = :t AND state = 'active')))
    RETURNING kind
    """
)
_LOOKED = statement(
    """
    UPDATE lanes SET leased_until = (
      SELECT min(lease_until) FROM deliveries d
      WHERE d.tenant_id = :t AND d.kind = lanes.kind AND d.lease_until IS NOT NULL)
    WHERE tenant_id = :t AND leased_until < :real
    """
)

_AHEAD = f"SELECT 1 FROM deliveries WHERE {READY} AND (due_at, id) < (:due, :edge)"  # noqa: S608 - as above
_COUNT_AHEAD = statement(
    f"SELECT count(*) FROM ({_AHEAD} LIMIT :most) AS ahead"  # noqa: S608 - as above
)
_GUESS_AHEAD = statement(f"EXPLAIN (FORMAT JSON) {_AHEAD}")


async def find(session: TenantSession, kind: str) -> Lane | None:
    """A lane of the tenant; None: nothing of the kind was ever due."""
    return await session.get(Lane, (session.tenant_id, kind))


async def ahead(
    session: TenantSession, kind: str, *, due_at: datetime, mail_id: UUID, most: int
) -> int:
    """How many mails of a lane leave before this one; no more than ``most`` are counted."""
    values = {"t": session.tenant_id, "kind": kind, "due": due_at, "edge": mail_id, "most": most}
    return int((await session.execute(_COUNT_AHEAD, values)).scalar_one())


async def about_ahead(session: TenantSession, kind: str, due_at: datetime, mail_id: UUID) -> int:
    """About how many, as PostgreSQL's planner guesses: it costs the same for any number."""
    values = {"t": session.tenant_id, "kind": kind, "due": due_at, "edge": mail_id}
    plan = (await session.execute(_GUESS_AHEAD, values)).scalar_one()
    return int(plan[0]["Plan"]["Plan Rows"])


async def lock(session: TenantSession, kind: str) -> bool:
    """Hold the lane until the end of the transaction; False when somebody else does."""
    rows = await session.execute(_LOCK, {"t": session.tenant_id, "kind": kind})
    return rows.first() is not None


async def lock_campaigns(session: TenantSession) -> bool:
    """Hold both lanes of campaigns; False when somebody else holds one of them."""
    rows = await session.execute(_LOCK_CAMPAIGNS, {"t": session.tenant_id})
    return bool(rows.scalar_one())


async def park(session: TenantSession, rule: str, until: datetime) -> None:
    """Leave the lanes of campaigns, which are held, alone until then (business time)."""
    await session.execute(_PARK, {"t": session.tenant_id, "parked": rule, "until": until})


async def lock_all(session: TenantSession) -> None:
    """Hold all lanes of the tenant, waiting for whoever has them."""
    await session.execute(_LOCK_ALL, {"t": session.tenant_id})


async def wake(session: TenantSession, due: Mapping[str, datetime]) -> None:
    """Mails wait: by kind, the earliest time that one is due. The last thing of a transaction."""
    for kind in sorted(due):
        await session.execute(_WAKE, {"t": session.tenant_id, "kind": kind, "due": due[kind]})


async def note_served(
    session: TenantSession,
    kind: str,
    *,
    start: float,
    mails: int,
    now: datetime,
    real: datetime,
    lease: datetime | None,
    rest: datetime | None,
    look: datetime,
) -> None:
    """Note what a locked lane was served and what waits in it now.

    Args:
        session: of the tenant.
        kind: the lane.
        start: the virtual time of its class.
        mails: how many were claimed.
        now: business time, when something waits that is not ready.
        real: machine time.
        lease: until when mails of it were claimed; None: none were.
        rest: machine time before which it is not looked at, although something is ready.
        look: machine time at which to look whether a paused campaign is active again.
    """
    values = {"t": session.tenant_id, "kind": kind, "start": start, "mails": mails, "now": now}
    values |= {"real": real, "lease": lease, "rest": rest, "look": look}
    await session.execute(_SERVED, values)


async def note_resumed(session: TenantSession) -> bool:
    """Have lanes looked at in which something is held for a campaign that is active again."""
    rows = await session.execute(_RESUMED, {"t": session.tenant_id})
    return rows.first() is not None


async def note_leases(session: TenantSession, *, real_now: datetime) -> None:
    """Note when to look at leases again, in lanes that are locked and were looked at now."""
    await session.execute(_LOOKED, {"t": session.tenant_id, "real": real_now})
