"""Look at imports: one, the latest, the first rows of a file, the rows that were refused."""

from collections.abc import Sequence
from uuid import UUID

from tenantcrm.contacts.imports.dialects import first_rows
from tenantcrm.contacts.imports.encodings import HEAD
from tenantcrm.contacts.imports.faults import Fault
from tenantcrm.contacts.imports.models import ContactImport
from tenantcrm.contacts.imports.repository import files, imports
from tenantcrm.contacts.imports.service.course import layout_of
from tenantcrm.contacts.imports.states import ImportState
from tenantcrm.contacts.service.attributes import known_attributes
from tenantcrm.database import TenantSession
from tenantcrm.errors import NotFoundError
from tenantcrm.tenants.models import Mode


async def latest(session: TenantSession, mode: Mode, *, limit: int) -> Sequence[ContactImport]:
    """The latest imports of a mode."""
    return await imports.latest(session, mode, limit=limit)


async def how_many_open(session: TenantSession) -> int:
    """How many of the tenant's imports have not ended."""
    return await imports.count_open(session)


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


async def samples(session: TenantSession, found: ContactImport, *, most: int) -> list[list[str]]:
    """The first rows of a file that waits, without its header."""
    layout = layout_of(found)
    data = await files.chunk(session, found.id, 0, most=HEAD)
    text = data.decode(layout.encoding, "replace")[layout.skip :]
    rows = first_rows(text, layout.delimiter, whole=found.size <= HEAD, most=most + 1)
    return rows[1 if layout.has_header else 0 :][:most]


async def first_faults(
    session: TenantSession, import_id: UUID, *, after: int = 0, limit: int = 1_000
) -> list[Fault]:
    """Refused rows behind the row ``after``, in order."""
    return await files.faults(session, import_id, after=after, limit=limit)


async def attribute_names(session: TenantSession) -> list[str]:
    """The names of the tenant's attributes, to pick from."""
    return list(await known_attributes(session))
