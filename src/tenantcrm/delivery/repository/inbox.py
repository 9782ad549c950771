"""The inbox of events: what came, once each, until it is old."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Table, select, update
from sqlalchemy.dialects.postgresql import insert

from tenantcrm import ids
from tenantcrm.database import TenantSession
from tenantcrm.delivery.events.notices import Notice
from tenantcrm.delivery.models import MailEvent
from tenantcrm.delivery.repository.statement import statement
from tenantcrm.delivery.schemas import EventRow, KeptNotice

_TABLE: Table = MailEvent.__table__  # type: ignore[assignment] # declared as a FromClause
_PRUNE = statement(
    """
    DELETE FROM mail_events WHERE tenant_id = :t AND id IN (
      SELECT id FROM mail_events WHERE tenant_id = :t AND id < :edge ORDER BY id LIMIT :most)
    RETURNING 1
    """
)


async def keep(
    session: TenantSession, notices: Sequence[Notice], *, received_at: datetime
) -> set[str]:
    """Put notices into the inbox; gives the ids of those that were not there."""
    rows = [
        {
            "tenant_id": session.tenant_id,
            "id": ids.new_id(),
            "notice_id": notice.notice_id,
            "delivery_id": notice.delivery_id,
            "kind": notice.kind,
            "at": notice.at,
            "received_at": received_at,
            "machine": notice.machine,
            "detail": notice.detail,
            "fault": notice.fault,
        }
        for notice in notices
    ]
    query = insert(_TABLE).on_conflict_do_nothing()
    made = await session.execute(query.returning(MailEvent.notice_id), rows)
    return set(made.scalars())


async def replace_faulty(session: TenantSession, notice: Notice) -> None:
    """Write what a notice that could not be applied is, now that it is read anew."""
    query = (
        update(_TABLE)
        .where(_TABLE.c.tenant_id == session.tenant_id, _TABLE.c.notice_id == notice.notice_id)
        .values(
            kind=notice.kind,
            at=notice.at,
            machine=notice.machine,
            detail=notice.detail,
            fault=notice.fault,
        )
    )
    await session.execute(query)


async def faulty(session: TenantSession, *, limit: int) -> list[KeptNotice]:
    """Notices that could not be applied, the oldest first."""
    query = (
        select(MailEvent.notice_id, MailEvent.delivery_id, MailEvent.detail, MailEvent.fault)
        .where(MailEvent.tenant_id == session.tenant_id, MailEvent.fault.is_not(None))
        .order_by(MailEvent.id)
        .limit(limit)
    )
    return [KeptNotice(**row) for row in (await session.execute(query)).mappings()]


async def of_mail(session: TenantSession, delivery_id: UUID, *, limit: int) -> list[EventRow]:
    """What SES and our own links told of a mail, oldest first."""
    query = (
        select(MailEvent.kind, MailEvent.at, MailEvent.machine, MailEvent.detail)
        .where(
            MailEvent.tenant_id == session.tenant_id,
            MailEvent.delivery_id == delivery_id,
            MailEvent.fault.is_(None),
        )
        .order_by(MailEvent.at, MailEvent.id)
        .limit(limit)
    )
    return [EventRow(**row) for row in (await session.execute(query)).mappings()]


async def prune(session: TenantSession, *, before: datetime, most: int) -> int:
    """Delete what came before (machine time); gives how many, ``most`` at once."""
    # Ids are made when a notice comes, and begin with the milliseconds (RFC 9562, 5.7).
    edge = UUID(int=int(before.timestamp() * 1000) << 80)
    values = {"t": session.tenant_id, "edge": edge, "most": most}
    return len((await session.execute(_PRUNE, values)).all())
