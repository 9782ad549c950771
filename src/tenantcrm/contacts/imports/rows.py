"""A row of a CSV as a contact: the mapping of columns, made into one quick pass. Pure."""

from collections.abc import Callable, Sequence
from typing import Final

from tenantcrm.contacts import rules
from tenantcrm.contacts.addresses import normalise
from tenantcrm.contacts.imports.layout import ONCE, Column, Target
from tenantcrm.contacts.imports.staged import Staged, staged
from tenantcrm.contacts.imports.values import READERS
from tenantcrm.contacts.schemas import Value
from tenantcrm.errors import FieldError, InvalidError
from tenantcrm.tenants.rules import check_timezone

_NAMED: Final = {Target.FIRST_NAME: "first_name", Target.LAST_NAME: "last_name"}


def check_columns(columns: Sequence[Column]) -> None:
    """Refuse a mapping that makes no contacts.

    Raises:
        InvalidError: with every fault; the pointer is ``/columns/N``, or ``/columns``.
    """
    faults: list[FieldError] = []
    targets, names = set[Target](), set[str]()
    for place, column in enumerate(columns):
        pointer = f"/columns/{place}"
        if column.to in ONCE and column.to in targets:
            words = f"Two columns are to be {WORDS[column.to]}; choose one"
            faults.append(FieldError(pointer, "duplicate_column", words))
        targets.add(column.to)
        name = _NAMED.get(column.to, column.name if column.to is Target.ATTRIBUTE else "")
        fault = rules.name_fault(name) if column.to is Target.ATTRIBUTE else None
        if fault:
            faults.append(FieldError(pointer, *fault))
        elif name and name in names:
            words = f"Two columns are to be the attribute {name}"
            faults.append(FieldError(pointer, "duplicate_column", words))
        names.add(name)
    if Target.EMAIL not in targets:
        words = "No column holds the email address, by which contacts are known: choose one"
        faults.insert(0, FieldError("/columns", "required", words))
    if len(names - {""}) > rules.ATTRIBUTES_MOST:
        faults.append(rules.too_many_attributes(len(names - {""})))
    if faults:
        raise InvalidError(faults)


WORDS: Final = {
    Target.EMAIL: "the email address",
    Target.NAME: "the name",
    Target.FIRST_NAME: "the first name",
    Target.LAST_NAME: "the last name",
    Target.EXTERNAL_ID: "the external id",
    Target.TIMEZONE: "the time zone",
}


class RowReader:
    """Reads the rows of one file. Empty cells say nothing: what is there stays."""

    def __init__(self, columns: Sequence[Column], hash_key: bytes) -> None:
        """``columns`` were checked."""
        places = {column.to: place for place, column in enumerate(columns)}
        self._width = len(columns)
        self._hash_key = hash_key
        self._email = places[Target.EMAIL]
        self._name = places.get(Target.NAME)
        self._parts = [places[t] for t in (Target.FIRST_NAME, Target.LAST_NAME) if t in places]
        self._external_id = places.get(Target.EXTERNAL_ID)
        self._timezone = places.get(Target.TIMEZONE)
        self._attributes: list[tuple[int, str, Callable[[str], Value]]] = [
            (place, _NAMED.get(column.to, column.name), READERS[column.kind])
            for place, column in enumerate(columns)
            if column.to in {Target.ATTRIBUTE, *_NAMED}
        ]

    def read(self, number: int, cells: list[str]) -> Staged | str:
        """The row, or in words what is wrong with it."""
        faults: list[str] = []
        if len(cells) != self._width:
            ragged = self._ragged(cells)
            if ragged:
                return ragged
        try:
            address = normalise(cells[self._email])
        except InvalidError as fault:
            faults.append(fault.errors[0].message)
        name = self._named(cells, faults)
        external_id = timezone = None
        if self._external_id is not None and (cell := cells[self._external_id].strip()):
            external_id = _checked(rules.check_external_id, cell, faults)
        if self._timezone is not None and (cell := cells[self._timezone].strip()):
            timezone = _checked(check_timezone, cell, faults)
        attributes: dict[str, Value] = {}
        for place, attribute, read in self._attributes:
            cell = cells[place].strip()
            if cell:
                try:
                    attributes[attribute] = read(cell)
                except ValueError as fault:
                    faults.append(f"{attribute}: {fault}")
        if faults:
            return "; ".join(faults)
        return staged(
            number,
            address,
            self._hash_key,
            attributes,
            name=name,
            external_id=external_id,
            timezone=timezone,
        )

    def _named(self, cells: list[str], faults: list[str]) -> str | None:
        if self._name is not None and (cell := cells[self._name].strip()):
            text = cell
        elif self._parts:
            text = " ".join(filter(None, [cells[place].strip() for place in self._parts]))
        else:
            return None
        if not text:
            return None
        if len(text) <= rules.NAME_MOST and text.isprintable():
            return text
        return _checked(rules.check_name, text, faults)

    def _ragged(self, cells: list[str]) -> str:
        """What is wrong with a row of another width; empty where only empty cells are too many."""
        if len(cells) > self._width and not any(cell.strip() for cell in cells[self._width :]):
            del cells[self._width :]
            return ""
        cell_words = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
        return (
            f"The row has {cell_words} and the first row {self._width}: a delimiter too many or "
            "too few, or one in a text without quotation marks"
        )


def _checked(check: Callable[[str], str | None], text: str, faults: list[str]) -> str | None:
    try:
        return check(text)
    except InvalidError as fault:
        faults.append(fault.errors[0].message)
        return None
