"""Rows of a CSV as contacts: the mapping of columns, made into a few passes over each. Pure."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from tenantcrm.contacts import rules
from tenantcrm.contacts.filters.kinds import Kind as AttributeKind
from tenantcrm.contacts.imports import cells as readers
from tenantcrm.contacts.imports.cells import Attribute, Faults
from tenantcrm.contacts.imports.layout import ONCE, Column, Target
from tenantcrm.contacts.imports.staged import Columns
from tenantcrm.contacts.imports.tables import Row, Table
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


class Read(Struct):
    """What rows are: columns of as many cells, and what is wrong with some, by their places."""

    columns: Columns
    faults: dict[int, str]
    kinds: set[tuple[str, AttributeKind]]
    """The attributes that occur, each with a type."""


class RowReader:
    """Reads the rows of one file. Empty cells say nothing: what is there stays."""

    def __init__(self, columns: Sequence[Column]) -> None:
        """``columns`` were checked."""
        places = {column.to: place for place, column in enumerate(columns)}
        self._width = len(columns)
        self._email = places[Target.EMAIL]
        self._name = places.get(Target.NAME)
        self._parts = [places[t] for t in (Target.FIRST_NAME, Target.LAST_NAME) if t in places]
        self._external_id = places.get(Target.EXTERNAL_ID)
        self._timezone = places.get(Target.TIMEZONE)
        self._attributes = [
            (place, Attribute(_NAMED.get(column.to, column.name), column.kind))
            for place, column in enumerate(columns)
            if column.to in {Target.ATTRIBUTE, *_NAMED}
        ]

    def read(self, table: Table) -> Read:
        """The rows as columns of the staging table, without their numbers and hashes."""
        faults: Faults = {}
        emails, keys = readers.addresses(table.column(self._email), faults)
        columns: Columns = {"email": emails, "email_key": keys}
        names = self._names(table)
        if names is not None:
            columns["name"] = readers.lines(names, rules.check_name, rules.NAME_MOST, faults)
        if self._external_id is not None:
            columns["external_id"] = readers.lines(
                table.column(self._external_id),
                rules.check_external_id,
                rules.EXTERNAL_ID_MOST,
                faults,
            )
        if self._timezone is not None:
            # No zone has no characters, so that each is looked up.
            cells = table.column(self._timezone)
            columns["timezone"] = readers.lines(cells, check_timezone, 0, faults)
        kinds = self._read_attributes(table, columns, faults)
        told = {place: "; ".join(words) for place, words in faults.items()}
        # Of a row that cannot be read nothing is told but that.
        told |= {
            place: self._uneven(row)
            for place, row in table.uneven.items()
            if not table.is_padded(row)
        }
        return Read(columns, told, kinds)

    def _names(self, table: Table) -> list[str] | None:
        """The name, or what its parts make."""
        if self._name is None and not self._parts:
            return None
        whole = [] if self._name is None else table.column(self._name)
        if not self._parts:
            return whole
        parts = zip(*(table.column(place) for place in self._parts), strict=True)
        made = [" ".join(filter(None, some)) for some in parts]
        return [one or other for one, other in zip(whole, made, strict=True)] if whole else made

    def _read_attributes(
        self, table: Table, columns: Columns, faults: Faults
    ) -> set[tuple[str, AttributeKind]]:
        pieces: list[list[str]] = []
        folded: list[list[str] | None] = []
        found: set[tuple[str, AttributeKind]] = set()
        for place, attribute in self._attributes:
            given, small, kinds = attribute.read(table.column(place), faults)
            pieces.append(given)
            folded.append(small)
            found |= {(attribute.name, kind) for kind in kinds}
        if pieces:
            columns["attributes"] = readers.objects(pieces)
        if any(small is not None for small in folded):
            columns["folded"] = readers.objects(
                given if small is None else small
                for given, small in zip(pieces, folded, strict=True)
            )
        return found

    def _uneven(self, row: Row) -> str:
        cell_words = "1 cell" if len(row) == 1 else f"{len(row)} cells"
        return (
            f"The row has {cell_words} and the first row {self._width}: a delimiter too many or "
            "too few, or one in a text without quotation marks"
        )
