"""A file in batches of checked rows: what a worker parses in a thread, one batch ahead."""

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec
from msgspec import Struct, field

from tenantcrm.contacts import rules
from tenantcrm.contacts.addresses import normalise
from tenantcrm.contacts.imports.layout import Layout
from tenantcrm.contacts.imports.reading import Pieces, lines_of, rows_of
from tenantcrm.contacts.imports.rows import RowReader
from tenantcrm.contacts.imports.seen import Seen
from tenantcrm.contacts.imports.staged import Staged, staged_change
from tenantcrm.contacts.schemas import NewContact, Value
from tenantcrm.errors import InvalidError

ROWS: Final = 10_000
BYTES: Final = 8_000_000
"""A batch ends at so many rows, or bytes of the file."""
CELL_KEPT, CELLS_KEPT = 2_000, 250
"""How much of a refused row is kept: characters of a cell, and cells."""


class Fault(Struct, frozen=True):
    """A row that is refused, with its cells."""

    row: int
    reason: str
    cells: list[str]


class Batch(Struct):
    """Rows that are fit, and rows that are not; ``cells`` are those of the fit ones, in order.

    ``last``: the number of the last row. ``position``: bytes of the file that were read.
    """

    rows: list[Staged] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    attributes: dict[str, Value] = field(default_factory=dict)
    """Each attribute that occurs in a row that was looked at, with a value of it."""
    last: int = 0
    position: int = 0

    def fault_of(self, row: int, reason: str) -> Fault:
        """A fit row that is refused after all."""
        place = next(n for n, staged in enumerate(self.rows) if staged.row == row)
        return Fault(row, reason, kept(self.cells[place]))


def kept(cells: list[str]) -> list[str]:
    """The cells of a refused row as they are kept: PostgreSQL has no NUL and no half characters."""
    short = [cell if len(cell) <= CELL_KEPT else f"{cell[:CELL_KEPT]}…" for cell in cells]
    return [rules.storable(cell) for cell in short[:CELLS_KEPT]]


class Batches:
    """The batches of a file behind the row ``done``."""

    def __init__(
        self, pull: Callable[[], bytes], layout: Layout, hash_key: bytes, *, done: int = 0
    ) -> None:
        """``pull`` gives the file's pieces; it may wait, so that this belongs in a thread."""
        self._pieces = Pieces(pull)
        self._done = done
        self._addresses, self._external_ids = Seen(), Seen()
        lines = lines_of(self._pieces, layout)
        self._rows: Iterator[tuple[int, list[str], Staged | str]]
        if layout.format == "ndjson":
            self._rows = _of_json(lines, hash_key)
            self._stride = 1
        else:
            # The columns say which there are; a few rows say of which type.
            self._stride = 50
            self._rows = _of_csv(rows_of(lines, layout), layout, hash_key)

    def next(self) -> Batch | None:
        """The next batch; None at the end of the file.

        Raises:
            FileError: the file cannot be read on.
        """
        batch, begin = Batch(), self._pieces.position
        for number, cells, found in self._rows:
            fault = found if isinstance(found, str) else self._twice(found)
            if number <= self._done:
                continue
            if fault is not None:
                batch.faults.append(Fault(number, fault, kept(cells)))
            else:
                batch.rows.append(found)  # type: ignore[arg-type] # no fault: it is staged
                batch.cells.append(cells)
            batch.last = number
            full = len(batch.rows) + len(batch.faults) >= ROWS
            if full or self._pieces.position - begin > BYTES:
                break
        batch.position = self._pieces.position
        for row in batch.rows[:: self._stride]:
            batch.attributes |= _DECODER.decode(row.attributes)
        return batch if batch.last else None

    def _twice(self, row: Staged) -> str | None:
        """Why a row is refused that names somebody whom an earlier one has named."""
        if not self._addresses.add(row.email_key):
            return "An earlier row has the same email address: the first one counts"
        if row.external_id is not None and not self._external_ids.add(row.external_id):
            return "An earlier row has the same external id: the first one counts"
        return None


def _of_csv(
    rows: Iterator[list[str]], layout: Layout, hash_key: bytes
) -> Iterator[tuple[int, list[str], Staged | str]]:
    read = RowReader(layout.columns, hash_key).read
    number = 0
    if layout.has_header:
        for cells in rows:
            number += 1
            if any(cell.strip() for cell in cells):
                break
    for cells in rows:
        number += 1
        if cells and any(cells):
            yield number, cells, read(number, cells)


_DECODER: Final = msgspec.json.Decoder(dict[str, Any])


def _of_json(
    lines: Iterator[str], hash_key: bytes
) -> Iterator[tuple[int, list[str], Staged | str]]:
    for number, line in enumerate(lines, 1):
        text = line.strip("\ufeff \t\r\n")
        if text:
            yield number, [text], read_json(number, text, hash_key)


def read_json(number: int, text: str, hash_key: bytes) -> Staged | str:
    """A line of JSON as a contact, as the API takes one; in words what is wrong with it."""
    try:
        found = _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return "The line is no JSON object"
    try:
        change = rules.check_contact(msgspec.convert(found, NewContact))
    except msgspec.ValidationError as fault:
        return str(fault)
    except InvalidError as fault:
        return "; ".join(f"{e.pointer.removeprefix('/')}: {e.message}" for e in fault.errors)
    if change.address is None:  # pragma: no cover - a new contact has one
        return normalise("").email
    return staged_change(number, change, change.address, hash_key)


def as_json(value: object) -> str:
    """JSON for a parameter of the driver."""
    return json.dumps(value, ensure_ascii=False)
