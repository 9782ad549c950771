"""Rows of a file, kept as columns: lists for each row would keep Python's collector busy. Pure."""

from collections.abc import Sequence
from typing import TypeAlias

Row: TypeAlias = list[str]
"""The cells of a row."""


class Table:
    """Rows side by side, in the order they came."""

    def __init__(self, width: int) -> None:
        """``width``: cells of a row."""
        self._width, self._columns = width, [list[str]() for _ in range(width)]
        self.size = 0
        self.uneven: dict[int, Row] = {}
        """Rows of another width, by their places. One that is too long by empty cells alone counts
        without those, any other as an empty one."""

    def add(self, rows: Sequence[Row]) -> None:
        """The next rows; a few hundred at once are quickest."""
        if any(len(row) != self._width for row in rows):
            rows = [self._even(place, row) for place, row in enumerate(rows, self.size)]
        if rows:
            for column, cells in zip(self._columns, zip(*rows, strict=True), strict=True):
                column.extend(cells)
        self.size += len(rows)

    def column(self, place: int) -> list[str]:
        """The cells of a column, stripped."""
        return list(map(str.strip, self._columns[place]))

    def row(self, place: int) -> Row:
        """A row as it came."""
        return self.uneven.get(place) or [column[place] for column in self._columns]

    def _even(self, place: int, row: Row) -> Row:
        if len(row) == self._width:
            return row
        self.uneven[place] = row
        return row[: self._width] if self.is_padded(row) else [""] * self._width

    def is_padded(self, row: Row) -> bool:
        """Whether a row is too long by empty cells alone."""
        return len(row) > self._width and not any(cell.strip() for cell in row[self._width :])
