"""Queries of a file in pieces, and of its rows that were refused."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, insert, select, text

from tenantcrm.contacts.imports.batches import Fault
from tenantcrm.contacts.imports.models import ImportChunk, ImportFault
from tenantcrm.database import TenantSession

FAULTS_AT_ONCE: Final = 1_000


async def add_chunk(session: TenantSession, import_id: UUID, number: int, data: bytes) -> None:
    """A piece of the file."""
    await session.execute(
        insert(ImportChunk).values(
            tenant_id=session.tenant_id, import_id=import_id, number=number, data=data
        )
    )


async def chunk(session: TenantSession, import_id: UUID, number: int, *, most: int = 0) -> bytes:
    """A piece of the file, or its first ``most`` bytes; empty behind the end."""
    data: Any = ImportChunk.data
    query = select(func.substring(data, 1, most) if most else data).where(
        ImportChunk.tenant_id == session.tenant_id,
        ImportChunk.import_id == import_id,
        ImportChunk.number == number,
    )
    return (await session.execute(query)).scalar_one_or_none() or b""


async def drop_file(session: TenantSession, import_id: UUID) -> None:
    """Forget the file."""
    await session.execute(
        delete(ImportChunk)
        .where(ImportChunk.tenant_id == session.tenant_id, ImportChunk.import_id == import_id)
        .execution_options(synchronize_session=False)
    )


_ADD_FAULTS: Final = text(
    """
    INSERT INTO import_faults (tenant_id, import_id, row, reason, cells)
    SELECT :t, :i, f.row, f.reason, f.cells
    FROM jsonb_to_recordset(CAST(:faults AS jsonb)) AS f (row int, reason text, cells jsonb)
    ON CONFLICT (tenant_id, import_id, row) DO NOTHING
    """
)


async def add_faults(session: TenantSession, import_id: UUID, faults: Sequence[Fault]) -> None:
    """Keep rows that were refused."""
    for first in range(0, len(faults), FAULTS_AT_ONCE):
        some = msgspec.json.encode(faults[first : first + FAULTS_AT_ONCE]).decode()
        values = {"t": session.tenant_id, "i": import_id, "faults": some}
        await session.execute(_ADD_FAULTS, values)


async def drop_faults(session: TenantSession, import_id: UUID) -> None:
    """Forget the rows that were refused."""
    await session.execute(
        delete(ImportFault)
        .where(ImportFault.tenant_id == session.tenant_id, ImportFault.import_id == import_id)
        .execution_options(synchronize_session=False)
    )


async def faults(
    session: TenantSession, import_id: UUID, *, after: int = 0, limit: int
) -> list[Fault]:
    """Refused rows behind the row ``after``, in their order."""
    query = (
        select(ImportFault.row, ImportFault.reason, ImportFault.cells)
        .where(
            ImportFault.tenant_id == session.tenant_id,
            ImportFault.import_id == import_id,
            ImportFault.row > after,
        )
        .order_by(ImportFault.row)
        .limit(limit)
    )
    return [Fault(*row) for row in await session.execute(query)]
