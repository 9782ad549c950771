"""Every query of the audit log: pages by place, and which actors and subjects there are."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, text, tuple_

from tenantcrm.cursors import Place
from tenantcrm.database import TenantSession
from tenantcrm.tenants.models import AuditEntry
from tenantcrm.tenants.schemas import AuditFilter, AuditRow

MOST_CHOICES = 200


async def page(
    session: TenantSession, wanted: AuditFilter, *, after: Place | None, limit: int
) -> list[AuditRow]:
    """Entries, the newest first, behind ``after``; each order is one that an index has."""
    query = (
        select(*(getattr(AuditEntry, name) for name in AuditRow.__struct_fields__))
        .where(AuditEntry.tenant_id == session.tenant_id, *_conditions(wanted))
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(AuditEntry.at, AuditEntry.id) < (after.at, after.id))
    return [AuditRow(**row) for row in (await session.execute(query)).mappings()]


def _conditions(wanted: AuditFilter) -> list[Any]:
    pairs: list[tuple[str | datetime | object | None, Any]] = [
        (wanted.actor, AuditEntry.actor == wanted.actor),
        (wanted.subject, AuditEntry.subject == wanted.subject),
        (wanted.subject_id, AuditEntry.subject_id == wanted.subject_id),
        (wanted.since, AuditEntry.at >= wanted.since if wanted.since else None),
        (wanted.until, AuditEntry.at < wanted.until if wanted.until else None),
    ]
    return [condition for value, condition in pairs if value]


# From one value to the next along an index: as many steps as there are values, however many rows.
_DISTINCT = """
WITH RECURSIVE found AS (
  (SELECT {column} AS value FROM audit_entries WHERE tenant_id = :t ORDER BY {column} LIMIT 1)
  UNION ALL
  SELECT (SELECT {column} FROM audit_entries WHERE tenant_id = :t AND {column} > found.value
          ORDER BY {column} LIMIT 1)
  FROM found WHERE found.value IS NOT NULL
)
SELECT value FROM found WHERE value IS NOT NULL LIMIT :most
"""
_ACTORS, _SUBJECTS = (text(_DISTINCT.format(column=name)) for name in ("actor", "subject"))


async def actors(session: TenantSession) -> list[str]:
    """Who has changed anything, ever; 200 of them at most."""
    return await _values(session, _ACTORS)


async def subjects(session: TenantSession) -> list[str]:
    """The kinds of things that were changed, ever."""
    return await _values(session, _SUBJECTS)


async def _values(session: TenantSession, query: Any) -> list[str]:
    values = {"t": session.tenant_id, "most": MOST_CHOICES}
    return list((await session.execute(query, values)).scalars())
