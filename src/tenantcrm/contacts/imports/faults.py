"""Rows that are refused, and whose they are, as far as they hold an address. Pure."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from tenantcrm.contacts import rules
from tenantcrm.contacts.addresses import LONGEST, normalise
from tenantcrm.errors import InvalidError

CELL_KEPT: Final = 2_000
CELLS_KEPT: Final = 250
"""How much of a refused row is kept: characters of a cell, and cells."""
TRIED_MOST: Final = 10
"""Texts of a row that are tried as an address: unusual ones take a while each."""
_AROUND: Final = re.compile(r"[\s<>\"'(),:;\[\]{}|\\]+")
_NAMED: Final = re.compile(r'"email"\s*:\s*"([^"]{1,320})"')


class Fault(Struct, frozen=True):
    """A row that is refused, with its cells. ``email_key``: of the address in it, if it has one."""

    row: int
    reason: str
    cells: list[str]
    email_key: str = ""


def fault(row: int, reason: str, cells: Sequence[str], email: int | None) -> Fault:
    """A refused row as it is kept: PostgreSQL has no NUL and no half characters."""
    short = [cell if len(cell) <= CELL_KEPT else f"{cell[:CELL_KEPT]}…" for cell in cells]
    kept = [rules.storable(cell) for cell in short[:CELLS_KEPT]]
    return Fault(row, rules.storable(reason), kept, key_of(kept, email))


def key_of(cells: Sequence[str], email: int | None) -> str:
    """The key of the address that a row is about; empty where there is none.

    Args:
        cells: as they are kept.
        email: the place of the column of addresses; None: the only cell is a line of JSON.
    """
    for tried, text in enumerate(_texts(cells, email)):
        if tried == TRIED_MOST:
            break
        try:
            return normalise(text).key
        except InvalidError:
            continue
    return ""


def _texts(cells: Sequence[str], email: int | None) -> Iterator[str]:
    """What may be the address, the likeliest first."""
    if email is None:
        yield from _NAMED.findall(cells[0])
    elif email < len(cells) and "@" in cells[email]:
        yield cells[email]
    for cell in cells:
        if "@" in cell:
            yield from (
                text.strip(".")
                for text in _AROUND.split(cell)
                if "@" in text and len(text) <= LONGEST
            )
