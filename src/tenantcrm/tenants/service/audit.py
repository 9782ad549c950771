"""Write the audit log, in the unit of work of the change itself."""

from collections.abc import Mapping
from datetime import date, datetime, time
from enum import Enum
from typing import Any
from uuid import UUID

from tenantcrm import clock, ids
from tenantcrm.database import TenantSession
from tenantcrm.tenants.models import AuditEntry

LONGEST = 2000
"""Characters that are kept of a value; what is longer is cut, and says so."""
Changes = Mapping[str, tuple[object, object]]


async def record(
    session: TenantSession,
    *,
    actor: str,
    action: str,
    subject: str,
    subject_id: UUID | None = None,
    name: str = "",
    changes: Changes | None = None,
) -> None:
    """Keep that ``actor`` did ``action`` to a thing; it stands or falls with the change itself.

    Args:
        session: the unit of work of the change.
        actor: ``user:<hex>``, ``key:<hex>``, ``command`` or ``system``.
        action: a past participle, such as ``changed``.
        subject: the kind of thing, such as ``campaign``.
        subject_id: which one; None where there is only one of a tenant.
        name: what it is called. Never a contact's address or name: an erasure has to stick.
        changes: field to (before, after), as :func:`diff` gives it. Of a contact, name the fields
            and give ``(None, None)``.
    """
    session.add(
        AuditEntry(
            tenant_id=session.tenant_id,
            id=ids.new_id(),
            at=clock.now(),
            actor=actor,
            action=action,
            subject=subject,
            subject_id=subject_id,
            name=name,
            changes={n: [_plain(a), _plain(b)] for n, (a, b) in (changes or {}).items()},
        )
    )
    await session.flush()


def diff(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[object, object]]:
    """The fields that differ, each with what it was and what it is; a missing one is None."""
    return {
        name: (before.get(name), after.get(name))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    }


def _plain(value: object) -> object:
    """The value as JSON keeps it."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text):,} characters)"
