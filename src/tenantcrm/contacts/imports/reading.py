"""From the bytes of a file to its rows: what is held of it is one piece and one row."""

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any, Final

from tenantcrm.contacts.imports.errors import FileError
from tenantcrm.contacts.imports.layout import Layout

CELL_MOST: Final = 2_000_000
"""Characters of a cell; a longer one is a quote that is never closed."""
LINE_MOST: Final = 16_000_000
"""Bytes of a line."""
csv.field_size_limit(CELL_MOST)


class Pieces(io.RawIOBase):
    """A file that comes in pieces; ``pull`` gives the next one, ``b""`` at the end."""

    def __init__(self, pull: Callable[[], bytes]) -> None:
        """Nothing is pulled yet."""
        super().__init__()
        self._pull = pull
        self._rest = memoryview(b"")
        self._without_end = 0
        self.position = 0
        """Bytes that were read."""

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next bytes.

        Raises:
            FileError: a line has no end.
        """
        if not self._rest:
            piece = self._pull()
            self._watch(piece)
            self._rest = memoryview(piece)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        self.position += size
        return size

    def _watch(self, piece: bytes) -> None:
        last = max(piece.rfind(b"\n"), piece.rfind(b"\r"))
        self._without_end = self._without_end + len(piece) if last < 0 else len(piece) - last
        if self._without_end > LINE_MOST:
            raise FileError(f"A row is longer than {LINE_MOST:,} bytes; it has no end of line")


def lines_of(pieces: Pieces, layout: Layout) -> io.TextIOWrapper:
    """The text of a file. What its encoding has no character for becomes a question mark: the
    encoding was found from all of its bytes, so that this is a character cut at its end.
    """
    buffered = io.BufferedReader(pieces, 262_144)
    lines = io.TextIOWrapper(buffered, encoding=layout.encoding, errors="replace", newline="")
    if layout.skip:
        lines.read(layout.skip)
    return lines


def rows_of(lines: io.TextIOWrapper, layout: Layout) -> Iterator[list[str]]:
    """The rows of a CSV, blank ones too, so that their numbers are those that a spreadsheet shows.

    Raises:
        FileError: a cell has no end.
    """
    number = 0
    try:
        for row in csv.reader(lines, delimiter=layout.delimiter):
            number += 1
            yield row
    except csv.Error as fault:
        words = f"Row {number + 1:,} cannot be read: {fault}."
        if "field larger" in str(fault):
            words = (
                f"Row {number + 1:,} has a cell of more than {CELL_MOST:,} characters: "
                "most likely a quotation mark is not closed."
            )
        raise FileError(words) from fault
