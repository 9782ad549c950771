"""How a file of text is laid out: CSV with which delimiter, with or without a header. Pure."""

import csv
import io
import json
import re
from collections import Counter
from typing import Final

from msgspec import structs

from tenantcrm.contacts import rules
from tenantcrm.contacts.imports.columns import is_address, match_columns
from tenantcrm.contacts.imports.encodings import EXPECTED
from tenantcrm.contacts.imports.errors import FileError
from tenantcrm.contacts.imports.layout import Column, Layout, Target

DELIMITERS: Final = (",", ";", "\t", "|")
COLUMNS_MOST: Final = 200
SAMPLE: Final = 200
"""Rows that columns are judged by."""
_SEPARATOR: Final = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_ENOUGH: Final = 0.8
"""Which share of rows has to have as many cells as the first."""


def find_layout(head: str, encoding: str, *, format: str | None, whole: bool) -> Layout:  # noqa: A002 - what it is called
    """How to read a file that begins with ``head``.

    ``format``: ``csv`` or ``ndjson`` where that is known; ``whole``: ``head`` is all of it.

    Raises:
        FileError: it has no rows, or too many columns.
    """
    if format == "ndjson" or (format is None and _is_json(head)):
        return Layout(format="ndjson", encoding=encoding)
    stated = _SEPARATOR.match(head)
    skip = stated.end() if stated else 0
    text = head[skip:]
    delimiter = stated[1] if stated else _delimiter(text, whole=whole)
    rows = first_rows(text, delimiter, whole=whole)
    if not rows:
        raise FileError(f"The file has no rows. {EXPECTED}")
    # It is kept with the import, and PostgreSQL has no NUL, which UTF-16 can hold.
    first = [rules.storable(cell.strip()) for cell in rows[0]]
    if len(first) > COLUMNS_MOST:
        raise FileError(
            f"The file has {len(first)} columns; at most {COLUMNS_MOST} are taken. "
            "Remove those that you do not need."
        )
    # A file that begins with somebody's address has no header.
    has_header = not any(is_address(cell) for cell in first)
    headers = first if has_header else [f"Column {n}" for n in range(1, len(first) + 1)]
    columns = match_columns(headers, rows[1:] if has_header else rows)
    if not has_header:
        columns = [_without_name(column) for column in columns]
    return Layout(
        format="csv",
        encoding=encoding,
        delimiter=delimiter,
        skip=skip,
        has_header=has_header,
        columns=columns,
    )


def _without_name(column: Column) -> Column:
    """A column that is called nothing is left out, until somebody names it."""
    return (
        column if column.to is Target.EMAIL else structs.replace(column, to=Target.IGNORE, name="")
    )


def first_rows(text: str, delimiter: str, *, whole: bool, most: int = SAMPLE) -> list[list[str]]:
    """The first rows that are not blank; the last one of a piece is left out, as it may be cut."""
    found: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if any(cell.strip() for cell in row):
                found.append(row)
            if len(found) > most:
                break
    except csv.Error:
        return found
    return found if whole or len(found) > most or len(found) < 2 else found[:-1]  # noqa: PLR2004 - the header stays


def _delimiter(text: str, *, whole: bool) -> str:
    """The delimiter that cuts the rows into the most cells, as many in each."""
    best, most = ",", 1
    for delimiter in DELIMITERS:
        widths = [len(row) for row in first_rows(text, delimiter, whole=whole)]
        if not widths:
            continue
        width, often = Counter(widths).most_common(1)[0]
        steady = often >= _ENOUGH * len(widths) or widths[0] == max(widths)
        if width > most and steady:
            best, most = delimiter, width
    if most == 1:
        # Rows of all widths: go by the first, which names the columns.
        counts = {d: text.partition("\n")[0].count(d) for d in DELIMITERS}
        found = max(DELIMITERS, key=lambda d: counts[d])
        best = found if counts[found] else ","
    return best


def _is_json(head: str) -> bool:
    line = head.lstrip("\ufeff \t\r\n").partition("\n")[0]
    if not line.startswith("{"):
        return False
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False
