"""The statements of a batch, each built once. ``$1``: the tenant, ``$2``: the mode, ``$3``: now."""

from typing import Final

from tenantcrm.contacts.imports.staged import EXTERNAL_ID, NAME, TIMEZONE
from tenantcrm.contacts.rules import ATTRIBUTES_MOST
from tenantcrm.ids import TIME_DIGITS

TABLE: Final = """
CREATE TEMPORARY TABLE staged (
  row int NOT NULL, tail text NOT NULL, email text NOT NULL, email_key text COLLATE "C",
  email_hash text NOT NULL, name text, external_id text, timezone text,
  attributes jsonb, folded jsonb, removed text[], clears int
) ON COMMIT DROP
"""
# Rows of other tables are found by arrays of keys, in one pass over each index, and put beside the
# staged ones by hashing. Nothing here is chosen by the planner: of a table that was empty a second
# ago it has no figures, and takes ten thousand rows for ten or all contacts for a few. Its choice
# for the second batch of a file once took fifty seconds. New rows wait in a larger list for the
# index of attributes.
PLANNING: Final = """
SELECT set_config('enable_nestloop', 'off', true), set_config('enable_mergejoin', 'off', true),
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
WITH g AS MATERIALIZED (
  SELECT row, tail, email, coalesce(email_key, email) AS email_key,
    decode(email_hash, 'hex') AS email_hash, name, external_id, timezone,
    coalesce(attributes, '{{}}') AS attributes, coalesce(folded, attributes, '{{}}') AS folded,
    coalesce(removed, '{{}}') AS removed, coalesce(clears, 0) AS clears
  FROM staged
), c AS MATERIALIZED (
  SELECT id, email_key, name, external_id, timezone, attributes, status FROM contacts
  WHERE tenant_id = $1 AND mode = $2 AND email_key = ANY (ARRAY(SELECT email_key FROM g))
), o AS MATERIALIZED (
  SELECT id, external_id FROM contacts
  WHERE tenant_id = $1 AND mode = $2 AND external_id = ANY (ARRAY(
    SELECT g.external_id FROM g LEFT JOIN c ON c.email_key = g.email_key
    WHERE g.external_id IS NOT NULL AND c.external_id IS DISTINCT FROM g.external_id))
), p AS MATERIALIZED (
  SELECT email_hash, reason FROM suppressions
  WHERE tenant_id = $1 AND mode = $2 AND email_hash = ANY (ARRAY(SELECT email_hash FROM g))
), s AS MATERIALIZED (
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
  FROM g AS s
  LEFT JOIN c ON c.email_key = s.email_key
  LEFT JOIN o ON o.external_id = s.external_id
  LEFT JOIN p ON p.email_hash = s.email_hash
)
"""
# A new id is a UUIDv7: the time, now, and what the worker has made of it behind that.
_NEW_ID: Final = f"""
((SELECT lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), {TIME_DIGITS}, '0'))
 || tail)::uuid
"""
_WRITTEN: Final = f"""
, n AS MATERIALIZED (SELECT *, {_NEW_ID} AS id FROM s WHERE outcome = 'created'
), made AS (
  INSERT INTO contacts (tenant_id, id, mode, email, email_key, email_hash, name, external_id,
                        timezone, attributes, folded, status, created_at, updated_at)
  SELECT $1, id, $2, email, email_key, email_hash, name, external_id, timezone, attributes,
         folded, status, $3::timestamptz, $3::timestamptz
  FROM n
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
    AND c.id = ANY (ARRAY(SELECT contact_id FROM s WHERE outcome = 'updated'))
  RETURNING c.id
)
"""
_COUNTED: Final = """
SELECT outcome, status <> 'subscribed' OR suppressed AS stays, count(*) AS number,
       CASE WHEN outcome IN ('taken', 'too_many') THEN array_agg(s.row) END AS rows
FROM s GROUP BY 1, 2
"""
COUNT_ONLY: Final = _JUDGED + _COUNTED
COUNT_WRITTEN: Final = f"""
{_JUDGED} {_WRITTEN} {_COUNTED}
UNION ALL SELECT 'merged', false, count(*), NULL FROM merged
"""
EACH: Final = f"""
{_JUDGED} {_WRITTEN}
SELECT s.row, s.outcome, coalesce(s.contact_id, n.id) AS id, s.other_id,
       merged.id IS NOT NULL AS was_merged
FROM s LEFT JOIN n ON n.row = s.row LEFT JOIN merged ON merged.id = s.contact_id
ORDER BY s.row
"""
CHANGING: Final = f"""
{_JUDGED}
SELECT c.id FROM contacts c
WHERE c.tenant_id = $1
  AND c.id = ANY (ARRAY(SELECT contact_id FROM s WHERE outcome = 'updated'))
ORDER BY c.id FOR NO KEY UPDATE
"""
LATELY: Final = """
SELECT c.id FROM contacts c
WHERE c.tenant_id = $1 AND c.mode = $2
  AND c.email_key = ANY (ARRAY(SELECT coalesce(email_key, email) FROM staged))
  AND c.changed = pg_current_xact_id()::text::bigint
"""
