"""Unknown mails, and what SES's silence makes of them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tenantcrm.database import ControlSession, TenantSession
from tenantcrm.delivery.repository.statement import statement
from tenantcrm.delivery.schemas import Moved, UnknownMail
from tenantcrm.delivery.unknown import Stream

_STREAM = statement(
    "SELECT max(seen_through) AS seen_through, max(heard_at) AS heard_at FROM event_streams"
)
_ASKING = statement(
    """
    SELECT DISTINCT tenant_id FROM sending_hours WHERE hour >= :since AND tenant_id > :edge
    ORDER BY tenant_id LIMIT :most
    """
)
_LISTENING = statement(
    "SELECT tenant_id FROM event_streams WHERE tenant_id > :edge ORDER BY tenant_id LIMIT :most"
)
_UNKNOWN = statement(
    """
    SELECT id, kind, asked_at, silent_at FROM deliveries
    WHERE tenant_id = :t AND state = 'unknown' AND asked_at IS NOT NULL
      AND reason IS DISTINCT FROM 'silent'
      AND NOT (kind = 'system' AND coalesce(content->>'resent', '') = 'yes')
    ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED
    """
)
_SILENT = statement(
    """
    UPDATE deliveries SET silent_at = :now, updated_at = :now
    WHERE tenant_id = :t AND id = ANY (:ids) AND state = 'unknown' AND silent_at IS NULL
    """
)
_NOT_TAKEN = statement(
    """
    UPDATE deliveries SET reason = 'silent', updated_at = :now,
      state = CASE WHEN kind = 'system' THEN 'pending' ELSE state END,
      content = CASE WHEN kind = 'system'
        THEN coalesce(content, '{}') || '{"resent": "yes"}' ELSE content END
    WHERE tenant_id = :t AND id = ANY (:ids) AND state = 'unknown'
    RETURNING id, kind, state, due_at, asked_at
    """
)
_RESEND = statement(
    """
    UPDATE deliveries SET state = 'pending', reason = 'resent', detail = NULL, silent_at = NULL,
      retry_at = NULL, due_at = :now, late_at = CAST(:now AS timestamptz) + (late_at - due_at),
      updated_at = :now
    WHERE tenant_id = :t AND id = ANY (:ids) AND state = 'unknown' AND reason = 'silent'
      AND kind <> 'system'
    RETURNING id, kind, state, due_at, asked_at
    """
)


async def stream(session: ControlSession) -> Stream | None:
    """What is known of SES's events, over all tenants: they come by one way. None: none came."""
    row = (await session.execute(_STREAM)).one()
    return None if row.seen_through is None else Stream(row.seen_through, row.heard_at)


async def asking(session: ControlSession, *, since: datetime, after: UUID, most: int) -> list[UUID]:
    """Tenants that have asked SES for mails since then, in the order of their ids."""
    values = {"since": since, "edge": after, "most": most}
    return list((await session.execute(_ASKING, values)).scalars())


async def listening(session: ControlSession, *, after: UUID, most: int) -> list[UUID]:
    """Tenants of which events have come, in the order of their ids."""
    return list((await session.execute(_LISTENING, {"edge": after, "most": most})).scalars())


async def unknown(session: TenantSession, *, most: int) -> list[UnknownMail]:
    """Unknown mails of which nothing is concluded yet, held until the end of the unit of work."""
    rows = await session.execute(_UNKNOWN, {"t": session.tenant_id, "most": most})
    return [UnknownMail(**row) for row in rows.mappings()]


async def note_silent(session: TenantSession, ids: Sequence[UUID], *, now: datetime) -> None:
    """From now on these mails' silence counts."""
    await session.execute(_SILENT, {"t": session.tenant_id, "ids": list(ids), "now": now})


async def conclude(session: TenantSession, ids: Sequence[UUID], *, now: datetime) -> list[Moved]:
    """These were not taken: our own mail goes back into the queue, once; the rest says so."""
    values = {"t": session.tenant_id, "ids": list(ids), "now": now}
    return [Moved(**row) for row in (await session.execute(_NOT_TAKEN, values)).mappings()]


async def resend(session: TenantSession, delivery_id: UUID, *, now: datetime) -> list[Moved]:
    """Put a mail that was not taken back into the queue; nothing, where it is not one."""
    values = {"t": session.tenant_id, "ids": [delivery_id], "now": now}
    return [Moved(**row) for row in (await session.execute(_RESEND, values)).mappings()]
