"""The campaigns that a contact is in, or was."""

from uuid import UUID

from msgspec import Struct

from tenantcrm.campaigns.repository import memberships
from tenantcrm.campaigns.schemas import Membership
from tenantcrm.cursors import Place, read_cursor, show_cursor
from tenantcrm.database import TenantSession


class MembershipPage(Struct, frozen=True):
    """Some of a contact's enrolments, and the cursor behind them; None where the list ends."""

    rows: list[Membership]
    next: str | None


async def memberships_of(
    session: TenantSession, contact_id: UUID, *, after: str | None = None, limit: int = 50
) -> MembershipPage:
    """A contact's enrolments, the latest first.

    Raises:
        InvalidError: ``after`` is no cursor of this list.
    """
    query = ("memberships", contact_id)
    place = read_cursor(after, *query) if after is not None else None
    rows = await memberships.of_contact(session, contact_id, after=place, limit=limit + 1)
    if len(rows) <= limit:
        return MembershipPage(rows, None)
    last = rows[limit - 1]
    return MembershipPage(rows[:limit], show_cursor(Place(last.enrolled_at, last.id), *query))
