"""The ledger in the hands of an operator: counts, and what becomes of an unknown mail by hand."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tenantcrm.database import TenantSession
from tenantcrm.delivery.repository.statement import statement
from tenantcrm.delivery.schemas import Moved
from tenantcrm.delivery.states import State

_COUNTS = statement(
    "SELECT state, count(*) AS count FROM deliveries WHERE tenant_id = :t GROUP BY state"
)
_RESOLVE = {
    State.SENT: statement(
        """
        UPDATE deliveries SET state = 'sent', sent_at = coalesce(asked_at, :now),
          reason = NULL, detail = NULL, silent_at = NULL, updated_at = :now
        WHERE tenant_id = :t AND id = ANY (:ids) AND state = 'unknown'
        RETURNING id, kind, state, due_at, asked_at
        """
    ),
    State.FAILED: statement(
        """
        UPDATE deliveries SET state = 'failed', reason = 'not_sent', detail = NULL,
          updated_at = :now
        WHERE tenant_id = :t AND id = ANY (:ids) AND state = 'unknown'
        RETURNING id, kind, state, due_at, asked_at
        """
    ),
    State.PENDING: statement(
        """
        UPDATE deliveries SET state = 'pending', reason = 'resent', detail = NULL,
          silent_at = NULL, retry_at = NULL, due_at = :now,
          late_at = CAST(:now AS timestamptz) + (late_at - due_at), updated_at = :now
        WHERE tenant_id = :t AND id = ANY (:ids) AND state = 'unknown'
        RETURNING id, kind, state, due_at, asked_at
        """
    ),
}


async def counts(session: TenantSession) -> dict[str, int]:
    """How many mails of the tenant stand where."""
    rows = await session.execute(_COUNTS, {"t": session.tenant_id})
    return {row.state: row[1] for row in rows}


async def resolve(
    session: TenantSession, ids: Sequence[UUID], to: State, *, now: datetime
) -> list[Moved]:
    """Move unknown mails to ``sent``, ``failed`` or ``pending``; others stay where they are."""
    values = {"t": session.tenant_id, "ids": list(ids), "now": now}
    return [Moved(**row) for row in (await session.execute(_RESOLVE[to], values)).mappings()]
