"""Queries of what is to be done about imports: written by a tenant, found by the control plane."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert

from tenantcrm.contacts.imports.models import ImportJob
from tenantcrm.database import ControlSession, TenantSession


class Due(NamedTuple):
    """An import about which something is to be done."""

    tenant_id: UUID
    import_id: UUID


async def schedule(session: TenantSession, import_id: UUID, run_at: datetime) -> None:
    """Have something done about an import at a moment of machine time."""
    values = {"tenant_id": session.tenant_id, "import_id": import_id, "run_at": run_at}
    statement = insert(ImportJob).values(**values, attempts=0)
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


async def is_due(session: TenantSession, import_id: UUID, *, real_now: datetime) -> bool:
    """Whether something is still to be done, now that the import is locked."""
    query = select(ImportJob.run_at).where(
        ImportJob.tenant_id == session.tenant_id, ImportJob.import_id == import_id
    )
    run_at = (await session.execute(query)).scalar_one_or_none()
    return run_at is not None and run_at <= real_now


async def postpone(
    session: TenantSession,
    import_id: UUID,
    run_at: datetime,
    *,
    failed: bool = False,
    moved: bool = False,
) -> int:
    """Look again then; gives how often it has failed, this time included.

    ``moved``: it came on before it failed, so that earlier failures do not count any more.
    """
    before = 0 if moved else ImportJob.attempts
    statement = (
        update(ImportJob)
        .where(ImportJob.tenant_id == session.tenant_id, ImportJob.import_id == import_id)
        .values(run_at=run_at, attempts=before + int(failed))
        .returning(ImportJob.attempts)
        .execution_options(synchronize_session=False)
    )
    return (await session.execute(statement)).scalar_one_or_none() or 0
