"""The statements by which contacts come in, each built once.

``INSERT … ON CONFLICT DO UPDATE`` merges under the lock of the row that is there, so that neither
a merged attribute is lost nor the limit of attributes passed, however many write at once.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    DateTime,
    Integer,
    LargeBinary,
    Text,
    Uuid,
    bindparam,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.selectable import TextualSelect
from sqlalchemy.types import TypeEngine

from tenantcrm.contacts.models import Contact
from tenantcrm.contacts.schemas import ContactRow
from tenantcrm.database import TenantSession


class Key(StrEnum):
    """What an upsert knows its contact by."""

    EMAIL = "email_key"
    EXTERNAL_ID = "external_id"


_RETURNED = {name: Contact.__table__.c[name].type for name in ContactRow.__struct_fields__}
_PARAMETERS: dict[str, TypeEngine[Any]] = {
    "tenant_id": Uuid(), "id": Uuid(), "mode": Text(), "email": Text(), "email_key": Text(),
    "email_hash": LargeBinary(), "name": Text(), "external_id": Text(), "timezone": Text(),
    "attributes": JSONB(), "folded": JSONB(), "now": DateTime(timezone=True),
    "removed": ARRAY(Text()), "has_name": Boolean(), "has_external_id": Boolean(),
    "has_timezone": Boolean(), "most": Integer(),
}  # fmt: skip

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


def _statement(tail: str) -> TextualSelect:
    sql = _INSERT + tail + "RETURNING " + ", ".join(f"c.{name}" for name in _RETURNED)
    used = [bindparam(n, type_=t) for n, t in _PARAMETERS.items() if re.search(rf":{n}\b", sql)]
    return text(sql).bindparams(*used).columns(**_RETURNED)


_UPSERT = {
    Key.EMAIL: _statement(_BY_EMAIL),
    Key.EXTERNAL_ID: _statement(_BY_EXTERNAL_ID),
}
_INSERT_NEW = _statement("ON CONFLICT DO NOTHING ")


async def upsert(session: TenantSession, key: Key, values: Mapping[str, Any]) -> ContactRow | None:
    """Insert the contact, or merge into the one that has the key.

    None when that would change nothing, make too many attributes, or take what is another's. The
    row that has the key is locked either way.
    """
    return await _one(session, _UPSERT[key], values)


async def insert_new(session: TenantSession, values: Mapping[str, Any]) -> ContactRow | None:
    """Insert the contact; None when its address or external id is another's."""
    return await _one(session, _INSERT_NEW, values)


async def _one(
    session: TenantSession, statement: TextualSelect, values: Mapping[str, Any]
) -> ContactRow | None:
    row = (await session.execute(statement, values)).mappings().one_or_none()
    return None if row is None else ContactRow(**row)
