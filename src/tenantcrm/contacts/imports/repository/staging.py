"""A batch comes in as a set: staged, judged and upserted.

COPY refuses a table under row-level security, so rows are staged in a temporary table of the
session, which the end of the transaction drops. A dry run judges by the same statement.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from msgspec import Struct, field
from sqlalchemy.exc import DBAPIError, IntegrityError

from tenantcrm.contacts.imports.errors import CollidedError
from tenantcrm.contacts.imports.repository import statements
from tenantcrm.contacts.imports.sheets import Sheet
from tenantcrm.database import TenantSession
from tenantcrm.driver import UniqueError

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


async def stage(session: TenantSession, rows: Sheet) -> None:
    """Make the rows known to the statements below; once in a transaction."""
    await session.fetch(statements.PLANNING)
    await session.fetch(statements.TABLE)
    await session.copy_in("staged", *rows)


async def restage(session: TenantSession, rows: Sheet) -> None:
    """Other rows in their place."""
    await session.fetch("TRUNCATE staged")
    await session.copy_in("staged", *rows)


async def judge(session: TenantSession, mode: str) -> Judged:
    """What would become of the staged rows."""
    return _judged(await session.fetch(statements.COUNT_ONLY, session.tenant_id, mode))


async def write(session: TenantSession, mode: str, now: Any) -> Judged:
    """Upsert the staged rows.

    Raises:
        CollidedError: others wrote the same contacts meanwhile; nothing of it may be committed.
    """
    rows = await _fetch(session, statements.COUNT_WRITTEN, session.tenant_id, mode, now)
    found = _judged([row for row in rows if row["outcome"] != "merged"])
    if [row["number"] for row in rows if row["outcome"] == "merged"] != [found.updated]:
        raise CollidedError
    return found


async def write_each(session: TenantSession, mode: str, now: Any) -> list[Outcome]:
    """The same with what became of each row, in their order.

    Raises:
        CollidedError: others wrote the same contacts meanwhile; nothing of it may be committed.
    """
    rows = await _fetch(session, statements.EACH, session.tenant_id, mode, now)
    if not all(row["done"] for row in rows):
        raise CollidedError
    return [Outcome(row["row"], row["outcome"], row["id"], row["other_id"]) for row in rows]


async def changing(session: TenantSession, mode: str) -> list[UUID]:
    """The contacts that :func:`write` would change, held as they are until it does."""
    return [
        row["id"] for row in await _fetch(session, statements.CHANGING, session.tenant_id, mode)
    ]


async def written(session: TenantSession, mode: str) -> list[UUID]:
    """The contacts that this transaction has made or changed."""
    return [row["id"] for row in await session.fetch(statements.LATELY, session.tenant_id, mode)]


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
