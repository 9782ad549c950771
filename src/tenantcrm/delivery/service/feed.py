"""What happened: to a contact, in a campaign."""

from uuid import UUID

from tenantcrm.cursors import Place, read_cursor, show_cursor
from tenantcrm.database import TenantSession
from tenantcrm.delivery.repository import feed
from tenantcrm.delivery.schemas import Feed, Happening


async def contact_activity(
    session: TenantSession, contact_id: UUID, *, after: str | None = None, limit: int = 50
) -> Feed:
    """What happened to a contact, newest first.

    Raises:
        InvalidError: ``after`` is no cursor of this list.
    """
    query = ("contact", contact_id)
    place = read_cursor(after, *query) if after is not None else None
    rows = await feed.of_contact(session, contact_id, after=place, limit=limit + 1)
    return _page(rows, limit, query)


async def campaign_activity(
    session: TenantSession, campaign_id: UUID, *, after: str | None = None, limit: int = 50
) -> Feed:
    """What happened in a campaign, newest first.

    Raises:
        InvalidError: ``after`` is no cursor of this list.
    """
    query = ("campaign", campaign_id)
    place = read_cursor(after, *query) if after is not None else None
    rows = await feed.of_campaign(session, campaign_id, after=place, limit=limit + 1)
    return _page(rows, limit, query)


def _page(rows: list[Happening], limit: int, query: tuple[object, ...]) -> Feed:
    if len(rows) <= limit:
        return Feed(rows=rows, next=None)
    last = rows[limit - 1]
    return Feed(rows=rows[:limit], next=show_cursor(Place(last.at, last.id, last.kind), *query))
