"""The statements of a batch, each built once. ``$1``: the tenant, ``$2``: the mode, ``$3``: now."""

from typing import Final

from tenantcrm.contacts.imports.staged import EXTERNAL_ID, NAME, TIMEZONE
from tenantcrm.contacts.rules import ATTRIBUTES_MOST
from tenantcrm.ids import TIME_DIGITS

TABLE: Final = """
CREATE TEMPORARY TABLE staged (
  row int NOT NULL, tail text NOT NULL, email text NOT NULL, email_key text COLLATE "C" NOT NULL,
  email_hash text NOT NULL, name text, external_id text, timezone text,
  attributes jsonb, folded jsonb, removed text[], clears int
) ON COMMIT DROP
"""
# A batch looks its rows up by unique keys, one by one. Without figures of its own, as of a table
# that was empty a second ago, the planner takes all contacts for a few and would compare each row
# with each of them: fifty seconds for the second batch of a file. It does so as well where they
# are found by arrays of keys or in subqueries, for which it takes any index of the tenant for as
# good as the unique one; joins it sees to be repeated. What they compare has to be a column as it
# stands: by the policies' rules no index serves an expression that could tell.
PLANNING: Final = """
SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
       set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
       set_config('enable_material', 'off', true), set_config('work_mem', '32MB', true)
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
# Suppressions are asked only of who could be mailed. They have one index, so that a subquery is
# sure to use it.
_JUDGED: Final = f"""
WITH g AS (
  SELECT row, tail, email, email_key,
    decode(email_hash, 'hex') AS email_hash, name, external_id, timezone,
    coalesce(attributes, '{{}}') AS attributes, coalesce(folded, attributes, '{{}}') AS folded,
    coalesce(removed, '{{}}') AS removed, coalesce(clears, 0) AS clears
  FROM staged
), f AS MATERIALIZED (
  SELECT s.*, c.id AS contact_id, c.status AS known_as,
    CASE WHEN o.id IS DISTINCT FROM c.id THEN o.id END AS other_id,
    CASE WHEN coalesce(c.status, 'subscribed') = 'subscribed' AND EXISTS (
      SELECT FROM suppressions p WHERE p.tenant_id = $1 AND p.mode = $2) THEN (
      SELECT p.reason FROM suppressions p
      WHERE p.tenant_id = $1 AND p.mode = $2 AND p.email_hash = s.email_hash) END AS reason,
    CASE WHEN c.id IS NULL THEN 'created'
         WHEN NOT ({_DIFFERS}) THEN 'unchanged'
         WHEN {_TOO_MANY} THEN 'too_many'
         ELSE 'updated' END AS found
  FROM g AS s
  LEFT JOIN contacts c ON c.tenant_id = $1 AND c.mode = $2 AND c.email_key = s.email_key
  LEFT JOIN contacts o ON o.tenant_id = $1 AND o.mode = $2 AND o.external_id = s.external_id
), s AS (
  SELECT *, CASE WHEN other_id IS NULL THEN found ELSE 'taken' END AS outcome,
    coalesce(known_as, 'subscribed') <> 'subscribed' OR reason IS NOT NULL AS stays
  FROM f
)
"""
# A new id is a UUIDv7: the time, now, and what the worker has made of it behind that.
_TIME: Final = f"""
, t AS MATERIALIZED (
  SELECT lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), {TIME_DIGITS}, '0')
    AS head
)
"""
_NEW_ID: Final = "((SELECT head FROM t) || tail)::uuid"
_WRITTEN: Final = f"""
{_TIME}, made AS (
  INSERT INTO contacts (tenant_id, id, mode, email, email_key, email_hash, name, external_id,
                        timezone, attributes, folded, status, created_at, updated_at)
  SELECT $1, {_NEW_ID}, $2, email, email_key, email_hash, name, external_id, timezone, attributes,
         folded, CASE WHEN reason IN ('bounced', 'complained') THEN reason
                      WHEN reason IS NOT NULL THEN 'unsubscribed' ELSE 'subscribed' END,
         $3::timestamptz, $3::timestamptz
  FROM s WHERE outcome = 'created'
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
SELECT outcome, stays, count(*) AS number,
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
SELECT row, outcome, CASE WHEN outcome = 'created' THEN {_NEW_ID} ELSE contact_id END AS id,
       other_id, outcome <> 'updated' OR contact_id IN (SELECT id FROM merged) AS done
FROM s ORDER BY row
"""
CHANGING: Final = f"""
{_JUDGED}
SELECT c.id FROM contacts c
WHERE c.tenant_id = $1 AND c.id IN (SELECT contact_id FROM s WHERE outcome = 'updated')
ORDER BY c.id FOR NO KEY UPDATE
"""
LATELY: Final = """
SELECT c.id FROM staged s
JOIN contacts c
  ON c.tenant_id = $1 AND c.mode = $2 AND c.email_key = s.email_key
WHERE c.changed = pg_current_xact_id()::text::bigint
"""
