"""The statements by which a batch comes in as a set: staged, judged and upserted.

COPY refuses a table under row-level security, so rows are staged in a temporary table of the
session, which the end of the transaction drops. A dry run judges by the same statement.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from msgspec import Struct, field
from sqlalchemy.exc import DBAPIError, IntegrityError

from tenantcrm.contacts.imports.errors import CollidedError
from tenantcrm.contacts.imports.staged import EXTERNAL_ID, NAME, TIMEZONE, Staged
from tenantcrm.contacts.rules import ATTRIBUTES_MOST
from tenantcrm.database import TenantSession
from tenantcrm.driver import UniqueError

_TABLE: Final = """
CREATE TEMPORARY TABLE staged (
  row int NOT NULL, email text, email_key text, email_hash bytea, name text, external_id text,
  timezone text, attributes jsonb, folded jsonb, removed text[], clears int
) ON COMMIT DROP
"""
# A batch looks its rows up by unique keys, one by one. Without figures of its own, as of a table
# that was empty a second ago, the planner takes all contacts for a few and would compare each row
# with each of them: fifty seconds for the second batch of a file. New rows wait in a larger list
# for the index of attributes.
_PLANNING: Final = """
SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
       set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
       set_config('enable_material', 'off', true), set_config('work_mem', '32MB', true),
       set_config('gin_pending_list_limit', '16MB', true)
"""
_MERGED: Final = "(c.attributes || s.attributes) - s.removed"
_TOO_MANY: Final = f"(SELECT count(*) FROM jsonb_object_keys({_MERGED})) > {ATTRIBUTES_MOST}"


def _changed(column: str, bit: int) -> str:
    return (
        f"s.{column} IS NOT NULL AND s.{column} IS DISTINCT FROM c.{column} "
        f"OR s.clears & {bit} > 0 AND c.{column} IS NOT NULL"
    )


_FIELDS: Final = {"name": NAME, "external_id": EXTERNAL_ID, "timezone": TIMEZONE}
_DIFFERS: Final = " OR ".join(
    [
        *(_changed(column, bit) for column, bit in _FIELDS.items()),
        "NOT c.attributes @> s.attributes",
        "c.attributes ?| s.removed",
    ]
)
_JUDGED: Final = f"""
WITH s AS MATERIALIZED (
  SELECT s.*, c.id AS contact_id, o.id AS other_id,
    coalesce(c.status, CASE WHEN p.reason IN ('bounced', 'complained') THEN p.reason
                            WHEN p.reason IS NOT NULL THEN 'unsubscribed' END,
             'subscribed') AS status,
    p.reason IS NOT NULL AS suppressed,
    CASE WHEN o.id IS NOT NULL AND o.id IS DISTINCT FROM c.id THEN 'taken'
         WHEN c.id IS NULL THEN 'created'
         WHEN NOT ({_DIFFERS}) THEN 'unchanged'
         WHEN {_TOO_MANY} THEN 'too_many'
         ELSE 'updated' END AS outcome
  FROM staged s
  LEFT JOIN contacts c ON c.tenant_id = $1 AND c.mode = $2 AND c.email_key = s.email_key
  LEFT JOIN contacts o ON o.tenant_id = $1 AND o.mode = $2 AND o.external_id = s.external_id
  LEFT JOIN suppressions p
    ON p.tenant_id = $1 AND p.mode = $2 AND p.email_hash = s.email_hash
)
"""
_WRITTEN: Final = f"""
, made AS (
  INSERT INTO contacts (tenant_id, id, mode, email, email_key, email_hash, name, external_id,
                        timezone, attributes, folded, status, created_at, updated_at)
  SELECT $1, uuid_v7(), $2, email, email_key, email_hash, name, external_id, timezone, attributes,
         folded, status, $3::timestamptz, $3::timestamptz
  FROM s WHERE outcome = 'created' ORDER BY s.row
  ON CONFLICT DO NOTHING
  RETURNING id, email_key
), merged AS (
  UPDATE contacts c SET
    {
    ", ".join(
        f"{n} = CASE WHEN s.clears & {bit} > 0 THEN NULL ELSE coalesce(s.{n}, c.{n}) END"
        for n, bit in _FIELDS.items()
    )
},
    attributes = {_MERGED}, folded = (c.folded || s.folded) - s.removed,
    updated_at = $3::timestamptz, changed = pg_current_xact_id()::text::bigint
  FROM s
  WHERE s.outcome = 'updated' AND c.tenant_id = $1 AND c.id = s.contact_id AND NOT {_TOO_MANY}
  RETURNING c.id
)
"""
_COUNTED: Final = """
SELECT outcome, status <> 'subscribed' OR suppressed AS stays, count(*) AS number,
       CASE WHEN outcome IN ('taken', 'too_many') THEN array_agg(s.row) END AS rows
