"""Every contact that is asked for, in the order they came: what a download is made of."""

from tenantcrm.contacts import repository
from tenantcrm.contacts.schemas import ContactRow
from tenantcrm.contacts.service.lists import Asked, condition
from tenantcrm.cursors import Place
from tenantcrm.database import TenantSession


async def attribute_names(session: TenantSession, asked: Asked) -> list[str]:
    """The names of the attributes that any of them has.

    Raises:
        FilterError: the filter cannot be read.
    """
    return await repository.attribute_names(session, condition(session, asked))


async def some(
    session: TenantSession, asked: Asked, *, after: ContactRow | None, limit: int
) -> list[ContactRow]:
    """The next ones behind ``after``; whoever pages to the end sees each that was there once."""
    place = None if after is None else Place(after.created_at, after.id)
    found = condition(session, asked)
    return await repository.listed(session, found, after=place, limit=limit)
