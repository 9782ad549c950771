"""Queries of whom a bulk action is about: who matched when it was begun, and still does."""

from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, delete, func, insert, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from tenantcrm.contacts.bulk.models import BulkAction, BulkPiece
from tenantcrm.contacts.models import Contact
from tenantcrm.database import TenantSession

PIECE = 1_000
"""Contacts whose ids are kept in one row; as many as the largest batch."""


async def write_down(session: TenantSession, bulk_id: UUID, condition: ColumnElement[bool]) -> int:
    """Keep the ids of all that match now, in pieces; gives how many they are."""
    place = func.row_number().over(order_by=Contact.id) - 1
    each = select(Contact.id, (place // PIECE).label("piece")).where(condition).subquery()
    ids_of = func.array_agg(aggregate_order_by(each.c.id, each.c.id), type_=ARRAY(Uuid))
    number = func.count()
    pieces = select(
        literal(session.tenant_id, Uuid()), literal(bulk_id, Uuid()), ids_of[number], ids_of
    )
    statement = insert(BulkPiece).from_select(
        ["tenant_id", "bulk_id", "last_id", "contact_ids"], pieces.group_by(each.c.piece)
    )
    rows = await session.execute(statement.returning(func.cardinality(BulkPiece.contact_ids)))
    action = await session.get_one(BulkAction, (session.tenant_id, bulk_id))
    action.expected = sum(rows.scalars())
    return action.expected


async def following(session: TenantSession, action: BulkAction, most: int) -> list[UUID]:
    """The next ids of those whom a bulk action is about, in their order."""
    after = action.after_id
    if action.contact_ids is not None:
        return sorted(one for one in action.contact_ids if after is None or one > after)[:most]
    pieces = select(BulkPiece.contact_ids).where(
        BulkPiece.tenant_id == session.tenant_id, BulkPiece.bulk_id == action.id
    )
    if after is not None:
        pieces = pieces.where(BulkPiece.last_id > after)
    # No batch is larger than a piece, of which some may be done.
    found = await session.execute(pieces.order_by(BulkPiece.last_id).limit(2))
    named = [one for piece in found.scalars() for one in piece]
    return [one for one in named if after is None or one > after][:most]


async def hold(
    session: TenantSession, contact_ids: list[UUID], condition: ColumnElement[bool]
) -> list[UUID]:
    """Those of the contacts who are there and still match, held until the end of the batch."""
    query = select(Contact.id).where(condition, Contact.id.in_(contact_ids))
    rows = await session.execute(query.order_by(Contact.id).with_for_update())
    return list(rows.scalars())


async def forget(session: TenantSession, bulk_id: UUID) -> None:
    """It is over: whom it was about need not be known any more."""
    await session.execute(
        delete(BulkPiece)
        .where(BulkPiece.tenant_id == session.tenant_id, BulkPiece.bulk_id == bulk_id)
        .execution_options(synchronize_session=False)
    )