FROM s GROUP BY 1, 2
"""
_COUNT_ONLY: Final = _JUDGED + _COUNTED
_COUNT_WRITTEN: Final = f"""
{_JUDGED} {_WRITTEN} {_COUNTED}
UNION ALL SELECT 'made', false, count(*), NULL FROM made
UNION ALL SELECT 'merged', false, count(*), NULL FROM merged
"""
_EACH: Final = f"""
{_JUDGED} {_WRITTEN}
SELECT s.row, s.outcome, coalesce(s.contact_id, made.id) AS id, s.other_id,
       merged.id IS NOT NULL AS was_merged
FROM s LEFT JOIN made ON made.email_key = s.email_key LEFT JOIN merged ON merged.id = s.contact_id
ORDER BY s.row
"""
_CHANGING: Final = f"""
{_JUDGED}
SELECT c.id FROM contacts c
WHERE c.tenant_id = $1 AND c.id IN (SELECT contact_id FROM s WHERE outcome = 'updated')
ORDER BY c.id FOR NO KEY UPDATE
"""
_LATELY: Final = """
SELECT c.id FROM staged s
JOIN contacts c ON c.tenant_id = $1 AND c.mode = $2 AND c.email_key = s.email_key
WHERE c.changed = pg_current_xact_id()::text::bigint
"""
_COLLISIONS: Final = frozenset({"40P01", "40001", "23505"})
"""A deadlock, a serialization failure, a unique key."""


class Judged(Struct):
    """What becomes, or became, of the rows of a batch. ``not_mailable``: of the first three."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    not_mailable: int = 0
    refused: dict[int, str] = field(default_factory=dict)
    """The outcome (``taken`` or ``too_many``) by the row's number."""


class Outcome(Struct, frozen=True):
    """What became of one row: ``created``, ``updated``, ``unchanged``, ``taken``, ``too_many``."""

    row: int
    outcome: str
    id: UUID | None
    other_id: UUID | None


async def stage(session: TenantSession, rows: Sequence[Staged]) -> None:
    """Make the rows known to the statements below; once in a transaction."""
    await session.fetch(_PLANNING)
    await session.fetch(_TABLE)
    await session.copy_in("staged", Staged._fields, rows)


async def restage(session: TenantSession, rows: Sequence[Staged]) -> None:
    """Other rows in their place."""
    await session.fetch("TRUNCATE staged")
    await session.copy_in("staged", Staged._fields, rows)


async def judge(session: TenantSession, mode: str) -> Judged:
    """What would become of the staged rows."""
    return _judged(await session.fetch(_COUNT_ONLY, session.tenant_id, mode))


async def write(session: TenantSession, mode: str, now: Any) -> Judged:
    """Upsert the staged rows.

    Raises:
        CollidedError: others wrote the same contacts meanwhile; nothing of it may be committed.
    """
    rows = await _fetch(session, _COUNT_WRITTEN, session.tenant_id, mode, now)
    written = {row["outcome"]: row["number"] for row in rows if row["outcome"] in _DONE}
    found = _judged([row for row in rows if row["outcome"] not in _DONE])
    if (written["made"], written["merged"]) != (found.created, found.updated):
        raise CollidedError
    return found


async def write_each(session: TenantSession, mode: str, now: Any) -> list[Outcome]:
    """The same with what became of each row, in their order.

    Raises:
        CollidedError: others wrote the same contacts meanwhile; nothing of it may be committed.
    """
    rows = await _fetch(session, _EACH, session.tenant_id, mode, now)
    for row in rows:
        if row["outcome"] == "created" and row["id"] is None:
            raise CollidedError
        if row["outcome"] == "updated" and not row["was_merged"]:
            raise CollidedError
    return [Outcome(row["row"], row["outcome"], row["id"], row["other_id"]) for row in rows]


async def changing(session: TenantSession, mode: str) -> list[UUID]:
    """The contacts that :func:`write` would change, held as they are until it does."""
    return [row["id"] for row in await _fetch(session, _CHANGING, session.tenant_id, mode)]


async def written(session: TenantSession, mode: str) -> list[UUID]:
    """The contacts that this transaction has made or changed."""
    return [row["id"] for row in await session.fetch(_LATELY, session.tenant_id, mode)]


_DONE: Final = ("made", "merged")


def _judged(rows: Sequence[Any]) -> Judged:
    found = Judged()
    for row in rows:
        outcome = row["outcome"]
        if outcome in {"taken", "too_many"}:
            found.refused |= dict.fromkeys(row["rows"], outcome)
            continue
        setattr(found, outcome, getattr(found, outcome) + row["number"])
        if row["stays"]:
            found.not_mailable += row["number"]
    return found


async def _fetch(session: TenantSession, statement: str, *values: Any) -> Sequence[Any]:
    try:
        return await session.fetch(statement, *values)
    except (UniqueError, IntegrityError) as fault:
        raise CollidedError from fault
    except DBAPIError as fault:
        if getattr(fault.orig, "sqlstate", None) in _COLLISIONS:
            raise CollidedError from fault
        raise
