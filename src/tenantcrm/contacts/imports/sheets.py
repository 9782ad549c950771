"""Rows as COPY takes them: columns side by side, put together as text in a few calls. Pure."""

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Final, NamedTuple

_NULL: Final = r"\N"
_SPECIAL: Final = ("\\", "\t", "\n", "\r")
_ESCAPES: Final = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


class Sheet(NamedTuple):
    """Which columns of the staging table are given, and the rows in COPY's text format."""

    columns: tuple[str, ...]
    text: bytes


def sheet(columns: Mapping[str, Sequence[str | None]]) -> Sheet:
    """Put columns of the same length together; None is NULL. One of nothing else is left out."""
    given = {name: cells for name, cells in columns.items() if any(map(_is_there, cells))}
    lines = map("\t".join, zip(*map(_escaped, given.values()), strict=True))
    return Sheet(tuple(given), "".join(map(str.__add__, lines, repeat("\n"))).encode())


def _is_there(cell: str | None) -> bool:
    return cell is not None


def _escaped(cells: Sequence[str | None]) -> Sequence[str]:
    text = "".join(filter(None, cells))
    # One look at all of them: hardly any cell has anything to escape.
    if any(special in text for special in _SPECIAL):
        return [_NULL if cell is None else cell.translate(_ESCAPES) for cell in cells]
    return [_NULL if cell is None else cell for cell in cells]
