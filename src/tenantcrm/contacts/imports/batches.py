"""A file in batches of checked rows: what a worker parses in a thread, one batch ahead."""

from collections.abc import Callable, Iterator, Sequence
from itertools import compress
from typing import Any, Final, Protocol, TypeAlias

import msgspec
from msgspec import Struct, field

from tenantcrm.contacts import rules
from tenantcrm.contacts.addresses import normalise
from tenantcrm.contacts.filters.kinds import Kind, kind_of
from tenantcrm.contacts.imports.faults import Fault, fault
from tenantcrm.contacts.imports.layout import Layout, Target
from tenantcrm.contacts.imports.reading import Pieces, lines_of, rows_of
from tenantcrm.contacts.imports.rows import Read, RowReader
from tenantcrm.contacts.imports.seen import Seen
from tenantcrm.contacts.imports.sheets import Sheet, sheet
from tenantcrm.contacts.imports.staged import Columns, Staged, columns_of, finish, staged_change
from tenantcrm.contacts.imports.tables import Row, Table
from tenantcrm.contacts.rules import Change
from tenantcrm.contacts.schemas import NewContact
from tenantcrm.errors import InvalidError

ROWS: Final = 10_000
BYTES: Final = 8_000_000
"""A batch ends at so many rows, or bytes of the file."""
AT_ONCE: Final = 250


_TWICE: Final = "An earlier row has the same {}: the first one counts"
Texts: TypeAlias = Sequence[str | None]


class Batch(Struct, kw_only=True):
    """Rows that are fit, and rows that are not; ``fit`` are the numbers of the fit ones.

    ``last``: the number of the last row. ``position``: bytes of the file that were read.
    """

    numbers: list[int]
    table: Table
    fit: list[int]
    sheet: Sheet
    faults: list[Fault]
    kinds: set[tuple[str, Kind]] = field(default_factory=set)
    """The attributes that occur, each with a type."""
    last: int
    position: int
    email: int | None
    """The place of the column of addresses; None: the rows are lines of JSON."""

    def fault_of(self, row: int, reason: str) -> Fault:
        """A fit row that is refused after all."""
        return fault(row, reason, self.table.row(self.numbers.index(row)), self.email)


class Reader(Protocol):
    """Makes columns of rows."""

    def read(self, table: Table) -> Read:
        """The rows as columns of the staging table, without their numbers and hashes."""


