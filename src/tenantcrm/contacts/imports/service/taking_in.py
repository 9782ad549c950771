"""Take a file in, a piece at a time, and see what it is."""

from typing import Any, Final
from uuid import UUID

import msgspec

from tenantcrm import clock, ids
from tenantcrm.contacts.imports.dialects import find_layout
from tenantcrm.contacts.imports.encodings import HEAD, EncodingFinder
from tenantcrm.contacts.imports.errors import ImportStateError
from tenantcrm.contacts.imports.models import ContactImport
from tenantcrm.contacts.imports.repository import files, imports
from tenantcrm.contacts.imports.repository import jobs as queue
from tenantcrm.contacts.imports.rows import check_columns
from tenantcrm.contacts.imports.service.course import STALE, WAITS, expect, locked, move, set_off
from tenantcrm.contacts.imports.states import ENDED, ImportState
from tenantcrm.database import TenantSession
from tenantcrm.tenants.models import Mode

SIZE_MOST: Final = 250_000_000
"""Bytes of a file."""
PIECE: Final = 1_000_000
"""Bytes of a file that are kept together."""
OPEN_MOST: Final = 10
"""Imports of a tenant that have not ended."""


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
    """Keep a piece of the file; ``size``: bytes with it.

    Raises:
        ImportStateError: it was cancelled meanwhile.
        NotFoundError: there is none.
    """
    expect(await locked(session, import_id), ImportState.UPLOADING)
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
        ImportStateError: it was cancelled meanwhile.
    """
    found = await locked(session, import_id)
    expect(found, ImportState.UPLOADING)
    encoding = finder.found()
    head = finder.head.decode(encoding, "replace")
    layout = find_layout(head, encoding, format=format, whole=found.size <= HEAD)
    found.layout = msgspec.to_builtins(layout)
    if not found.by_itself and layout.format == "csv":
        move(found, ImportState.MAPPING)
        await queue.schedule(session, import_id, clock.real_now() + WAITS)
    else:
        if layout.format == "csv":
            check_columns(layout.columns)
        await set_off(
            session,
            found,
            ImportState.IMPORTING
            if found.by_itself and not found.dry_run
            else ImportState.CHECKING,
        )
    await session.flush()
    return found


async def abandon(session: TenantSession, import_id: UUID) -> None:
    """Forget an import whose file did not come, or was none; one that was cancelled stays."""
    found = await imports.find(session, import_id, lock=True)
    if found is None or found.state in ENDED:
        return
    await imports.remove(session, import_id)
    await queue.unschedule(session, import_id)
