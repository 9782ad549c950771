"""The statements by which contacts come in, each built once.

``INSERT … ON CONFLICT DO UPDATE`` merges under the lock of the row that is there, so that neither
a merged attribute is lost nor the limit of attributes passed, however many write at once.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from tenantcrm.contacts.schemas import ContactRow
from tenantcrm.database import AnyTenantSession


class Key(StrEnum):
    """What an upsert knows its contact by."""

    EMAIL = "email_key"
    EXTERNAL_ID = "external_id"


_TYPES = {
    "tenant_id": "uuid", "id": "uuid", "mode": "text", "email": "text", "email_key": "text",
    "email_hash": "bytea", "name": "text", "external_id": "text", "timezone": "text",
    "attributes": "jsonb", "folded": "jsonb", "now": "timestamptz", "removed": "text[]",
    "has_name": "boolean", "has_external_id": "boolean", "has_timezone": "boolean",
    "most": "integer",
}  # fmt: skip
_NAMED = re.compile(r"(?<!:):([a-z_]+)")


_INSERT = """
INSERT INTO contacts AS c (tenant_id, id, mode, email, email_key, email_hash, name, external_id,
                           timezone, attributes, folded, created_at, updated_at, status)
SELECT :tenant_id, :id, :mode, :email, :email_key, :email_hash, :name, :external_id,
       :timezone, :attributes, :folded, :now, :now,
       coalesce((SELECT CASE WHEN s.reason IN ('bounced', 'complained') THEN s.reason
                             ELSE 'unsubscribed' END
                 FROM suppressions s
                 WHERE s.tenant_id = :tenant_id AND s.mode = :mode
                   AND s.email_hash = :email_hash), 'subscribed')
"""
# Whoever would take a foreign external id (or, below, a foreign address) gets no row; where two do
# it at the same instant, the unique key refuses the second.
_BY_EMAIL = """
WHERE NOT EXISTS (SELECT FROM contacts o
                  WHERE o.tenant_id = :tenant_id AND o.mode = :mode
                    AND o.external_id = :external_id AND o.email_key <> :email_key)
ON CONFLICT (tenant_id, mode, email_key) DO UPDATE SET
    name = CASE WHEN :has_name THEN excluded.name ELSE c.name END,
    external_id = CASE WHEN :has_external_id THEN excluded.external_id ELSE c.external_id END,
    timezone = CASE WHEN :has_timezone THEN excluded.timezone ELSE c.timezone END,
    attributes = (c.attributes || excluded.attributes) - :removed,
    folded = (c.folded || excluded.folded) - :removed,
    updated_at = excluded.updated_at,
    changed = pg_current_xact_id()::text::bigint
WHERE (:has_name AND c.name IS DISTINCT FROM excluded.name
       OR :has_external_id AND c.external_id IS DISTINCT FROM excluded.external_id
       OR :has_timezone AND c.timezone IS DISTINCT FROM excluded.timezone
       OR NOT c.attributes @> excluded.attributes
       OR c.attributes ?| :removed)
  AND (SELECT count(*) FROM jsonb_object_keys((c.attributes || excluded.attributes) - :removed))
      <= :most
"""
# A person who has unsubscribed stays so under a new address; a new address that is suppressed
# counts from here on.
_BY_EXTERNAL_ID = """
WHERE NOT EXISTS (SELECT FROM contacts o
                  WHERE o.tenant_id = :tenant_id AND o.mode = :mode AND o.email_key = :email_key
                    AND o.external_id IS DISTINCT FROM :external_id)
ON CONFLICT (tenant_id, mode, external_id) DO UPDATE SET
    email = excluded.email,
    email_key = excluded.email_key,
    email_hash = excluded.email_hash,
    status = CASE WHEN c.status = 'subscribed' THEN excluded.status ELSE c.status END,
    name = CASE WHEN :has_name THEN excluded.name ELSE c.name END,
    timezone = CASE WHEN :has_timezone THEN excluded.timezone ELSE c.timezone END,
    attributes = (c.attributes || excluded.attributes) - :removed,
    folded = (c.folded || excluded.folded) - :removed,
    updated_at = excluded.updated_at,
    changed = pg_current_xact_id()::text::bigint
WHERE (c.email <> excluded.email
       OR :has_name AND c.name IS DISTINCT FROM excluded.name
       OR :has_timezone AND c.timezone IS DISTINCT FROM excluded.timezone
       OR NOT c.attributes @> excluded.attributes
       OR c.attributes ?| :removed)
  AND (SELECT count(*) FROM jsonb_object_keys((c.attributes || excluded.attributes) - :removed))
      <= :most
"""


class Statement:
    """A statement for the driver: named parameters become ``$1``, ``$2``, … of their types."""

    def __init__(self, *parts: str) -> None:
        """Put the parts together, once."""
        sql = " ".join(parts)
        self.names = list(dict.fromkeys(_NAMED.findall(sql)))
        places = {n: f"${place}::{_TYPES[n]}" for place, n in enumerate(self.names, 1)}
        self.sql = _NAMED.sub(lambda found: places[found[1]], sql)

    async def rows(self, session: AnyTenantSession, values: Mapping[str, Any]) -> list[ContactRow]:
        """Run it; the rows are contacts."""
        rows = await session.fetch(self.sql, *(values[name] for name in self.names))
        return [ContactRow(**row) for row in rows]


_RETURNED = ", ".join(f"c.{name}" for name in ContactRow.__struct_fields__)
UPSERT = {
    Key.EMAIL: Statement(_INSERT, _BY_EMAIL, "RETURNING", _RETURNED),
    Key.EXTERNAL_ID: Statement(_INSERT, _BY_EXTERNAL_ID, "RETURNING", _RETURNED),
}
_INSERT_NEW = Statement(_INSERT, "ON CONFLICT DO NOTHING RETURNING", _RETURNED)
_ALIKE = Statement(
    "SELECT",
    _RETURNED,
    """FROM contacts c WHERE c.tenant_id = :tenant_id AND c.mode = :mode
       AND (c.email_key = :email_key OR c.external_id = :external_id)""",
)


async def upsert(
    session: AnyTenantSession, key: Key, values: Mapping[str, Any]
) -> ContactRow | None:
    """Insert the contact, or merge into the one that has the key.

    None when that would change nothing, make too many attributes, or take what is another's. The
    row that has the key is locked either way.

    Raises:
        UniqueError: what it would take was taken at this instant.
    """
    rows = await UPSERT[key].rows(session, values)
    return rows[0] if rows else None


async def insert_new(session: AnyTenantSession, values: Mapping[str, Any]) -> ContactRow | None:
    """Insert the contact; None when its address or external id is another's."""
    rows = await _INSERT_NEW.rows(session, values)
    return rows[0] if rows else None


async def alike(
    session: AnyTenantSession, mode: str, *, email_key: str | None, external_id: str | None
) -> list[ContactRow]:
    """The contacts that have the address or the external id: two at most."""
    values = {
        "tenant_id": session.tenant_id,
        "mode": mode,
        "email_key": email_key,
        "external_id": external_id,
    }
    return await _ALIKE.rows(session, values)
