"""Look at the ledger."""

from uuid import UUID

from msgspec.structs import asdict, astuple

from tenantcrm import clock
from tenantcrm.cursors import Place, read_cursor, show_cursor
from tenantcrm.database import TenantSession
from tenantcrm.delivery import reasons
from tenantcrm.delivery.numbers import Among
from tenantcrm.delivery.repository import browsing, inbox, listing
from tenantcrm.delivery.schemas import Deliveries, DeliveryRow, DeliveryView
from tenantcrm.delivery.service.turns import stands
from tenantcrm.delivery.states import State
from tenantcrm.errors import NotFoundError
from tenantcrm.tenants.service import tenants

EVENTS_MOST = 500
"""Events of a mail that are told: those of a link that is followed without end are cut."""


async def list_deliveries(
    session: TenantSession,
    *,
    campaign_id: UUID | None = None,
    message_id: UUID | None = None,
    contact_id: UUID | None = None,
    state: State | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Deliveries:
    """Mails of campaigns and test mails, the latest first. What is not named is not asked for.

    Raises:
        InvalidError: ``after`` is no cursor of this list.
    """
    among = Among(campaign_id=campaign_id, message_id=message_id, contact_id=contact_id)
    return await browse(session, among, state=state, after=after, limit=limit)


async def browse(
    session: TenantSession,
    among: Among,
    *,
    state: State | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Deliveries:
    """A page of a set of mails, the latest first: by when they left, or else are due.

    Raises:
        InvalidError: ``after`` is no cursor of this list.
    """
    query = ("deliveries", astuple(among), state)
    place = read_cursor(after, *query) if after is not None else None
    found = await browsing.keys(
        session,
        among,
        states=() if state is None else (state,),
        after=None if place is None else browsing.Key(place.at, place.id),
        limit=limit + 1,
    )
    rows = await listing.rows(session, [key.id for key in found[:limit]])
    shown = [_view(row) for row in rows]
    if len(found) <= limit:
        return Deliveries(rows=shown, next=None)
    return Deliveries(rows=shown, next=show_cursor(Place(*found[limit - 1]), *query))


async def get_delivery(session: TenantSession, delivery_id: UUID) -> DeliveryView:
    """One mail of a campaign, or a test mail.

    Raises:
        NotFoundError: there is none.
    """
    row = await listing.find(session, delivery_id)
    if row is None:
        raise NotFoundError("There is no such delivery")
    events = await inbox.of_mail(session, delivery_id, limit=EVENTS_MOST)
    tenant = await tenants.facts(session)
    why, turn = await stands(session, tenant, row)
    return DeliveryView(
        **asdict(row),
        why=why,
        estimated_at=None if turn is None else turn.at,
        events=events,
    )


async def was_tested(session: TenantSession) -> bool:
    """Whether somebody of the tenant has asked for a test mail."""
    return await listing.tested(session)


def _view(row: DeliveryRow) -> DeliveryView:
    return DeliveryView(**asdict(row), why=reasons.why(row, now=clock.now()))
