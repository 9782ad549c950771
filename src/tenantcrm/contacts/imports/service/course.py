"""What all use-cases of imports share: how long things are kept, and how an import moves on."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from tenantcrm import clock, jobs
from tenantcrm.contacts.imports.errors import ImportStateError
from tenantcrm.contacts.imports.layout import Layout
from tenantcrm.contacts.imports.models import ContactImport
from tenantcrm.contacts.imports.repository import files, imports
from tenantcrm.contacts.imports.repository import jobs as queue
from tenantcrm.contacts.imports.states import ImportState
from tenantcrm.database import TenantSession
from tenantcrm.errors import NotFoundError
from tenantcrm.tenants.models import Mode

STALE: Final = timedelta(hours=1)
"""After so long without a byte an upload has failed."""
WAITS: Final = timedelta(days=7)
"""How long an import waits for a person before it is given up."""
KEPT: Final = timedelta(days=30)
"""How long refused rows are kept."""
COUNTS: Final = ("rows", "created", "updated", "unchanged", "refused", "not_mailable")
_WAKE: Final = "imports"
_FRESH: Final = {"position": 0, "done_row": 0, **dict.fromkeys(COUNTS, 0)}


async def locked(
    session: TenantSession, import_id: UUID, *, mode: Mode | None = None
) -> ContactImport:
    """The import, held until the end of the unit of work."""
    found = await imports.find(session, import_id, mode=mode, lock=True)
    if found is None:
        raise NotFoundError("There is no such import")
    return found


def expect(found: ContactImport, *states: ImportState) -> None:
    """Refuse what is for an import in other states."""
    if found.state not in states:
        raise ImportStateError(f"The import is {found.state}; this is for one that is {states[0]}")


def move(found: ContactImport, state: ImportState) -> None:
    """An import stands elsewhere now."""
    found.state, found.updated_at, found.leased_until = state, clock.now(), None


async def set_off(session: TenantSession, found: ContactImport, state: ImportState) -> None:
    """Hand an import to the workers, from its first row on."""
    await files.drop_faults(session, found.id)
    for name, value in _FRESH.items():
        setattr(found, name, value)
    move(found, state)
    await session.flush()
    await queue.schedule(session, found.id, clock.real_now())
    jobs.wake(session, _WAKE)


async def wait_for_person(session: TenantSession, found: ContactImport) -> None:
    """A dry run is over: what it found is looked at before anything is written."""
    move(found, ImportState.CHECKED)
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


def layout_of(found: ContactImport) -> Layout:
    """How its file is read."""
    return msgspec.convert(found.layout, Layout)
