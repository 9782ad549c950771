"""The ledger's moves, each as one statement for a whole batch.

A mail's holder is known by the fence, which grows with every claim: whoever comes with an older
one moves nothing. Rows are locked in the order of their ids wherever they are locked as a set.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tenantcrm.database import TenantSession
from tenantcrm.delivery.repository.statement import statement
from tenantcrm.delivery.schemas import Claimed, Facts, Moved, Settlement
from tenantcrm.delivery.states import State

AT_ONCE = 5_000
"""Rows that one sweep moves: no transaction grows with what waits."""
READY = "tenant_id = :t AND kind = :kind AND state = 'pending' AND retry_at IS NULL AND NOT held"

_RETURN = statement(
    """
    WITH rested AS (
      UPDATE deliveries SET retry_at = NULL
      WHERE tenant_id = :t AND id IN (
        SELECT id FROM deliveries
        WHERE tenant_id = :t AND kind = :kind AND state = 'pending' AND retry_at <= :real
        LIMIT :most FOR UPDATE SKIP LOCKED)
    ), resumed AS (
      UPDATE deliveries SET held = false
      WHERE tenant_id = :t AND id IN (
        SELECT id FROM deliveries
        WHERE tenant_id = :t AND kind = :kind AND held AND campaign_id = ANY (ARRAY(
          SELECT id FROM campaigns WHERE tenant_id = :t AND state = 'active'))
        LIMIT :most FOR UPDATE SKIP LOCKED)
    )
    SELECT 1
    """
)
_CLAIM = statement(
    f"""
    WITH due AS (
      SELECT id, coalesce(late_at < :now, false) AS late FROM deliveries
      WHERE {READY} AND due_at <= :now
      ORDER BY due_at, id LIMIT :most FOR UPDATE SKIP LOCKED)
    UPDATE deliveries d SET
      state = CASE WHEN due.late THEN 'skipped' ELSE 'claimed' END,
      reason = CASE WHEN due.late THEN 'late' ELSE d.reason END,
      lease_until = CASE WHEN due.late THEN NULL ELSE :lease END,
      worker = :worker, fence = d.fence + 1, updated_at = :now
    FROM due WHERE d.tenant_id = :t AND d.id = due.id
    RETURNING d.id, d.fence, d.state, d.due_at
    """  # noqa: S608 - the only thing put in is a constant of this module
)
_SKIP_LATE = statement(
    f"""
    UPDATE deliveries SET state = 'skipped', reason = 'late', updated_at = :now
    WHERE tenant_id = :t AND id IN (
      SELECT id FROM (
        SELECT id, late_at FROM deliveries WHERE {READY} AND due_at <= :now
        ORDER BY due_at, id LIMIT :most FOR UPDATE SKIP LOCKED) AS head
      WHERE late_at < :now)
    """  # noqa: S608 - as above
)
_FACTS = statement(
    """
    SELECT d.id, d.fence, d.kind, d.attempts, d.late_at, d.recipient, d.content,
      d.campaign_id, d.message_id, d.contact_id,
      c.email, c.name, c.attributes, c.timezone, c.status, c.paused_until,
      c.email_hash,
      s.reason AS suppressed,
      g.state AS campaign_state, g.name AS campaign_name, g.timezone AS campaign_timezone,
      g.sender_name, g.sender_email,
      coalesce(g.track_opens, false) AS track_opens,
      coalesce(g.track_clicks, false) AS track_clicks,
      e.state AS enrollment_state, m.version AS message_version,
      m.retired_at IS NOT NULL AS retired, d.due_at, d.entry, coalesce(m.send_day, 0) AS send_day,
      g.preferred_send_time AS at, g.late_limit_hours, g.day_zero, g.late_action, g.zone_mode,
      g.skip_weekdays, g.skip_dates, g.anchor
    FROM deliveries d
    LEFT JOIN contacts c ON c.tenant_id = d.tenant_id AND c.id = d.contact_id
    LEFT JOIN suppressions s
      ON s.tenant_id = c.tenant_id AND s.mode = c.mode AND s.email_hash = c.email_hash
    LEFT JOIN campaigns g ON g.tenant_id = d.tenant_id AND g.id = d.campaign_id
    LEFT JOIN enrollments e ON e.tenant_id = d.tenant_id
      AND e.campaign_id = d.campaign_id AND e.contact_id = d.contact_id AND e.entry = d.entry
    LEFT JOIN messages m ON m.tenant_id = d.tenant_id AND m.id = d.message_id
    WHERE d.tenant_id = :t AND d.id = ANY (:ids)
      AND d.state = 'claimed' AND d.worker = :worker
    ORDER BY d.id FOR UPDATE OF d
    """
)
_BEGIN = statement(
    """
    UPDATE deliveries SET state = 'sending', attempts = attempts + 1, lease_until = :lease,
      asked_at = :now, updated_at = :now
    WHERE tenant_id = :t AND id = ANY (:ids) AND state = 'claimed'
    """
)
_SETTLE = statement(
    """
    UPDATE deliveries d SET state = x.state, reason = x.reason, detail = x.detail,
      ses_message_id = coalesce(x.ses, d.ses_message_id),
      sent_at = CASE WHEN x.state = 'sent' THEN :now ELSE d.sent_at END,
      retry_at = x.retry_at, held = x.held, lease_until = NULL, updated_at = :now,
      due_at = coalesce(x.due_at, d.due_at),
      late_at = CASE WHEN x.due_at IS NULL THEN d.late_at ELSE x.late_at END
    FROM unnest(:ids, :fences, :states,
      :reasons, :details, :ses,
      :retries, :held, :dues, :lates)
      AS x (id, fence, state, reason, detail, ses, retry_at, held, due_at, late_at)
    WHERE d.tenant_id = :t AND d.id = x.id AND d.fence = x.fence
      AND d.state = ANY (:old)
    RETURNING d.id, d.kind, d.state, d.due_at, d.asked_at
    """
)
_RESCUE = statement(
    """
    WITH gone AS (
      SELECT id FROM deliveries WHERE tenant_id = :t AND lease_until < :real
      ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED)
    UPDATE deliveries d SET
      state = CASE d.state WHEN 'claimed' THEN 'pending' ELSE 'unknown' END,
      reason = CASE d.state WHEN 'claimed' THEN d.reason ELSE 'lease_over' END,
      lease_until = NULL, updated_at = :now
    FROM gone WHERE d.tenant_id = :t AND d.id = gone.id
    RETURNING d.id, d.kind, d.state, d.due_at, d.asked_at
    """
)
_HOLDERS = statement(
    "SELECT DISTINCT worker FROM deliveries WHERE tenant_id = :t AND lease_until IS NOT NULL"
)
_END = statement(
    """
    UPDATE deliveries SET lease_until = :before
    WHERE tenant_id = :t AND lease_until IS NOT NULL AND worker = ANY (:workers)
    """
)
_HOLD = statement(
    f"""
    UPDATE deliveries SET held = true
    WHERE tenant_id = :t AND id IN (
      SELECT id FROM deliveries
      WHERE {READY} AND campaign_id = ANY (:campaigns)
      LIMIT :most FOR UPDATE SKIP LOCKED)
    """  # noqa: S608 - as above
)


async def put_back(session: TenantSession, kind: str, *, real_now: datetime) -> None:
    """Return to the queue what has rested, and what was held for a campaign that is active now."""
    await session.execute(
        _RETURN, {"t": session.tenant_id, "kind": kind, "real": real_now, "most": AT_ONCE}
    )


async def claim(
    session: TenantSession,
    kind: str,
    *,
    most: int,
    worker: str,
    now: datetime,
    lease: datetime,
) -> list[Claimed]:
    """Claim what is due, the longest due first; of that, skip what is too late to be sent."""
    values = {"t": session.tenant_id, "kind": kind, "most": most, "worker": worker}
    rows = (await session.execute(_CLAIM, values | {"now": now, "lease": lease})).all()
    if any(row.state == State.SKIPPED for row in rows):
        # One late mail is the sign of a pause or an outage: there may be very many.
        late = {"t": session.tenant_id, "kind": kind, "now": now, "most": AT_ONCE}
        await session.execute(_SKIP_LATE, late)
    mine = [row for row in rows if row.state == State.CLAIMED]
    return [Claimed(row.id, row.fence) for row in sorted(mine, key=lambda row: row.due_at)]


async def facts(session: TenantSession, claimed: Sequence[Claimed], *, worker: str) -> list[Facts]:
    """What preflight must know of the mails that are still this worker's; locks them."""
    fences = {mail.id: mail.fence for mail in claimed}
    values = {"t": session.tenant_id, "ids": list(fences), "worker": worker}
    rows = (await session.execute(_FACTS, values)).mappings()
    found = [Facts.of(dict(row)) for row in rows]
    return [mail for mail in found if mail.fence == fences[mail.id]]


