"""Every query of imports. Each names the tenant; those of the control plane see jobs alone."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import CursorResult, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from tenantcrm.contacts.imports.batches import Fault
from tenantcrm.contacts.imports.models import ContactImport, ImportChunk, ImportFault, ImportJob
from tenantcrm.contacts.imports.states import WORKED, ImportState
from tenantcrm.contacts.models import Contact
from tenantcrm.database import ControlSession, TenantSession

FAULTS_AT_ONCE: Final = 1_000


class Due(NamedTuple):
    """An import about which something is to be done."""

    tenant_id: UUID
    import_id: UUID


async def add(session: TenantSession, values: dict[str, Any]) -> None:
    """A new import."""
    session.add(ContactImport(tenant_id=session.tenant_id, **values))
    await session.flush()


async def find(
    session: TenantSession, import_id: UUID, *, mode: str | None = None, lock: bool = False
) -> ContactImport | None:
    """One import, as it stands now."""
    query = select(ContactImport).where(
        ContactImport.tenant_id == session.tenant_id, ContactImport.id == import_id
    )
    if mode is not None:
        query = query.where(ContactImport.mode == mode)
    if lock:
        query = query.with_for_update()
    query = query.execution_options(populate_existing=True)
    return (await session.execute(query)).scalar_one_or_none()


async def latest(session: TenantSession, mode: str, *, limit: int) -> Sequence[ContactImport]:
    """The latest imports of a mode."""
    query = (
        select(ContactImport)
        .where(ContactImport.tenant_id == session.tenant_id, ContactImport.mode == mode)
        .order_by(ContactImport.id.desc())
        .limit(limit)
    )
    return (await session.execute(query)).scalars().all()


async def change(session: TenantSession, import_id: UUID, **values: Any) -> None:
    """Write columns of an import, which the caller has locked."""
    await session.execute(
        update(ContactImport)
        .where(ContactImport.tenant_id == session.tenant_id, ContactImport.id == import_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


async def claim(
    session: TenantSession, import_id: UUID, *, until: datetime, real_now: datetime
) -> int | None:
    """Take an import that nobody works at; gives the fence, None where somebody does."""
    statement = (
        update(ContactImport)
        .where(
            ContactImport.tenant_id == session.tenant_id,
            ContactImport.id == import_id,
            ContactImport.state.in_(WORKED),
            (ContactImport.leased_until.is_(None)) | (ContactImport.leased_until < real_now),
        )
        .values(fence=ContactImport.fence + 1, leased_until=until)
        .returning(ContactImport.fence)
        .execution_options(synchronize_session=False)
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def advance(
    session: TenantSession, import_id: UUID, fence: int, state: ImportState, **values: Any
) -> bool:
    """Write columns of an import that is still in ``state`` and ours; whether it is."""
    statement = (
        update(ContactImport)
        .where(
            ContactImport.tenant_id == session.tenant_id,
            ContactImport.id == import_id,
            ContactImport.fence == fence,
            ContactImport.state == state,
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    result: CursorResult[Any] = await session.execute(statement)  # type: ignore[assignment] # UPDATE
    return result.rowcount == 1


def plus(column: str, number: int) -> Any:
    """A counter of imports, so much higher."""
    return getattr(ContactImport, column) + number


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


async def every_fault(session: TenantSession, import_id: UUID) -> AsyncIterator[Fault]:
    """Every refused row, a thousand at a time."""
    after = 0
    while some := await faults(session, import_id, after=after, limit=FAULTS_AT_ONCE):
        for one in some:
            yield one
        after = some[-1].row


async def schedule(session: TenantSession, import_id: UUID, run_at: datetime) -> None:
    """Have something done about an import at a moment of machine time."""
    values = {"tenant_id": session.tenant_id, "import_id": import_id, "run_at": run_at}
    statement = upsert(ImportJob).values(**values, attempts=0)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "import_id"], set_={"run_at": run_at, "attempts": 0}
        )
    )


async def unschedule(session: TenantSession, import_id: UUID) -> None:
    """Nothing more is to be done about an import."""
    await session.execute(
        delete(ImportJob)
        .where(ImportJob.tenant_id == session.tenant_id, ImportJob.import_id == import_id)
        .execution_options(synchronize_session=False)
    )


async def due(control: ControlSession, *, real_now: datetime, most: int) -> list[Due]:
    """What is to be done, the longest waiting first; tenants that are suspended wait."""
    rows = await control.execute(
        text(
            "SELECT j.tenant_id, j.import_id FROM import_jobs j "
            "JOIN tenants t ON t.id = j.tenant_id "
            "WHERE j.run_at <= :now AND t.state = 'active' ORDER BY j.run_at LIMIT :most"
        ),
        {"now": real_now, "most": most},
    )
    return [Due(*row) for row in rows]


async def postpone(control: ControlSession, due: Due, run_at: datetime) -> int:
    """Try again then; gives how often it was tried, this time included."""
    statement = (
        update(ImportJob)
        .where(ImportJob.tenant_id == due.tenant_id, ImportJob.import_id == due.import_id)
        .values(run_at=run_at, attempts=ImportJob.attempts + 1)
        .returning(ImportJob.attempts)
        .execution_options(synchronize_session=False)
    )
    return (await control.execute(statement)).scalar_one_or_none() or 0


async def attribute_names(session: TenantSession, mode: str, *, newest: int) -> list[str]:
    """The names of attributes among the newest contacts."""
    some = (
        select(Contact.attributes)
        .where(Contact.tenant_id == session.tenant_id, Contact.mode == mode)
        .order_by(Contact.id.desc())
        .limit(newest)
        .subquery()
    )
    names = func.jsonb_object_keys(some.c.attributes)
    found = await session.execute(select(names).distinct().limit(500))
    return sorted(found.scalars())
