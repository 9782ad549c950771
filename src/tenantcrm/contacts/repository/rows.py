"""Queries of contacts one by one and in lists."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    and_,
    delete,
    func,
    or_,
    select,
    tuple_,
    update,
)

from tenantcrm.contacts.addresses import Address
from tenantcrm.contacts.models import XACT, Contact
from tenantcrm.contacts.schemas import ContactRow
from tenantcrm.cursors import Place
from tenantcrm.database import TenantSession
from tenantcrm.orm import any_of

COLUMNS = tuple(getattr(Contact, name) for name in ContactRow.__struct_fields__)


def own(session: TenantSession, mode: str) -> ColumnElement[bool]:
    """The tenant's contacts of a mode."""
    return and_(Contact.tenant_id == session.tenant_id, Contact.mode == mode)


async def find(
    session: TenantSession, contact_id: UUID, *, mode: str | None = None, lock: bool = False
) -> ContactRow | None:
    """One contact, of any mode when none is named; ``lock`` holds it until the end."""
    query = select(*COLUMNS).where(Contact.tenant_id == session.tenant_id, Contact.id == contact_id)
    if mode is not None:
        query = query.where(Contact.mode == mode)
    if lock:
        query = query.with_for_update()
    row = (await session.execute(query)).mappings().one_or_none()
    return None if row is None else ContactRow(**row)


async def addresses_of(
    session: TenantSession, mode: str, external_ids: Collection[str]
) -> dict[str, Address]:
    """The addresses of the contacts that have these external ids, by them."""
    query = select(Contact.external_id, Contact.email, Contact.email_key).where(
        own(session, mode), Contact.external_id.in_(external_ids)
    )
    rows = await session.execute(query)
    return {str(external_id): Address(email, key) for external_id, email, key in rows}


async def save(session: TenantSession, contact_id: UUID, values: Mapping[str, Any]) -> ContactRow:
    """Write columns of one contact, which the caller has locked."""
    statement = (
        update(Contact)
        .where(Contact.tenant_id == session.tenant_id, Contact.id == contact_id)
        .values(changed=XACT, **values)
        .returning(*COLUMNS)
        .execution_options(synchronize_session=False)
    )
    return ContactRow(**(await session.execute(statement)).mappings().one())


async def save_each(
    session: TenantSession, contact_ids: Collection[UUID], values: Mapping[str, Any]
) -> None:
    """Write the same into many contacts, which the caller has locked."""
    await session.execute(
        update(Contact)
        .where(Contact.tenant_id == session.tenant_id, Contact.id == any_of(contact_ids))
        .values(changed=XACT, **values)
        .execution_options(synchronize_session=False)
    )


async def remove(session: TenantSession, contact_ids: Collection[UUID]) -> int:
    """Delete contacts; gives how many there were."""
    statement = (
        delete(Contact)
        .where(Contact.tenant_id == session.tenant_id, Contact.id == any_of(contact_ids))
        .execution_options(synchronize_session=False)
    )
    result: CursorResult[Any] = await session.execute(statement)  # type: ignore[assignment] # DELETE
    return result.rowcount


def matching(
    session: TenantSession, mode: str, condition: ColumnElement[bool], search: str
) -> ColumnElement[bool]:
    """The contacts of a filter, and among them those whose address or name has the words."""
    found = and_(own(session, mode), condition)
    if search:
        named = or_(
            Contact.email_key.contains(search.lower(), autoescape=True),
            Contact.name.icontains(search, autoescape=True),
            Contact.external_id == search,
        )
        found = and_(found, named)
    return found


async def listed(
    session: TenantSession,
    condition: ColumnElement[bool],
    *,
    updated_after: datetime | None = None,
    newest_first: bool = False,
    after: Place | None = None,
    limit: int,
) -> list[ContactRow]:
    """Contacts behind ``after``.

    In the order in which they came (or its reverse); with ``updated_after``, in that of their last
    change, so that whoever follows changes sees each.
    """
    query = select(*COLUMNS).where(condition).limit(limit)
    if updated_after is not None:
        query = query.where(Contact.updated_at > updated_after)
        query = query.order_by(Contact.updated_at, Contact.id)
        if after is not None:
            query = query.where(tuple_(Contact.updated_at, Contact.id) > (after.at, after.id))
    elif newest_first:
        query = query.order_by(Contact.id.desc())
        if after is not None:
            query = query.where(Contact.id < after.id)
    else:
        query = query.order_by(Contact.id)
        if after is not None:
            query = query.where(Contact.id > after.id)
    return [ContactRow(**row) for row in (await session.execute(query)).mappings()]


async def attribute_names(session: TenantSession, condition: ColumnElement[bool]) -> list[str]:
    """The names of all attributes of contacts, in alphabetical order."""
    names = select(func.jsonb_object_keys(Contact.attributes).label("name")).where(condition)
    found = names.subquery()
    return sorted((await session.execute(select(found.c.name).distinct())).scalars())


async def lacking(
    session: TenantSession, condition: ColumnElement[bool], names: Sequence[str], *, limit: int
) -> tuple[int, dict[str, int]]:
    """How many of up to ``limit`` contacts were looked at, and how many of them lack each field.

    A name is ``name`` or that of an attribute; an empty text is as good as none.
    """
    some = select(Contact.name, Contact.attributes).where(condition).limit(limit).subquery()
    values = [some.c.name if n == "name" else some.c.attributes[n].as_string() for n in names]
    columns = [func.count().filter(func.coalesce(value, "") == "") for value in values]
    row = (await session.execute(select(func.count(), *columns).select_from(some))).one()
    return row[0], dict(zip(names, row[1:], strict=True))


async def count(session: TenantSession, condition: ColumnElement[bool]) -> int:
    """How many contacts there are."""
    query = select(func.count()).select_from(Contact).where(condition)
    return (await session.execute(query)).scalar_one()
