"""Downloads are CSV that opens in a spreadsheet and runs nothing there."""

import csv
import io
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime

import pytest

from tenantcrm.web.exports import Cell, csv_download, safe_cell


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (-3, "-3"),
        (1.5, "1.5"),
        (datetime(2026, 3, 1, 10, tzinfo=UTC), "2026-03-01T10:00:00Z"),
        ("plain", "plain"),
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
    ],
)
def test_a_cell_is_text_that_no_spreadsheet_runs(value: Cell, text: str):
    """Texts that would be formulas are not; numbers stay numbers."""
    assert safe_cell(value) == text


async def test_a_file_reads_back_as_it_was():
    """Commas, quotes, line ends and many rows come through, in more than one piece."""
    rows = [[n, 'a "b", c\nd', "é🦊"] for n in range(5000)]

    async def given() -> AsyncIterator[Iterable[Cell]]:
        for row in rows:
            yield row

    answer = csv_download("people, é.csv", ["n", "text", "=x"], given())
    pieces = [piece async for piece in answer.iterator]
    assert len(pieces) > 1
    read = list(csv.reader(io.StringIO(b"".join(pieces).decode("utf-8-sig"))))
    assert read[0] == ["n", "text", "'=x"]
    assert [[int(n), text, fox] for n, text, fox in read[1:]] == rows
    assert answer.headers["Content-Disposition"].endswith("people%2C%20%C3%A9.csv")
