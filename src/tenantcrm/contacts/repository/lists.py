"""Pages of contacts in any of their orders, by keyset: each is a range of an index."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, true, tuple_

from tenantcrm.contacts.models import Contact
from tenantcrm.contacts.repository.rows import COLUMNS
from tenantcrm.contacts.schemas import ContactRow
from tenantcrm.database import TenantSession

LAST = "\U0010ffff"
"""Behind every text that has the same beginning, sorted by code point."""


class Sort(StrEnum):
    """What a list is sorted by."""

    ADDED, UPDATED, EMAIL, NAME = "added", "updated", "email", "name"


class Mark(NamedTuple):
    """A place between two rows: the part of the order, its key there (if it has one), the id."""

    part: int
    key: str | datetime | None
    id: UUID


class _Part(NamedTuple):
    """A stretch of an order: who stands in it, sorted by the key (if any) and then by id."""

    condition: ColumnElement[bool]
    key: Any


_PARTS: dict[Sort, tuple[_Part, ...]] = {
    Sort.ADDED: (_Part(true(), None),),
    Sort.UPDATED: (_Part(true(), Contact.updated_at),),
    Sort.EMAIL: (_Part(true(), Contact.email_key),),
    # Whoever has no name comes last, whichever way the names run.
    Sort.NAME: (
        _Part(Contact.name_key.is_not(None), Contact.name_key),
        _Part(Contact.name_key.is_(None), None),
    ),
}


def mark_of(sort: Sort, row: ContactRow, name_key: str | None) -> Mark:
    """The place of a row."""
    match sort:
        case Sort.UPDATED:
            return Mark(0, row.updated_at, row.id)
        case Sort.EMAIL:
            return Mark(0, row.email_key, row.id)
        case Sort.NAME:
            return Mark(0 if name_key is not None else 1, name_key, row.id)
        case _:
            return Mark(0, None, row.id)


def beginning(words: str) -> ColumnElement[bool]:
    """Whose address or name begins so, or who has this external id; indexes serve all three."""
    start = words.lower()
    return or_(
        and_(Contact.email_key >= start, Contact.email_key < start + LAST),
        and_(Contact.name_key >= start, Contact.name_key < start + LAST),
        Contact.external_id == words,
    )


async def page(
    session: TenantSession,
    condition: ColumnElement[bool],
    *,
    sort: Sort,
    descending: bool,
    mark: Mark | None,
    backwards: bool,
    limit: int,
) -> list[tuple[ContactRow, str | None]]:
    """Rows with their folded names, behind the mark; ``backwards``: before it, still in order."""
    numbered = list(enumerate(_PARTS[sort]))
    found: list[tuple[ContactRow, str | None]] = []
    for number, part in reversed(numbered) if backwards else numbered:
        if mark is not None and (number > mark.part if backwards else number < mark.part):
            continue
        here = mark if mark is not None and mark.part == number else None
        query = _query(condition, part, here, down=descending != backwards)
        rows = await session.execute(query.limit(limit - len(found)))
        found += [_row(row) for row in rows.mappings()]
        if len(found) >= limit:
            break
    return found[::-1] if backwards else found


def _query(condition: ColumnElement[bool], part: _Part, mark: Mark | None, *, down: bool) -> Any:
    keys: Sequence[Any] = [Contact.id] if part.key is None else [part.key, Contact.id]
    query = select(*COLUMNS, Contact.name_key).where(condition, part.condition)
    if mark is not None:
        place = [mark.id] if part.key is None else [mark.key, mark.id]
        left, right = tuple_(*keys), tuple_(*place)
        query = query.where(left < right if down else left > right)
    return query.order_by(*(key.desc() if down else key for key in keys))


def _row(row: Any) -> tuple[ContactRow, str | None]:
    values = dict(row)
    name_key = values.pop("name_key")
    return ContactRow(**values), name_key