async def begin(
    session: TenantSession, ids: Sequence[UUID], *, now: datetime, lease: datetime
) -> None:
    """Mark mails that :func:`facts` has locked as being sent."""
    values = {"t": session.tenant_id, "ids": list(ids), "now": now, "lease": lease}
    await session.execute(_BEGIN, values)


async def settle(
    session: TenantSession,
    settlements: Sequence[Settlement],
    *,
    old: Sequence[State],
    now: datetime,
) -> list[Moved]:
    """Move the mails that are in one of the ``old`` states and still have the holder's fence."""
    values: dict[str, Any] = {
        "t": session.tenant_id,
        "now": now,
        "old": list(old),
        "ids": [s.id for s in settlements],
        "fences": [s.fence for s in settlements],
        "states": [s.state for s in settlements],
        "reasons": [s.reason for s in settlements],
        "details": [s.detail for s in settlements],
        "ses": [s.ses_message_id for s in settlements],
        "retries": [s.retry_at for s in settlements],
        "held": [s.held for s in settlements],
        "dues": [s.due_at for s in settlements],
        "lates": [s.late_at for s in settlements],
    }
    rows = await session.execute(_SETTLE, values)
    return [Moved(**row) for row in rows.mappings()]


async def rescue(session: TenantSession, *, now: datetime, real_now: datetime) -> list[Moved]:
    """Take mails from holders whose lease is over. What may have been sent becomes unknown."""
    values = {"t": session.tenant_id, "now": now, "real": real_now, "most": AT_ONCE}
    return [Moved(**row) for row in (await session.execute(_RESCUE, values)).mappings()]


async def holders(session: TenantSession) -> list[str]:
    """The workers that have a lease on a mail of the tenant."""
    rows = (await session.execute(_HOLDERS, {"t": session.tenant_id})).scalars()
    return [worker for worker in rows if worker]


async def end_leases(session: TenantSession, workers: Sequence[str], *, before: datetime) -> None:
    """End the leases of workers that are known to be gone; ``before``: a time that has passed."""
    values = {"t": session.tenant_id, "workers": list(workers), "before": before}
    await session.execute(_END, values)


async def hold(session: TenantSession, kind: str, campaigns: Sequence[UUID]) -> None:
    """Take what waits for these campaigns out of the queue."""
    values = {"t": session.tenant_id, "kind": kind, "campaigns": list(campaigns)}
    await session.execute(_HOLD, values | {"most": AT_ONCE})
