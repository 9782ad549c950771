"""What the inbox of events means for the ledger.

The outcome of a mail is worked out anew from all its events whenever one comes: so neither their
order nor how often they come changes what it is.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tenantcrm.database import TenantSession
from tenantcrm.delivery.repository.statement import statement
from tenantcrm.delivery.schemas import Outcome
from tenantcrm.delivery.states import OUTCOMES, State

_TOLD = {
    "reject": State.FAILED,
    "rendering_failure": State.FAILED,
    "delivery": State.DELIVERED,
    "bounce": State.BOUNCED,
    "complaint": State.COMPLAINED,
}
"""Kind of an event to what it says became of the mail; any other says that it was taken."""
_RANK = (
    "CASE kind "
    + " ".join(f"WHEN '{k}' THEN {OUTCOMES.index(s) + 1}" for k, s in _TOLD.items())
    + " ELSE 1 END"
)
_STATES = ", ".join(f"'{state}'" for state in OUTCOMES)
_COLUMNS = (
    "id, kind, contact_id, campaign_id, message_id, recipient, state, reason, bounce, asked_at, "
    "bounced_at, complained_at"
)
_CONTACTS = statement(
    "SELECT DISTINCT contact_id FROM deliveries "
    "WHERE tenant_id = :t AND id = ANY (:ids) AND contact_id IS NOT NULL ORDER BY contact_id"
)
_LOCK = statement(
    f"SELECT {_COLUMNS} FROM deliveries WHERE tenant_id = :t AND id = ANY (:ids) "  # noqa: S608 - constants
    "ORDER BY id FOR UPDATE"
)
_APPLY = statement(
    f"""
    WITH heard AS (
      SELECT delivery_id,
        min((detail->'summary'->>'taken_at')::timestamptz) AS taken_at, min(at) AS first_at,
        (array_agg(detail->'summary'->>'ses' ORDER BY detail->'summary'->>'taken_at', notice_id)
          FILTER (WHERE detail->'summary'->>'ses' IS NOT NULL))[1] AS ses,
        max({_RANK}) AS rank,
        min(at) FILTER (WHERE kind = 'delivery') AS delivered_at,
        min(at) FILTER (WHERE kind = 'bounce') AS bounced_at,
        min(at) FILTER (WHERE kind = 'complaint') AS complained_at,
        min(at) FILTER (WHERE kind = 'open' AND NOT machine) AS opened_at,
        min(at) FILTER (WHERE kind = 'click' AND NOT machine) AS clicked_at,
        min(at) FILTER (WHERE machine) AS machine_at,
        min(detail->'summary'->>'bounce') AS bounce,
        (array_agg(detail->'summary' ORDER BY {_RANK} DESC, detail->'summary'->>'bounce', at,
          notice_id))[1] AS told
      FROM mail_events
      WHERE tenant_id = :t AND delivery_id = ANY (:ids) AND fault IS NULL
      GROUP BY delivery_id
    ), ranked AS (
      SELECT h.*, CASE WHEN d.state = 'failed' THEN 0
        ELSE coalesce(array_position(ARRAY[{_STATES}], d.state), 0) END AS known
      FROM heard h JOIN deliveries d ON d.tenant_id = :t AND d.id = h.delivery_id
    )
    UPDATE deliveries d SET
      state = (ARRAY[{_STATES}])[greatest(r.rank, r.known)],
      reason = CASE WHEN r.rank >= r.known THEN r.told->>'reason' ELSE d.reason END,
      detail = CASE WHEN r.rank >= r.known THEN r.told->>'words' ELSE d.detail END,
      ses_message_id = coalesce(d.ses_message_id, r.ses),
      sent_at = coalesce(d.sent_at, r.taken_at, r.first_at),
      delivered_at = least(d.delivered_at, r.delivered_at),
      bounced_at = least(d.bounced_at, r.bounced_at),
      complained_at = least(d.complained_at, r.complained_at),
      opened_at = least(d.opened_at, r.opened_at),
      clicked_at = least(d.clicked_at, r.clicked_at),
      machine_at = least(d.machine_at, r.machine_at),
      bounce = least(d.bounce, r.bounce),
      lease_until = NULL, retry_at = NULL, held = false, silent_at = NULL, updated_at = :now
    FROM ranked r WHERE d.tenant_id = :t AND d.id = r.delivery_id
    RETURNING {", ".join(f"d.{name}" for name in _COLUMNS.split(", "))}
    """  # noqa: S608 - constants, as above
)
_SOFT = statement(
    """
    SELECT contact_id, id, place FROM (
      SELECT contact_id, id, state, bounce, row_number() OVER (
        PARTITION BY contact_id ORDER BY coalesce(asked_at, sent_at, created_at), id) AS place
      FROM deliveries
      WHERE tenant_id = :t AND contact_id = ANY (:contacts)
        AND (attempts > 0 OR sent_at IS NOT NULL)
    ) AS asked
    WHERE state = 'bounced' AND bounce = 'soft' ORDER BY contact_id, place
    """
)
_HEARD = statement(
    """
    INSERT INTO event_streams AS s (tenant_id, seen_through, heard_at)
    VALUES (:t, coalesce(:before, 'epoch'), :now)
    ON CONFLICT (tenant_id) DO UPDATE SET
      seen_through = greatest(s.seen_through, excluded.seen_through),
      heard_at = CASE WHEN :before IS NULL THEN s.heard_at
        ELSE greatest(s.heard_at, excluded.heard_at) END
    """
)


async def contacts_of(session: TenantSession, deliveries: Sequence[UUID]) -> list[UUID]:
    """The contacts of mails, in the order of their ids; not locked."""
    rows = await session.execute(_CONTACTS, {"t": session.tenant_id, "ids": list(deliveries)})
    return list(rows.scalars())


async def lock(session: TenantSession, deliveries: Sequence[UUID]) -> dict[UUID, Outcome]:
    """The mails, as they stand, held until the end of the unit of work."""
    rows = await session.execute(_LOCK, {"t": session.tenant_id, "ids": list(deliveries)})
    return {row["id"]: Outcome(**row) for row in rows.mappings()}


async def apply(
    session: TenantSession, deliveries: Sequence[UUID], *, now: datetime
) -> list[Outcome]:
    """Make of locked mails what their events say; gives how they stand now."""
    values = {"t": session.tenant_id, "ids": list(deliveries), "now": now}
    return [Outcome(**row) for row in (await session.execute(_APPLY, values)).mappings()]


async def soft_bounced(
    session: TenantSession, contacts: Sequence[UUID]
) -> list[tuple[UUID, UUID, int]]:
    """The contacts' mails that bounced for now: contact, mail, and its place among all of them.

    In the order in which they were asked for. A mail whose outcome is not known has a place too:
    so no later event can undo that some follow each other.
    """
    values = {"t": session.tenant_id, "contacts": list(contacts)}
    return [tuple(row) for row in (await session.execute(_SOFT, values)).all()]


async def note_heard(session: TenantSession, *, asked_at: datetime | None, now: datetime) -> None:
    """Note that events came; ``asked_at``: of the latest mail that they say was taken."""
    values = {"t": session.tenant_id, "before": asked_at, "now": now}
    await session.execute(_HEARD, values)