class Batches:
    """The batches of a file behind the row ``done``."""

    def __init__(
        self, pull: Callable[[], bytes], layout: Layout, hash_key: bytes, *, done: int = 0
    ) -> None:
        """``pull`` gives the file's pieces; it may wait, so that this belongs in a thread."""
        self._pieces = Pieces(pull)
        self._done, self._hash_key = done, hash_key
        self._addresses, self._external_ids = Seen(), Seen()
        lines = lines_of(self._pieces, layout)
        self._reader: Reader
        self._email: int | None = None
        if layout.format == "ndjson":
            self._width, self._reader = 1, JsonReader()
            self._rows = _of_json(lines)
        else:
            self._width, self._reader = len(layout.columns), RowReader(layout.columns)
            self._email = [column.to for column in layout.columns].index(Target.EMAIL)
            self._rows = _of_csv(rows_of(lines, layout), layout)

    def next(self) -> Batch | None:
        """The next batch; None at the end of the file.

        Raises:
            FileError: the file cannot be read on.
        """
        while True:
            numbers, table = self._some()
            if not numbers:
                return None
            read = self._reader.read(table)
            self._refuse_twice(read)
            # What another worker has done already is read only to know whom it has named.
            if numbers[-1] > self._done:
                return self._batch(numbers, table, read)

    def _some(self) -> tuple[list[int], Table]:
        """The next rows, with their numbers."""
        numbers, some, table = list[int](), list[Row](), Table(self._width)
        end = self._pieces.position + BYTES
        for number, cells in self._rows:
            numbers.append(number)
            some.append(cells)
            if len(some) == AT_ONCE:
                table.add(some)
                some.clear()
            if len(numbers) == ROWS or self._pieces.position > end:
                break
        table.add(some)
        return numbers, table

    def _refuse_twice(self, read: Read) -> None:
        """Refuse rows that name somebody whom an earlier one has named."""
        external_ids = read.columns.get("external_id")
        before = dict(read.faults)
        keys = _fit(read.columns["email_key"], read.faults)
        again = self._addresses.add(keys)
        read.faults |= dict.fromkeys(again, _TWICE.format("email address"))
        if external_ids is None:
            return
        named = _fit(external_ids, read.faults)
        also = self._external_ids.add(named)
        if not also:
            return
        # What a refused row has named is still free for a later one: once more, row by row.
        self._addresses.drop(_but(keys, again))
        self._external_ids.drop(_but(named, also))
        read.faults = before
        self._refuse_one_by_one(keys, _fit(external_ids, before), read.faults)

    def _refuse_one_by_one(self, keys: Texts, external_ids: Texts, faults: dict[int, str]) -> None:
        for place, (key, external_id) in enumerate(zip(keys, external_ids, strict=True)):
            if key is not None and self._addresses.has(key):
                faults[place] = _TWICE.format("email address")
            elif external_id is not None and self._external_ids.has(external_id):
                faults[place] = _TWICE.format("external id")
            else:
                self._addresses.add([key])
                self._external_ids.add([external_id])

    def _batch(self, numbers: list[int], table: Table, read: Read) -> Batch:
        new = [number > self._done for number in numbers]
        fit = [one and n not in read.faults for n, one in enumerate(new)]
        columns: Columns = read.columns
        if not all(fit):
            columns = {name: list(compress(cells, fit)) for name, cells in columns.items()}
        those = list(compress(numbers, fit))
        columns["row"] = list(map(str, those))
        finish(columns, self._hash_key)
        return Batch(
            numbers=numbers,
            table=table,
            fit=those,
            sheet=sheet(columns),
            faults=[
                fault(numbers[n], read.faults[n], table.row(n), self._email)
                for n in sorted(read.faults)
                if new[n]
            ],
            kinds=read.kinds,
            last=numbers[-1],
            position=self._pieces.position,
            email=self._email,
        )


def _fit(texts: Texts, faults: dict[int, str]) -> Texts:
    """The texts of the rows without faults."""
    return [None if n in faults else text for n, text in enumerate(texts)] if faults else texts


def _but(texts: Texts, places: list[int]) -> Iterator[str]:
    """The texts at other places."""
    those = set(places)
    return (text for n, text in enumerate(texts) if text is not None and n not in those)


def _of_csv(rows: Iterator[Row], layout: Layout) -> Iterator[tuple[int, Row]]:
    number = 0
    if layout.has_header:
        for cells in rows:
            number += 1
            if any(cell.strip() for cell in cells):
                break
    for cells in rows:
        number += 1
        if any(cells):
            yield number, cells


def _of_json(lines: Iterator[str]) -> Iterator[tuple[int, Row]]:
    for number, line in enumerate(lines, 1):
        text = line.strip("\ufeff \t\r\n")
        if text:
            yield number, [text]


_DECODER: Final = msgspec.json.Decoder(dict[str, Any])
_NOBODY: Final = Staged("", "", "")


class JsonReader:
    """Reads lines of JSON, each a contact as the API takes one."""

    def read(self, table: Table) -> Read:
        """The lines as columns of the staging table, without their numbers and hashes."""
        found, faults = list[Staged](), dict[int, str]()
        kinds: set[tuple[str, Kind]] = set()
        for place, text in enumerate(table.column(0)):
            change = read_json(text)
            if isinstance(change, str):
                faults[place] = change
                found.append(_NOBODY)
            else:
                found.append(staged_change(place, change, change.address or normalise("")))
                kinds |= {(name, kind_of(value)) for name, value in change.attributes.items()}
        return Read(columns_of(found), faults, kinds)


def read_json(text: str) -> Change | str:
    """A line of JSON as a contact; in words what is wrong with it."""
    try:
        found = _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return "The line is no JSON object"
    try:
        return rules.check_contact(msgspec.convert(found, NewContact))
    except msgspec.ValidationError as refused:
        return str(refused)
    except InvalidError as refused:
        return "; ".join(f"{e.pointer.removeprefix('/')}: {e.message}" for e in refused.errors)
