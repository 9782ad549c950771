"""What every page of one campaign shows around its tab."""

from typing import Any
from uuid import UUID

from litestar import Response

from tenantcrm.campaigns import service
from tenantcrm.campaigns.schemas import CampaignStats, CampaignView
from tenantcrm.database import TenantSession
from tenantcrm.delivery.schemas import Sends
from tenantcrm.delivery.service import campaign_sends
from tenantcrm.errors import FieldError, InvalidError
from tenantcrm.tenants import rules
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard.campaign_view import rule_of, shown, starting_of, stats_of
from tenantcrm.web.dependencies import AnyRequest
from tenantcrm.web.page import show


async def campaign_page(
    request: AnyRequest,
    person: Person,
    session: TenantSession,
    campaign: CampaignView | UUID,
    template: str,
    tab: str,
    fault: InvalidError | None = None,
    refusal: str = "",
    *,
    status: int | None = None,
    block: str = "",
    numbers: tuple[CampaignStats, Sends] | None = None,
    **context: Any,
) -> Response[Any]:
    """A page of one campaign; with ``fault``, 422, what is missing, and nothing kept.

    ``numbers``: of all its people and mails, where they are known; None: they are asked for.
    """
    if fault is not None:
        await session.rollback()
    row = campaign if isinstance(campaign, CampaignView) else await service.get(session, campaign)
    if numbers is None:
        people = (await service.stats(session, [row.id]))[row.id]
        numbers = people, (await campaign_sends(session, [row.id])).get(row.id, Sends())
    people, sends = numbers
    return await show(
        request,
        person,
        session,
        template,
        status=status or (422 if fault else 200),
        block=block,
        campaign=shown(row, sends.by_message),
        rule=rule_of(row),
        stats=stats_of(row, people, sends),
        tab=tab,
        starting=starting_of(row),
        refusal=refusal or (fault.title if fault else ""),
        missing=[(error.message, where(row, error)) for error in fault.errors] if fault else [],
        may_edit=rules.may(person.role, "campaigns.edit"),
        may_activate=rules.may(person.role, "campaigns.activate"),
        **context,
    )


def where(campaign: CampaignView, error: FieldError) -> str:
    """The spot at which a missing thing is put right."""
    base = f"/campaigns/{campaign.id.hex}"
    field, _, rest = error.pointer.removeprefix("/").partition("/")
    if field == "tenant":
        return f"/settings#f-{rest}" if rest else "/settings"
    if field == "sender":
        return f"{base}/settings#f-sender_email"
    if field != "messages":
        return f"{base}/settings#f-{field}"
    place, _, part = rest.partition("/")
    if place.isdigit() and int(place) < len(campaign.messages):
        spot = f"{base}/messages/{campaign.messages[int(place)].id.hex}"
        part, _, within = part.partition("/")
        kind, _, number = within.partition("/")
        if kind == "block":
            # A stored mail's blocks are numbered as they stand.
            return f"{spot}#b-{number}"
        line = f"?line={number}" if kind == "line" else ""
        return f"{spot}{line}#f-{part}" if part else spot
    return f"{base}/messages/new"
