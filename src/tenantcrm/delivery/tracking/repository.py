"""What of a mail has to be known when somebody looks at it."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from tenantcrm.database import TenantSession
from tenantcrm.delivery.repository.statement import statement

_LOCK = statement(
    """
    SELECT coalesce(delivered_at, asked_at) AS handed_over FROM deliveries
    WHERE tenant_id = :t AND id = ANY (:ids) FOR UPDATE
    """
)
_SEEN = statement(
    """
    SELECT machine, count(*) AS times FROM mail_events
    WHERE tenant_id = :t AND delivery_id = ANY (:ids) AND kind = :kind GROUP BY machine
    """
)


class Known(NamedTuple):
    """A mail that was handed over (business time; None: nobody knows when), and is there."""

    handed_over: datetime | None


async def lock(session: TenantSession, delivery_id: UUID) -> Known | None:
    """The mail, held until the end of the transaction; None when there is no such mail.

    Held, so that many who look at it at once are counted one after the other.
    """
    values = {"t": session.tenant_id, "ids": [delivery_id]}
    row = (await session.execute(_LOCK, values)).one_or_none()
    return None if row is None else Known(row.handed_over)


async def seen(session: TenantSession, delivery_id: UUID, kind: str) -> dict[bool, int]:
    """How often something was noted of a mail: by people (False) and by machines (True)."""
    values = {"t": session.tenant_id, "ids": [delivery_id], "kind": kind}
    rows = (await session.execute(_SEEN, values)).all()
    return {row.machine: row.times for row in rows}
