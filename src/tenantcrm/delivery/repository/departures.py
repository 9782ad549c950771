"""Those who have just unsubscribed: kept sealed, put back, thrown away.

A contact is kept as the row that it was, column by column, so that nothing of it is forgotten here
that a later column adds.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Uuid,
    bindparam,
    delete,
    insert,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB

from tenantcrm import ids
from tenantcrm.contacts.models import Contact
from tenantcrm.database import ControlSession, TenantSession
from tenantcrm.delivery.models import Departure
from tenantcrm.orm import any_of

LINKED: Final = ("enrollments", "deliveries", "activities")
"""Tables whose rows outlive their contact, without it."""

_ROW = text("SELECT to_jsonb(c) FROM contacts c WHERE c.tenant_id = :t AND c.id = :id")
_LINKS = {
    table: text(f"SELECT id FROM {table} WHERE tenant_id = :t AND contact_id = :id")  # noqa: S608
    for table in LINKED
}
_RELINK = {
    table: text(
        f"UPDATE {table} SET contact_id = :id "  # noqa: S608 - constants of this module
        "WHERE tenant_id = :t AND id = ANY (:ids) AND contact_id IS NULL"
    ).bindparams(bindparam("ids", type_=ARRAY(Uuid())))
    for table in LINKED
}
# What the database computes by itself cannot be put back, and need not.
_COLUMNS = ", ".join(c.name for c in Contact.__table__.columns if c.computed is None)
_INSERT = text(
    f"""
    INSERT INTO contacts ({_COLUMNS})
    SELECT {_COLUMNS} FROM jsonb_populate_record(NULL::contacts,
      :row || jsonb_build_object('tenant_id', CAST(:t AS uuid),
        'updated_at', CAST(:now AS timestamptz),
        'changed', pg_current_xact_id()::text::bigint))
    ON CONFLICT DO NOTHING RETURNING id
    """  # noqa: S608 - the only thing put in is the names of columns
).bindparams(bindparam("row", type_=JSONB))
_REVIVE_MAILS = text(
    """
    UPDATE deliveries SET state = 'pending', reason = NULL, fence = fence + 1, updated_at = :now
    WHERE tenant_id = :t AND contact_id = :id AND state = 'skipped' AND reason = :reason
      AND updated_at = :stopped_at
    RETURNING kind, due_at
    """
)
_REVIVE_ENTRIES = text(
    """
    UPDATE enrollments e SET state = 'active', exit_reason = NULL, ended_at = NULL
    WHERE tenant_id = :t AND contact_id = :id AND state = 'exited' AND exit_reason = :reason
      AND ended_at = :stopped_at
      AND NOT EXISTS (SELECT 1 FROM enrollments later
        WHERE later.tenant_id = e.tenant_id AND later.contact_id = e.contact_id
          AND later.campaign_id = e.campaign_id AND later.entry > e.entry)
    RETURNING campaign_id
    """
)


class Kept(NamedTuple):
    """A departure that can still be undone."""

    id: UUID
    departed_at: datetime
    undo_until: datetime
    sealed: bytes


async def row_of(session: TenantSession, contact_id: UUID) -> dict[str, Any]:
    """A contact, column by column."""
    found = await session.execute(_ROW, {"t": session.tenant_id, "id": contact_id})
    row: dict[str, Any] = found.scalar_one()
    return row


async def links_of(session: TenantSession, contact_id: UUID) -> dict[str, list[UUID]]:
    """The ids of the rows that will have lost their contact, by table."""
    values = {"t": session.tenant_id, "id": contact_id}
    return {t: list((await session.execute(_LINKS[t], values)).scalars()) for t in LINKED}


async def keep(session: TenantSession, **values: Any) -> None:
    """Keep a departure: the columns of ``Departure``."""
    await session.execute(
        insert(Departure).values(tenant_id=session.tenant_id, id=ids.new_id(), **values)
    )


async def kept(session: TenantSession, mode: str, email_hash: bytes, *, real_now: datetime) -> bool:
    """Whether an address has departed and can still undo it."""
    query = (
        select(Departure.id)
        .where(*_of(session, mode, email_hash), Departure.undo_until > real_now)
        .limit(1)
    )
    return (await session.execute(query)).first() is not None


async def take(
    session: TenantSession, mode: str, email_hash: bytes, *, real_now: datetime
) -> Kept | None:
    """The last departure of an address that can still be undone; no other finds it again."""
    statement = (
        delete(Departure)
        .where(*_of(session, mode, email_hash))
        .returning(Departure.id, Departure.departed_at, Departure.undo_until, Departure.sealed)
    )
    rows = [Kept(*row) for row in (await session.execute(statement)).all()]
    return max((row for row in rows if row.undo_until > real_now), default=None)


async def forget(session: TenantSession, contact_ids: Collection[UUID]) -> None:
    """Throw away every departure of the addresses of contacts."""
    theirs = select(Contact.mode, Contact.email_hash).where(
        Contact.tenant_id == session.tenant_id, Contact.id == any_of(contact_ids)
    )
    await session.execute(
        delete(Departure)
        .where(
            Departure.tenant_id == session.tenant_id,
            tuple_(Departure.mode, Departure.email_hash).in_(theirs),
        )
        .execution_options(synchronize_session=False)
    )


def _of(session: TenantSession, mode: str, email_hash: bytes) -> list[ColumnElement[bool]]:
    return [
        Departure.tenant_id == session.tenant_id,
        Departure.mode == mode,
        Departure.email_hash == email_hash,
    ]


async def forget_old(control: ControlSession, *, real_now: datetime) -> int:
    """Throw away what can no longer be undone, of every tenant; gives how many."""
    statement = delete(Departure).where(Departure.undo_until <= real_now).returning(Departure.id)
    return len((await control.execute(statement)).all())


async def put_back(session: TenantSession, row: Mapping[str, Any], *, now: datetime) -> bool:
    """Insert a contact as it was; False when its id, address or external id is taken."""
    values = {"t": session.tenant_id, "row": dict(row), "now": now}
    return (await session.execute(_INSERT, values)).first() is not None


async def relink(
    session: TenantSession, contact_id: UUID, links: Mapping[str, Sequence[UUID]]
) -> None:
    """Give rows that have lost their contact this one."""
    for table in LINKED:
        values = {"t": session.tenant_id, "id": contact_id, "ids": list(links.get(table, ()))}
        await session.execute(_RELINK[table], values)


async def revive(
    session: TenantSession, contact_id: UUID, *, reason: str, stopped_at: datetime, now: datetime
) -> tuple[dict[str, datetime], list[UUID]]:
    """Undo what stopped a contact's mails and entries, for a reason, at one instant.

    Gives the earliest mail that waits again, by kind, and the campaigns that the contact is in
    again. A mail keeps its time, and the limit after which it is too late.
    """
    values = {
        "t": session.tenant_id, "id": contact_id, "reason": reason, "stopped_at": stopped_at,
    }  # fmt: skip
    due: dict[str, datetime] = {}
    for kind, due_at in (await session.execute(_REVIVE_MAILS, values | {"now": now})).all():
        due[kind] = min(due_at, due.get(kind, due_at))
    campaigns = (await session.execute(_REVIVE_ENTRIES, values)).scalars()
    return due, list(campaigns)
