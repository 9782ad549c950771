"""Look at campaigns: one, or a page of them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from tenantcrm.campaigns.calendar_fields import WEEKDAYS, show_anchor
from tenantcrm.campaigns.models import Campaign, Message
from tenantcrm.campaigns.repository import campaigns
from tenantcrm.campaigns.schemas import CampaignView, MessageView
from tenantcrm.campaigns.service.next_send import next_sends
from tenantcrm.campaigns.states import CampaignState
from tenantcrm.cursors import Place, read_cursor, show_cursor
from tenantcrm.database import TenantSession
from tenantcrm.errors import NotFoundError


class CampaignPage(Struct, frozen=True):
    """Some campaigns, and the cursor behind them; None where the list ends."""

    rows: list[CampaignView]
    next: str | None


async def get(
    session: TenantSession, campaign_id: UUID, *, now: datetime | None = None
) -> CampaignView:
    """One campaign with its messages.

    Raises:
        NotFoundError: there is none, or it was deleted.
    """
    return await view(session, found(await campaigns.find(session, campaign_id)), now=now)


async def check_known(session: TenantSession, campaign_id: UUID) -> None:
    """Make sure that there is such a campaign.

    Raises:
        NotFoundError: there is none, or it was deleted.
    """
    found(await campaigns.find(session, campaign_id))


async def view(
    session: TenantSession, campaign: Campaign, *, now: datetime | None = None
) -> CampaignView:
    """A campaign that was just read or written."""
    messages = await campaigns.messages(session, [campaign.id])
    moments = await next_sends(session, [campaign], messages, now=now)
    return _shown(campaign, messages[campaign.id], moments[campaign.id], templates=True)


async def listed(
    session: TenantSession,
    *,
    limit: int = 50,
    after: str | None = None,
    state: CampaignState | None = None,
    put_away: bool | None = None,
    search: str = "",
    now: datetime | None = None,
) -> CampaignPage:
    """A page of campaigns, newest first; their messages come without templates.

    ``put_away``: those in the archive alone, or those outside it; None: both.

    Raises:
        InvalidError: ``after`` is no cursor of this list.
    """
    query: tuple[object, ...] = ("campaigns", state)
    if put_away is not None or search:
        query = (*query, put_away, search)
    place = read_cursor(after, *query) if after is not None else None
    rows = await campaigns.page(
        session,
        limit=limit + 1,
        after=place.id if place else None,
        state=state,
        put_away=put_away,
        search=search,
    )
    rows, more = rows[:limit], len(rows) > limit
    messages = await campaigns.messages(session, [row.id for row in rows], templates=False)
    moments = await next_sends(session, rows, messages, now=now)
    return CampaignPage(
        [_shown(row, messages[row.id], moments[row.id], templates=False) for row in rows],
        show_cursor(Place(rows[-1].created_at, rows[-1].id), *query) if more else None,
    )


async def fullest(session: TenantSession) -> tuple[UUID, str, int] | None:
    """The campaign, outside the archive, with the most messages: id, name, how many."""
    return await campaigns.fullest(session)


async def shelves(session: TenantSession) -> dict[str, int]:
    """How many campaigns stand in each state, and in the archive (``archived``)."""
    counted: dict[str, int] = {}
    for (state, away), number in (await campaigns.shelves(session)).items():
        key = CampaignState.ARCHIVED.value if away else state
        counted[key] = counted.get(key, 0) + number
    return counted


def found(campaign: Campaign | None) -> Campaign:
    """The campaign.

    Raises:
        NotFoundError: there is none.
    """
    if campaign is None:
        raise NotFoundError
    return campaign


def _shown(
    campaign: Campaign,
    messages: Sequence[Message],
    next_send_at: datetime | None,
    *,
    templates: bool,
) -> CampaignView:
    return CampaignView(
        id=campaign.id,
        key=campaign.key,
        name=campaign.name,
        contact_filter=campaign.contact_filter,
        state=campaign.state,
        preferred_send_time=campaign.preferred_send_time.strftime("%H:%M"),
        timezone=campaign.timezone,
        sender_name=campaign.sender_name,
        sender_email=campaign.sender_email,
        day_zero=campaign.day_zero,
        late_limit_hours=campaign.late_limit_hours,
        late_action=campaign.late_action,
        zone_mode=campaign.zone_mode,
        skip_weekdays=[WEEKDAYS[day - 1] for day in campaign.skip_weekdays],
        skip_dates=list(campaign.skip_dates),
        anchor=show_anchor(campaign.anchor),
        reentry_gap_days=campaign.reentry_gap_days,
        exit_unmatched=campaign.exit_unmatched,
        new_only_from=campaign.new_only_from,
        track_opens=campaign.track_opens,
        track_clicks=campaign.track_clicks,
        version=campaign.version,
        messages=[
            MessageView(
                id=message.id,
                key=message.key,
                subject=message.subject,
                preheader=message.preheader,
                send_day=message.send_day,
                html_template=message.html_template if templates else "",
                format=message.format,
                version=message.version,
            )
            for message in messages
        ],
        activated_at=campaign.activated_at,
        starts_at=campaign.starts_at,
        put_away_at=campaign.put_away_at,
        next_send_at=next_send_at,
        created_at=campaign.created_at,
        updated_at=campaign.updated_at,
    )
