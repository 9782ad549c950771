"""What people and keys do with an import. Nothing here commits."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import structs

from tenantcrm import clock, ids, jobs
from tenantcrm.contacts.imports.batches import Fault
from tenantcrm.contacts.imports.dialects import find_layout, first_rows
from tenantcrm.contacts.imports.encodings import HEAD, EncodingFinder
from tenantcrm.contacts.imports.errors import ImportStateError
from tenantcrm.contacts.imports.layout import Column, Layout
from tenantcrm.contacts.imports.models import ContactImport
from tenantcrm.contacts.imports.repository import files, imports
from tenantcrm.contacts.imports.repository import jobs as queue
from tenantcrm.contacts.imports.rows import check_columns
from tenantcrm.contacts.imports.states import ENDED, ImportState
from tenantcrm.database import TenantSession
from tenantcrm.errors import InvalidError, NotFoundError
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.service import audit

SIZE_MOST: Final = 250_000_000
"""Bytes of a file."""
PIECE: Final = 1_000_000
"""Bytes of a file that are kept together."""
OPEN_MOST: Final = 10
"""Imports of a tenant that have not ended."""
STALE: Final = timedelta(hours=1)
"""After so long without a byte an upload has failed."""
WAITS: Final = timedelta(days=7)
"""How long an import waits for a person before it is given up."""
KEPT: Final = timedelta(days=30)
"""How long refused rows are kept."""
WAKE: Final = "imports"
COUNTS: Final = ("rows", "created", "updated", "unchanged", "refused", "not_mailable")
_FRESH: Final = {"position": 0, "done_row": 0, **dict.fromkeys(COUNTS, 0)}


async def begin(
    session: TenantSession,
    *,
    mode: Mode,
    actor: str,
    file_name: str,
    enter_campaigns: bool = False,
    by_itself: bool = False,
    dry_run: bool = False,
) -> UUID:
    """Open an import, whose file is about to come.

    Raises:
        ImportStateError: too many have not ended.
    """
    if await imports.count_open(session) >= OPEN_MOST:
        raise ImportStateError(
            f"There are {OPEN_MOST} imports that have not ended; finish or cancel one first"
        )
    import_id = ids.new_id()
    values: dict[str, Any] = {
        "id": import_id,
        "mode": mode,
        "state": ImportState.UPLOADING,
        "actor": actor,
        "file_name": "".join(c for c in file_name if c.isprintable())[:200] or "contacts.csv",
        "enter_campaigns": enter_campaigns,
        "by_itself": by_itself,
        "dry_run": dry_run,
    }
    await imports.add(session, values)
    await queue.schedule(session, import_id, clock.real_now() + STALE)
    return import_id


async def keep_piece(
    session: TenantSession, import_id: UUID, number: int, data: bytes, *, size: int
) -> None:
    """Keep a piece of the file; ``size``: bytes with it."""
    await files.add_chunk(session, import_id, number, data)
    await imports.change(session, import_id, size=size, updated_at=clock.now())
    await queue.schedule(session, import_id, clock.real_now() + STALE)


async def complete(
    session: TenantSession,
    import_id: UUID,
    finder: EncodingFinder,
    *,
    format: str | None = None,  # noqa: A002 - what it is called
) -> ContactImport:
    """The file is there: see what it is, and go on as far as that can be without a person.

    Raises:
        FileError: it is no list of contacts.
        InvalidError: it is made over the API, and its columns do not say enough.
    """
    found = await _found(session, import_id)
    encoding = finder.found()
    head = finder.head.decode(encoding, "replace")
    layout = find_layout(head, encoding, format=format, whole=found.size <= HEAD)
    found.layout = msgspec.to_builtins(layout)
    if not found.by_itself and layout.format == "csv":
        _wait(found, ImportState.MAPPING)
        await queue.schedule(session, import_id, clock.real_now() + WAITS)
    else:
        if layout.format == "csv":
            check_columns(layout.columns)
        await _set_off(
            session,
            found,
            ImportState.IMPORTING
            if found.by_itself and not found.dry_run
            else ImportState.CHECKING,
        )
    await session.flush()
    return found


async def abandon(session: TenantSession, import_id: UUID) -> None:
    """Forget an import whose file did not come, or was none."""
    await imports.remove(session, import_id)
    await queue.unschedule(session, import_id)


async def map_columns(
    session: TenantSession,
    import_id: UUID,
    columns: Sequence[Column],
    *,
    enter_campaigns: bool,
) -> None:
    """Say what the columns become, and have it checked.

    Raises:
        InvalidError: with every fault of the mapping.
        ImportStateError: it is past that.
        NotFoundError: there is none.
    """
    found = await _found(session, import_id)
    layout = layout_of(found)
    _expect(found, ImportState.MAPPING, ImportState.CHECKED)
    if layout.format == "csv":
        if len(columns) != len(layout.columns):
            raise InvalidError.of("/columns", "required", "The form lacks columns of the file")
        check_columns(columns)
        layout = structs.replace(layout, columns=list(columns))
    found.layout = msgspec.to_builtins(layout)
    found.enter_campaigns = enter_campaigns
    found.checked = None
    await _set_off(session, found, ImportState.CHECKING)


async def start(session: TenantSession, import_id: UUID, *, actor: str) -> None:
    """Import what was checked; one that is under way, or over, stays as it is.

    Raises:
        ImportStateError: it was not checked yet, or cancelled.
        NotFoundError: there is none.
    """
    found = await _found(session, import_id)
    if found.state in {ImportState.IMPORTING, ImportState.FINISHED}:
        return
    _expect(found, ImportState.CHECKED)
    await _set_off(session, found, ImportState.IMPORTING)
    await audit.record(
        session,
        actor=actor,
        action="started",
        subject="import",
        subject_id=import_id,
        name=found.file_name,
    )


async def cancel(
    session: TenantSession, import_id: UUID, *, mode: Mode | None = None, actor: str
) -> ContactImport:
    """Stop an import: what it has written stays, nothing more comes. One that is over stays.

    Raises:
        NotFoundError: there is none.
    """
    found = await _found(session, import_id, mode=mode)
    if found.state not in ENDED:
        await end(session, found, ImportState.CANCELLED)
        await audit.record(
            session,
            actor=actor,
            action="cancelled",
            subject="import",
            subject_id=import_id,
            name=found.file_name,
        )
    return found


async def wait_for_person(session: TenantSession, found: ContactImport) -> None:
    """A dry run is over: what it found is looked at before anything is written."""
    _wait(found, ImportState.CHECKED)
    await session.flush()
    await queue.schedule(session, found.id, clock.real_now() + WAITS)


async def end(
    session: TenantSession, found: ContactImport, state: ImportState, *, fault: str = ""
) -> None:
    """An import ends: its file goes at once, its refused rows after a while."""
    now = clock.now()
    found.state, found.fault, found.ended_at, found.updated_at = state, fault, now, now
    found.leased_until = None
    await session.flush()
    await files.drop_file(session, found.id)
    await queue.schedule(session, found.id, clock.real_now() + KEPT)


async def get(
    session: TenantSession, import_id: UUID, *, mode: Mode | None = None
) -> ContactImport:
    """One import.

    Raises:
        NotFoundError: there is none.
    """
    found = await imports.find(session, import_id, mode=mode)
    if found is None:
        raise NotFoundError("There is no such import")
    return found


def progress(found: ContactImport) -> float:
    """How much of its file is worked off, from 0 to 1."""
    if found.state in {ImportState.CHECKED, ImportState.FINISHED}:
        return 1.0
    return round(found.position / found.size, 3) if found.size else 0.0


def layout_of(found: ContactImport) -> Layout:
    """How its file is read."""
    return msgspec.convert(found.layout, Layout)


async def samples(session: TenantSession, found: ContactImport, *, most: int) -> list[list[str]]:
    """The first rows of a file that waits, without its header."""
    layout = layout_of(found)
    data = await files.chunk(session, found.id, 0, most=HEAD)
    text = data.decode(layout.encoding, "replace")[layout.skip :]
    rows = first_rows(text, layout.delimiter, whole=found.size <= HEAD, most=most + 1)
    return rows[1 if layout.has_header else 0 :][:most]


def every_fault(session: TenantSession, import_id: UUID) -> AsyncIterator[Fault]:
    """Every refused row, in order, a thousand at a time."""
    return files.every_fault(session, import_id)


async def _set_off(session: TenantSession, found: ContactImport, state: ImportState) -> None:
    """Hand an import to the workers, from its first row on."""
    await files.drop_faults(session, found.id)
    for name, value in _FRESH.items():
        setattr(found, name, value)
    _wait(found, state)
    await session.flush()
    await queue.schedule(session, found.id, clock.real_now())
    jobs.wake(session, WAKE)


def _wait(found: ContactImport, state: ImportState) -> None:
    found.state, found.updated_at, found.leased_until = state, clock.now(), None


def _expect(found: ContactImport, *states: ImportState) -> None:
    if found.state not in states:
        raise ImportStateError(f"The import is {found.state}; this is for one that is {states[0]}")


async def _found(
    session: TenantSession, import_id: UUID, *, mode: Mode | None = None
) -> ContactImport:
    found = await imports.find(session, import_id, mode=mode, lock=True)
    if found is None:
        raise NotFoundError("There is no such import")
    return found
