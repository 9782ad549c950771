"""Queries of bulk actions, and of the contacts that one changes at a time."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import delete, func, literal, or_, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert

from tenantcrm.contacts.bulk.models import BulkAction, BulkJob
from tenantcrm.contacts.models import XACT, Contact
from tenantcrm.contacts.schemas import Value
from tenantcrm.database import ControlSession, TenantSession


class Due(NamedTuple):
    """A bulk action that is to be worked at."""

    tenant_id: UUID
    bulk_id: UUID


async def add(session: TenantSession, values: dict[str, Any]) -> bool:
    """Keep a new bulk action; False where it is there already."""
    statement = upsert(BulkAction).values(tenant_id=session.tenant_id, **values)
    made = await session.execute(statement.on_conflict_do_nothing().returning(BulkAction.id))
    return made.one_or_none() is not None


async def find(session: TenantSession, bulk_id: UUID, *, lock: bool = False) -> BulkAction | None:
    """One bulk action; ``lock`` waits for the batch that is under way."""
    query = select(BulkAction).where(
        BulkAction.tenant_id == session.tenant_id, BulkAction.id == bulk_id
    )
    return (await session.execute(query.with_for_update() if lock else query)).scalar_one_or_none()


async def take(session: TenantSession, bulk_id: UUID) -> BulkAction | None:
    """One bulk action, held until the end; None where another worker holds it, or it is over."""
    query = (
        select(BulkAction)
        .where(
            BulkAction.tenant_id == session.tenant_id,
            BulkAction.id == bulk_id,
            BulkAction.state == "running",
        )
        .with_for_update(skip_locked=True)
    )
    return (await session.execute(query)).scalar_one_or_none()


async def newest(session: TenantSession, most: int) -> list[BulkAction]:
    """The tenant's last bulk actions, the newest first."""
    query = select(BulkAction).where(BulkAction.tenant_id == session.tenant_id)
    rows = await session.execute(query.order_by(BulkAction.id.desc()).limit(most))
    return list(rows.scalars())


async def schedule(session: TenantSession, bulk_id: UUID, run_at: datetime) -> None:
    """Have it worked at from a moment of machine time on."""
    values = {"tenant_id": session.tenant_id, "bulk_id": bulk_id, "run_at": run_at}
    await session.execute(upsert(BulkJob).values(**values, attempts=0).on_conflict_do_nothing())


async def unschedule(session: TenantSession, bulk_id: UUID) -> None:
    """It is over."""
    await session.execute(
        delete(BulkJob)
        .where(BulkJob.tenant_id == session.tenant_id, BulkJob.bulk_id == bulk_id)
        .execution_options(synchronize_session=False)
    )


async def due(control: ControlSession, *, real_now: datetime, most: int) -> list[Due]:
    """What is to be worked at, the longest waiting first; tenants that are suspended wait."""
    rows = await control.execute(
        text(
            "SELECT j.tenant_id, j.bulk_id FROM bulk_jobs j JOIN tenants t ON t.id = j.tenant_id "
            "WHERE j.run_at <= :now AND t.state = 'active' ORDER BY j.run_at LIMIT :most"
        ),
        {"now": real_now, "most": most},
    )
    return [Due(*row) for row in rows]


async def postpone(session: TenantSession, bulk_id: UUID, run_at: datetime) -> int:
    """Try again then; gives how often it has failed in a row."""
    statement = (
        update(BulkJob)
        .where(BulkJob.tenant_id == session.tenant_id, BulkJob.bulk_id == bulk_id)
        .values(run_at=run_at, attempts=BulkJob.attempts + 1)
        .returning(BulkJob.attempts)
        .execution_options(synchronize_session=False)
    )
    return (await session.execute(statement)).scalar_one_or_none() or 0


async def calm(session: TenantSession, bulk_id: UUID, run_at: datetime) -> None:
    """A batch went well: what failed before does not count any more, and others have their turn."""
    await session.execute(
        update(BulkJob)
        .where(BulkJob.tenant_id == session.tenant_id, BulkJob.bulk_id == bulk_id)
        .values(run_at=run_at, attempts=0)
        .execution_options(synchronize_session=False)
    )


async def set_attribute(
    session: TenantSession,
    contact_ids: list[UUID],
    name: str,
    value: Value,
    folded: Value,
    *,
    most: int,
    now: datetime,
) -> tuple[list[UUID], int]:
    """Give contacts, which are held, an attribute; gives who is changed, and how many are full."""
    given = literal({name: value}, JSONB)
    stored = Contact.attributes.op("->")(literal(name))
    room = or_(
        Contact.attributes.has_key(name),
        select(func.count()).select_from(
            func.jsonb_object_keys(Contact.attributes).table_valued("key")
        ).scalar_subquery() < most,
    )  # fmt: skip
    own = (Contact.tenant_id == session.tenant_id, Contact.id.in_(contact_ids))
    statement = (
        update(Contact)
        .where(*own, room, stored.is_distinct_from(literal(value, JSONB)))
        .values(
            attributes=Contact.attributes.op("||")(given),
            folded=Contact.folded.op("||")(literal({name: folded}, JSONB)),
            updated_at=now,
            changed=XACT,
        )
        .returning(Contact.id)
        .execution_options(synchronize_session=False)
    )
    changed = list((await session.execute(statement)).scalars())
    full = select(func.count()).select_from(Contact).where(*own, ~room)
    return changed, (await session.execute(full)).scalar_one()


async def clear_attribute(
    session: TenantSession, contact_ids: list[UUID], name: str, *, now: datetime
) -> list[UUID]:
    """Take an attribute from contacts, which are held; gives those who had it."""
    key = literal(name)
    statement = (
        update(Contact)
        .where(
            Contact.tenant_id == session.tenant_id,
            Contact.id.in_(contact_ids),
            Contact.attributes.has_key(name),
        )
        .values(
            attributes=Contact.attributes.op("-")(key),
            folded=Contact.folded.op("-")(key),
            updated_at=now,
            changed=XACT,
        )
        .returning(Contact.id)
        .execution_options(synchronize_session=False)
    )
    return list((await session.execute(statement)).scalars())


async def count_of(session: TenantSession, mode: str, contact_ids: list[UUID]) -> int:
    """How many of these there are."""
    query = select(func.count()).where(
        Contact.tenant_id == session.tenant_id, Contact.mode == mode, Contact.id.in_(contact_ids)
    )
    return (await session.execute(query)).scalar_one()
