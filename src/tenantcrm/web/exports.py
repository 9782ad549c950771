"""Downloads: CSV that is streamed row by row, and safe to open in a spreadsheet."""

import csv
import io
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Sequence
from datetime import datetime
from urllib.parse import quote

from litestar.response import Stream

from tenantcrm.web.templating import iso_text

Cell = str | int | float | bool | datetime | None
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection")."""
PIECE = 64 * 1024
"""Characters that leave together."""
_BOM = "\ufeff"


def safe_cell(value: Cell) -> str:
    """A cell as text. One that a spreadsheet would run is made text by a leading apostrophe.

    Numbers are numbers, a leading minus or not; truths are ``true`` and ``false``; moments are
    RFC 3339 in UTC; None is an empty cell.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, datetime):
        return iso_text(value)
    return f"'{value}" if value.startswith(FORMULA) else value


def csv_download(
    filename: str, header: Sequence[str], rows: AsyncIterable[Iterable[Cell]]
) -> Stream:
    """A CSV file (RFC 4180, UTF-8 with a byte order mark, which Excel needs) under this name.

    ``rows`` is read while it is sent: it has to hold what it needs, such as a unit of work of its
    own, for the request's is over by then.
    """
    return Stream(
        _written(header, rows),
        media_type="text/csv; charset=utf-8; header=present",
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(filename, safe='')}",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


async def _written(
    header: Sequence[str], rows: AsyncIterable[Iterable[Cell]]
) -> AsyncIterator[bytes]:
    page = io.StringIO()
    page.write(_BOM)
    writer = csv.writer(page)
    writer.writerow([safe_cell(name) for name in header])
    async for row in rows:
        writer.writerow([safe_cell(cell) for cell in row])
        if page.tell() >= PIECE:
            yield page.getvalue().encode()
            page.seek(0)
            page.truncate()
    yield page.getvalue().encode()
