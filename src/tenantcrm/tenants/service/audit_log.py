"""Read the audit log."""

from collections.abc import AsyncIterator

from msgspec import Struct

from tenantcrm import cursors
from tenantcrm.cursors import Place
from tenantcrm.database import Database, TenantSession
from tenantcrm.tenants.repository import audit as stored
from tenantcrm.tenants.schemas import AuditFilter, AuditRow, TenantFacts

AT_ONCE = 1000
"""Rows of an export that are read together."""


class AuditPage(Struct, frozen=True):
    """Some entries, and the cursor behind the last of them; None: there are no more."""

    rows: list[AuditRow]
    next: str | None


async def page(
    session: TenantSession, wanted: AuditFilter, *, after: str = "", limit: int = 50
) -> AuditPage:
    """Entries, the newest first.

    Raises:
        InvalidError: ``after`` is no cursor, or one of another filter.
    """
    place = cursors.read_cursor(after, wanted) if after else None
    rows = await stored.page(session, wanted, after=place, limit=limit + 1)
    more = None
    if len(rows) > limit:
        rows = rows[:limit]
        more = cursors.show_cursor(Place(rows[-1].at, rows[-1].id), wanted)
    return AuditPage(rows, more)


async def actors(session: TenantSession) -> list[str]:
    """Who has changed anything, as the entries name them."""
    return await stored.actors(session)


async def subjects(session: TenantSession) -> list[str]:
    """The kinds of things that were changed."""
    return await stored.subjects(session)


async def everything(
    database: Database, tenant: TenantFacts, wanted: AuditFilter
) -> AsyncIterator[list[AuditRow]]:
    """Every entry in batches, each read in a unit of work of its own: a download may take long."""
    place: Place | None = None
    while True:
        async with database.unit_of_work(tenant.id) as session:
            rows = await stored.page(session, wanted, after=place, limit=AT_ONCE)
        if rows:
            yield rows
        if len(rows) < AT_ONCE:
            return
        place = Place(rows[-1].at, rows[-1].id)
