"""Cells as values of attributes: how each kind is read, and which kind a column is. Pure."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from tenantcrm.contacts import rules
from tenantcrm.contacts.imports.layout import Kind
from tenantcrm.contacts.schemas import Value

_NUMBER: Final = re.compile(
    r"-?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?"
)
_COMMA: Final = re.compile(r"-?(?:[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+)(?:,[0-9]+)?")
_ISO: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt ][0-9:.]+(?:[Zz]|[+-][0-9]{2}:[0-9]{2})?)?"
)
_DAYS: Final = re.compile(r"([0-9]{1,2})[./-]([0-9]{1,2})[./-]([0-9]{4})")
_ID_LIKE: Final = re.compile(r"-?0[0-9]|-?[0-9]{16}")
"""Postcodes, telephone and card numbers: digits that are no quantity."""
_YES: Final = frozenset({"true", "yes", "y", "1", "ja", "wahr", "oui", "vrai", "si", "sí", "sim"})
_NO: Final = frozenset({"false", "no", "n", "0", "nein", "falsch", "non", "faux", "não", "nao"})
_PLAINLY: Final = (_YES | _NO) - {"1", "0", "y", "n", "si", "non"}
_LATEST_MONTH: Final = 12
_SHORT: Final = 40


def text(cell: str) -> Value:
    """A text, as it stands.

    Raises:
        ValueError: with words for people.
    """
    # Nearly every cell: short, printable, and nothing that could be meant as a date.
    if len(cell) <= rules.TEXT_MOST and cell.isprintable() and not cell.startswith(("19", "2")):
        return cell
    fault = rules.value_fault(cell)
    if fault:
        raise ValueError(fault[1])
    return cell


def number(cell: str) -> Value:
    """A number such as ``1234.5``."""
    if not _NUMBER.fullmatch(cell):
        raise ValueError(f"{_cut(cell)} is no number; expected one such as 1234.5")
    return _number(cell.replace(",", ""))


def number_comma(cell: str) -> Value:
    """A number such as ``1.234,5``."""
    if not _COMMA.fullmatch(cell):
        raise ValueError(f"{_cut(cell)} is no number; expected one such as 1.234,5")
    return _number(cell.replace(".", "").replace(",", "."))


def _number(plain: str) -> Value:
    if len(plain) > _SHORT:
        raise ValueError("A number has at most 40 digits")
    found = int(plain) if plain.lstrip("-").isdigit() else float(plain)
    fault = rules.value_fault(found)
    if fault:
        raise ValueError(fault[1])
    return found


def boolean(cell: str) -> Value:
    """Yes or no."""
    word = cell.casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueError(f"{_cut(cell)} is neither yes nor no")


def iso_date(cell: str) -> Value:
    """A date such as ``2026-12-31``, or a time."""
    fault = rules.value_fault(cell)
    if not _ISO.fullmatch(cell) or fault:
        raise ValueError(f"{_cut(cell)} is no date; expected one such as 2026-12-31")
    return cell


def _date(cell: str, day: int, month: int, example: str) -> Value:
    found = _DAYS.fullmatch(cell)
    try:
        if found is not None:
            return date(int(found[3]), int(found[month]), int(found[day])).isoformat()
    except ValueError:
        pass
    raise ValueError(f"{_cut(cell)} is no date; expected one such as {example}")


def date_dmy(cell: str) -> Value:
    """A date such as ``31.12.2026``."""
    return _date(cell, 1, 2, "31.12.2026")


def date_mdy(cell: str) -> Value:
    """A date such as ``12/31/2026``."""
    return _date(cell, 2, 1, "12/31/2026")


READERS: Final[dict[Kind, Callable[[str], Value]]] = {
    Kind.TEXT: text,
    Kind.NUMBER: number,
    Kind.NUMBER_COMMA: number_comma,
    Kind.BOOLEAN: boolean,
    Kind.DATE: iso_date,
    Kind.DATE_DMY: date_dmy,
    Kind.DATE_MDY: date_mdy,
}


def kind_of(cells: Sequence[str]) -> Kind:
    """What the cells of a column are; text where they are not all of one kind."""
    given = [cell for cell in cells if cell]
    if not given:
        return Kind.TEXT
    days = [_DAYS.fullmatch(cell) for cell in given]
    if all(days):
        return _order([(int(d[1]), int(d[2])) for d in days if d])
    return next((kind for kind, fits in _FITS if all(map(fits, given))), Kind.TEXT)


def _quantity(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda cell: pattern.fullmatch(cell) is not None and not _ID_LIKE.match(cell)


_FITS: Final[tuple[tuple[Kind, Callable[[str], bool]], ...]] = (
    (Kind.BOOLEAN, lambda cell: cell.casefold() in _PLAINLY),
    (Kind.DATE, lambda cell: _ISO.fullmatch(cell) is not None),
    (Kind.NUMBER, _quantity(_NUMBER)),
    (Kind.NUMBER_COMMA, _quantity(_COMMA)),
)
"""Tried in this order."""


def _order(pairs: Sequence[tuple[int, int]]) -> Kind:
    """Which of two numbers is the day; text where nothing tells."""
    if all(month <= _LATEST_MONTH for _, month in pairs) and any(
        d > _LATEST_MONTH for d, _ in pairs
    ):
        return Kind.DATE_DMY
    if all(month <= _LATEST_MONTH for month, _ in pairs) and any(
        d > _LATEST_MONTH for _, d in pairs
    ):
        return Kind.DATE_MDY
    return Kind.TEXT


def _cut(cell: str) -> str:
    return repr(cell if len(cell) <= _SHORT else cell[:_SHORT] + "…")
