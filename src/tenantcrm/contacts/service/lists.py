"""Pages of contacts as a person looks at them: searched, filtered, sorted, forth and back."""

from msgspec import Struct
from sqlalchemy import ColumnElement

from tenantcrm.contacts import repository
from tenantcrm.contacts.filters import parse
from tenantcrm.contacts.filters.compile import compile_filter
from tenantcrm.contacts.marks import read_mark, show_mark
from tenantcrm.contacts.repository import lists, sizes
from tenantcrm.contacts.repository.lists import Sort
from tenantcrm.contacts.schemas import ContactRow, Size
from tenantcrm.contacts.service.sizes import PATIENCE, in_time
from tenantcrm.database import TenantSession
from tenantcrm.tenants.models import Mode

__all__ = ["Asked", "Listed", "Sort", "browse", "condition", "found"]

SLOWEST = 5.0
"""Seconds after which a list that no index serves is given up."""
QUICK = 0.05
"""Seconds that a page waits for its rows before it says that it looks for them."""


class Asked(Struct, frozen=True, kw_only=True):
    """What is looked for. ``anywhere``: the words may stand inside addresses and names too."""

    mode: Mode
    filter_text: str = ""
    search: str = ""
    anywhere: bool = True


class Listed(Struct, frozen=True, kw_only=True):
    """A page; ``next`` and ``previous`` are cursors, None where the list ends.

    ``slow``: it took too long, and nothing was found out.
    """

    rows: list[ContactRow]
    next: str | None = None
    previous: str | None = None
    slow: bool = False


def condition(session: TenantSession, asked: Asked) -> ColumnElement[bool]:
    """Who is meant.

    Raises:
        FilterError: the filter cannot be read.
    """
    compiled = compile_filter(parse(asked.filter_text))
    words = asked.search if asked.anywhere else ""
    found = repository.matching(session, asked.mode, compiled, words)
    return found & lists.beginning(asked.search) if asked.search and not asked.anywhere else found


async def browse(
    session: TenantSession,
    asked: Asked,
    *,
    sort: Sort = Sort.ADDED,
    descending: bool = True,
    after: str | None = None,
    before: str | None = None,
    limit: int = 50,
    seconds: float = SLOWEST,
) -> Listed:
    """A page behind, or before, a cursor; ``seconds``: after these it is given up.

    Raises:
        FilterError: the filter cannot be read.
        InvalidError: the cursor is none of this list.
    """
    query = (asked.mode.value, asked.filter_text, asked.search, asked.anywhere, sort, descending)
    cursor = after if before is None else before
    moment = sort is Sort.UPDATED
    mark = None if cursor is None else read_mark(cursor, *query, moment=moment)
    backwards = before is not None
    wanted = condition(session, asked)
    rows = await sizes.within(
        session,
        seconds,
        lambda: lists.page(
            session,
            wanted,
            sort=sort,
            descending=descending,
            mark=mark,
            backwards=backwards,
            limit=limit + 1,
        ),
    )
    if rows is None:
        return Listed(rows=[], slow=True)
    more = len(rows) > limit
    kept = rows[-limit:] if backwards else rows[:limit]
    marks = [show_mark(lists.mark_of(sort, *row), *query) for row in (*kept[:1], *kept[-1:])]
    return Listed(
        rows=[row for row, _ in kept],
        next=marks[-1] if marks and (more or backwards) else None,
        previous=marks[0] if marks and (more if backwards else after is not None) else None,
    )


async def found(
    session: TenantSession, asked: Asked, *, whole: Size, seconds: float | None = PATIENCE
) -> Size:
    """How many there are; ``whole``: of all; ``seconds`` None: exactly, however long it takes.

    Raises:
        FilterError: the filter cannot be read.
    """
    if not asked.filter_text.strip() and not asked.search and seconds is not None:
        return whole
    wanted = condition(session, asked)
    if seconds is None or whole.exact:
        return Size(await repository.count(session, wanted))
    number, one_in = await in_time(
        session,
        lambda those: repository.count(session, wanted & those),
        number=lambda count: count,
        seconds=seconds,
        mode=asked.mode,
    )
    return Size(number * one_in, exact=one_in == 1)
