"""What people and keys decide about an import: its columns, its start, its end."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from msgspec import structs

from tenantcrm.contacts.imports.layout import Column
from tenantcrm.contacts.imports.models import ContactImport
from tenantcrm.contacts.imports.rows import check_columns
from tenantcrm.contacts.imports.service.course import end, expect, layout_of, locked, set_off
from tenantcrm.contacts.imports.states import ENDED, ImportState
from tenantcrm.database import TenantSession
from tenantcrm.errors import InvalidError
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.service import audit


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
    found = await locked(session, import_id)
    layout = layout_of(found)
    expect(found, ImportState.MAPPING, ImportState.CHECKED)
    if layout.format == "csv":
        if len(columns) != len(layout.columns):
            raise InvalidError.of("/columns", "required", "The form lacks columns of the file")
        check_columns(columns)
        layout = structs.replace(layout, columns=list(columns))
    found.layout = msgspec.to_builtins(layout)
    found.enter_campaigns = enter_campaigns
    found.checked = None
    await set_off(session, found, ImportState.CHECKING)


async def start(session: TenantSession, import_id: UUID, *, actor: str) -> None:
    """Import what was checked; one that is under way, or over, stays as it is.

    Raises:
        ImportStateError: it was not checked yet, or cancelled.
        NotFoundError: there is none.
    """
    found = await locked(session, import_id)
    if found.state in {ImportState.IMPORTING, ImportState.FINISHED}:
        return
    expect(found, ImportState.CHECKED)
    await set_off(session, found, ImportState.IMPORTING)
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
    found = await locked(session, import_id, mode=mode)
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
