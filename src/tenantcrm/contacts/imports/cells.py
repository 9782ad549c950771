"""Whole columns of cells at once: what is the same for all is looked at once. Pure.

A cell is stripped; an empty one says nothing. What is wrong with one is noted by its place.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Final, TypeAlias

import msgspec

from tenantcrm.contacts.addresses import normalise_all
from tenantcrm.contacts.filters.kinds import Kind as AttributeKind
from tenantcrm.contacts.filters.kinds import kind_of
from tenantcrm.contacts.imports.layout import Kind
from tenantcrm.contacts.imports.values import READERS
from tenantcrm.errors import InvalidError

LOOKED_AT: Final = 100
"""Values of a column whose types are noted."""

Faults: TypeAlias = dict[int, list[str]]
"""What is wrong, by the place of the row."""


def note(faults: Faults, place: int, words: str) -> None:
    """Something is wrong with the row at a place."""
    faults.setdefault(place, []).append(words)


def addresses(cells: Sequence[str], faults: Faults) -> tuple[list[str], list[str]]:
    """The addresses as they are written to, and their keys; empty where something is wrong."""
    emails, keys, refused = normalise_all(cells)
    for place, words in refused.items():
        note(faults, place, words)
    return emails, keys


def lines(
    cells: Sequence[str], check: Callable[[str], str | None], most: int, faults: Faults
) -> list[str | None]:
    """Texts of one line, of at most so many characters."""
    if "".join(cells).isprintable() and max(map(len, cells), default=0) <= most:
        return [cell or None for cell in cells]
    return [
        _checked(check, cell, place, faults) if cell else None for place, cell in enumerate(cells)
    ]


def _checked(
    check: Callable[[str], str | None], cell: str, place: int, faults: Faults
) -> str | None:
    try:
        return check(cell)
    except InvalidError as fault:
        note(faults, place, fault.errors[0].message)
        return None


class Attribute:
    """A column that becomes an attribute; what occurs again and again is read once a batch."""

    def __init__(self, name: str, kind: Kind) -> None:
        """``name`` was checked: it needs no quotation in JSON."""
        self.name = name
        self._head = f',"{name}":'
        self._read = READERS[kind]

    def read(
        self, cells: Sequence[str], faults: Faults
    ) -> tuple[list[str], list[str] | None, set[AttributeKind]]:
        """Each cell as a piece of a JSON object, behind a comma; the same folded (None: it is all
        the same), and which types occur.
        """
        distinct = set(cells) - {""}
        refused: dict[str, str] = {}
        pieces, folded = {"": ""}, dict[str, str]()
        for cell in distinct:
            try:
                value = self._read(cell)
            except ValueError as fault:
                refused[cell], pieces[cell] = f"{self.name}: {fault}", ""
                continue
            pieces[cell] = self._head + _json(value)
            if isinstance(value, str) and (small := value.casefold()) != value:
                folded[cell] = self._head + _json(small)
        if refused:
            for place, cell in enumerate(cells):
                if cell in refused:
                    note(faults, place, refused[cell])
        some = islice((cell for cell in distinct if cell not in refused), LOOKED_AT)
        kinds = {kind_of(self._read(cell)) for cell in some}
        as_given = [pieces[cell] for cell in cells]
        if not folded:
            return as_given, None, kinds
        both = pieces | folded
        return as_given, [both[cell] for cell in cells], kinds


def objects(columns: Iterable[Sequence[str]]) -> list[str]:
    """Pieces of JSON objects, side by side, as objects."""
    return [f"{{{pieces[1:]}}}" for pieces in map("".join, zip(*columns, strict=True))]


_ENCODER: Final = msgspec.json.Encoder()


def _json(value: object) -> str:
    return _ENCODER.encode(value).decode()
