"""Every query of imports: the import itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, delete, func, select, update

from tenantcrm.contacts.imports.models import ContactImport
from tenantcrm.contacts.imports.states import ENDED, WORKED, ImportState
from tenantcrm.database import TenantSession


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


async def count_open(session: TenantSession) -> int:
    """How many imports have not ended."""
    query = select(func.count()).where(
        ContactImport.tenant_id == session.tenant_id, ContactImport.state.not_in(ENDED)
    )
    return (await session.execute(query)).scalar_one()


async def remove(session: TenantSession, import_id: UUID) -> None:
    """Delete an import, with its file and its refused rows."""
    await session.execute(
        delete(ContactImport)
        .where(ContactImport.tenant_id == session.tenant_id, ContactImport.id == import_id)
        .execution_options(synchronize_session=False)
    )


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
