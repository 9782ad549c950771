"""Activation: who gets what when, said before it is done; and for whom the campaign is."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tenantcrm.campaigns import service
from tenantcrm.campaigns.states import CampaignState, Enroll
from tenantcrm.database import TenantSession
from tenantcrm.errors import InvalidError
from tenantcrm.ids import read_hex
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard.campaign_editor import editor_page
from tenantcrm.web.dashboard.campaign_frame import where
from tenantcrm.web.dashboard.campaign_view import EXCLUDED, rule_of
from tenantcrm.web.dashboard.outlook_words import day_bars
from tenantcrm.web.dependencies import AnyRequest, require, services
from tenantcrm.web.forms import read_form
from tenantcrm.web.page import go, show


class CampaignStart(Controller):
    """The page before a campaign is active."""

    path = "/campaigns/{campaign:str}/activate"

    @get("/")
    async def before(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """Say what activation does; nothing is done yet."""
        require(person, "campaigns.activate")
        row = await service.get(session, read_hex(campaign))
        if row.state == CampaignState.ACTIVE:
            return go(f"/campaigns/{row.id.hex}", "The campaign is active already.", "info")
        found = await service.audience(session, row.contact_filter, campaign_id=row.id)
        forecast = await service.forecast_days(session, row.id)
        lacking = await service.readiness(session, row.id, senders=services(request).senders)
        most = max(day.sends for day in forecast.days)
        cap = person.tenant.daily_cap
        return await show(
            request,
            person,
            session,
            "campaigns/activate.html",
            campaign=row,
            rule=rule_of(row),
            audience=found,
            excluded=[(EXCLUDED.get(why, why), n) for why, n in found.excluded.items()],
            inside=forecast.people,
            days=day_bars(forecast),
            over_cap=cap if cap is not None and most > cap else None,
            missing=[(fault.message, where(row, fault)) for fault in lacking],
        )

    @post("/", status_code=200)
    async def activate(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """Activate, or say everything that is missing."""
        require(person, "campaigns.activate")
        campaign_id = read_hex(campaign)
        form = await read_form(request)
        try:
            await service.activate(
                session,
                campaign_id,
                senders=services(request).senders,
                actor=f"user:{person.user_id.hex}",
                new_only=form["enroll"] == Enroll.NEW,
            )
        except InvalidError as fault:
            return await editor_page(request, person, session, campaign_id, missing=fault)
        return go(f"/campaigns/{campaign_id.hex}", "The campaign is active.")
