"""What tenants' mails have come to lately, for their standing. On the control plane."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tenantcrm.database import ControlSession
from tenantcrm.delivery.repository.statement import statement
from tenantcrm.delivery.reputation import Counts, Verdict

_COUNTS = statement(
    """
    SELECT t.id, t.standing, t.standing_reason, sum(h.asked), sum(h.hard_bounced),
      sum(h.complained)
    FROM tenants t JOIN sending_hours h ON h.tenant_id = t.id
    WHERE h.hour >= :since AND (t.forgiven_at IS NULL OR h.hour > t.forgiven_at)
      AND h.kind IN ('day_zero', 'drip') AND t.standing <> 'paused'
    GROUP BY t.id
    """
)
_QUIET = statement(
    """
    UPDATE tenants t SET standing = 'good', standing_reason = '', standing_since = :now
    WHERE t.standing = 'warned' AND NOT EXISTS (
      SELECT 1 FROM sending_hours h WHERE h.tenant_id = t.id AND h.hour >= :since
        AND (t.forgiven_at IS NULL OR h.hour > t.forgiven_at))
    """
)
_CHANGE = statement(
    """
    UPDATE tenants t SET standing = x.standing, standing_reason = x.reason,
      standing_since = CASE WHEN t.standing = x.standing THEN t.standing_since ELSE :now END
    FROM unnest(:ids, :states, :reasons) AS x (id, standing, reason)
    WHERE t.id = x.id AND t.standing <> 'paused'
      AND (t.forgiven_at IS NULL OR t.forgiven_at < :now)
    """
)


async def counts(session: ControlSession, *, since: datetime) -> list[tuple[UUID, Verdict, Counts]]:
    """Tenants with mails since an hour: their standing now, and the counts since they were last
    forgiven. Those that are paused are left out: their standing changes by an operator alone.
    """
    rows = await session.execute(_COUNTS, {"since": since})
    return [
        (tenant, Verdict(standing, reason), Counts(int(sent), int(bounced), int(complained)))
        for tenant, standing, reason, sent, bounced, complained in rows.all()
    ]


async def clear_quiet(session: ControlSession, *, since: datetime, now: datetime) -> None:
    """Tenants that were warned and have sent nothing since are in good standing again."""
    await session.execute(_QUIET, {"since": since, "now": now})


async def change(
    session: ControlSession, verdicts: Sequence[tuple[UUID, Verdict]], *, now: datetime
) -> None:
    """Write standings down."""
    values = {
        "ids": [tenant for tenant, _ in verdicts],
        "states": [str(verdict.standing) for _, verdict in verdicts],
        "reasons": [verdict.reason for _, verdict in verdicts],
        "now": now,
    }
    await session.execute(_CHANGE, values)
