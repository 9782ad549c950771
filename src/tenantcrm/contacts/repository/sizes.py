"""How many, within a time: exactly, or from a sample.

The last bytes of an id are random, so that the contacts whose id ends in given bits are a fair
sample of all.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from asyncpg import QueryCanceledError
from sqlalchemy import Boolean, ColumnElement, func, literal_column, select, text
from sqlalchemy.exc import DBAPIError

from tenantcrm.contacts.models import Contact
from tenantcrm.database import TenantSession
from tenantcrm.tenants.models import TenantStats

T = TypeVar("T")
ONE_IN = 64
"""Contacts to one of the sample."""
SAMPLED: ColumnElement[bool] = literal_column(
    f"get_byte(uuid_send(contacts.id), 15) % {ONE_IN} = 0", Boolean
)
"""Whether the contact in each row is in the sample: word for word what the index of it says."""
THINNER: ColumnElement[bool] = SAMPLED & literal_column(
    "get_byte(uuid_send(contacts.id), 14) % 4 = 0", Boolean
)
"""Whether it is in a fair quarter of the sample, which has an index of its own."""


async def within(
    session: TenantSession, seconds: float, work: Callable[[], Awaitable[T]]
) -> T | None:
    """What the work finds; None when the database needs longer than that."""
    try:
        async with session.begin_nested():
            await session.execute(text(f"SET LOCAL statement_timeout = {int(seconds * 1000)}"))
            found = await work()
            await session.execute(text("SET LOCAL statement_timeout TO DEFAULT"))
            return found
    except DBAPIError as fault:
        cause: Any = fault.orig
        if getattr(cause, "sqlstate", None) == QueryCanceledError.sqlstate:
            return None
        raise


async def up_to(session: TenantSession, condition: ColumnElement[bool], most: int) -> int:
    """How many there are, and ``most`` where there are more."""
    found = select(Contact.id).where(condition).limit(most).subquery()
    return (await session.execute(select(func.count()).select_from(found))).scalar_one()


async def counted(session: TenantSession) -> int:
    """How many live contacts the worker last counted, some seconds ago; 0 before the first time."""
    query = select(TenantStats.contacts).where(TenantStats.tenant_id == session.tenant_id)
    return (await session.execute(query)).scalar_one_or_none() or 0
