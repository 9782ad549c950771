"""Activation: who gets what when, said before it is done; and for a minute it can be undone."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tenantcrm import clock
from tenantcrm.campaigns import service
from tenantcrm.campaigns.errors import NotReadyError
from tenantcrm.campaigns.schemas import CampaignView
from tenantcrm.campaigns.service.forecasting import CampaignForecast
from tenantcrm.campaigns.states import CampaignState, Enroll
from tenantcrm.database import TenantSession
from tenantcrm.errors import ConflictError, InvalidError
from tenantcrm.ids import read_hex
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard.campaign_editor import editor_page
from tenantcrm.web.dashboard.campaign_form import YES
from tenantcrm.web.dashboard.campaign_frame import where
from tenantcrm.web.dashboard.campaign_view import EXCLUDED, rule_of, starting_of
from tenantcrm.web.dashboard.outlook_words import days_of, week_against
from tenantcrm.web.dashboard.timeline import date_text
from tenantcrm.web.dependencies import AnyRequest, require, services
from tenantcrm.web.filter_words import counted
from tenantcrm.web.forms import read_form
from tenantcrm.web.page import go, show, wants_part

WEEK = 7


class CampaignStart(Controller):
    """The drawer before a campaign is active (a page without script), and its minute."""

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
        if row.state == CampaignState.ACTIVE or row.starts_at is not None:
            back = go(f"/campaigns/{row.id.hex}", "The campaign is active already.", "info")
            return _whole(back) if wants_part(request) else back
        found, forecast = await service.before_activation(session, row.id)
        lacking = await service.readiness(session, row.id, senders=services(request).senders)
        lacking += await service.hindrances(session, row.id)
        return await show(
            request,
            person,
            session,
            "campaigns/activate.html",
            block="asked",
            campaign=row,
            verb="Resume" if row.state == "paused" else "Activate",
            rule=rule_of(row),
            audience=found,
            eligible=counted(found.eligible, exact=found.exact),
            excluded=[
                (EXCLUDED.get(why, why), counted(n, exact=found.exact))
                for why, n in found.excluded.items()
            ],
            inside=forecast.people,
            first=await _first_words(session, row, forecast),
            exact=forecast.exact,
            week=week_against(days_of(forecast)[:WEEK], person.tenant.daily_cap),
            missing=[(fault.message, where(row, fault)) for fault in lacking],
            grace=int(service.GRACE.total_seconds()),
        )

    @post("/", status_code=200)
    async def activate(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """Activate in a minute, at once where that is waived, or say everything that is missing."""
        require(person, "campaigns.activate")
        campaign_id = read_hex(campaign)
        form = await read_form(request)
        begin: dict[str, Any] = {
            "senders": services(request).senders,
            "actor": f"user:{person.user_id.hex}",
        }
        enroll = Enroll.NEW if form["enroll"] == Enroll.NEW else Enroll.ALL
        try:
            await _check(request, session, campaign_id)
            if form["at_once"] == YES:
                new_only = enroll == Enroll.NEW
                await service.activate(session, campaign_id, **begin, new_only=new_only)
                return go(f"/campaigns/{campaign_id.hex}", "The campaign is active.")
            await service.start_soon(session, campaign_id, **begin, enroll=enroll)
        except InvalidError as fault:
            return await editor_page(request, person, session, campaign_id, missing=fault)
        return go(f"/campaigns/{campaign_id.hex}")

    @get("/state")
    async def state(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """Whether it has started, for the line that counts down; the campaign's page otherwise."""
        row = await service.get(session, read_hex(campaign))
        if not wants_part(request):
            return go(f"/campaigns/{row.id.hex}")
        starting = starting_of(row)
        answer = await show(
            request,
            person,
            session,
            "campaigns/starting.html",
            block="starting",
            campaign=row,
            starting=starting,
            may_activate=False,
        )
        if starting is None:
            answer.headers |= {"HX-Retarget": "#starting", "HX-Reswap": "outerHTML"}
        return answer

    @post("/undo", status_code=200)
    async def undo(
        self,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """Take the activation back, within its minute."""
        require(person, "campaigns.activate")
        path = f"/campaigns/{read_hex(campaign).hex}"
        try:
            row = await service.undo_start(
                session, read_hex(campaign), actor=f"user:{person.user_id.hex}"
            )
        except ConflictError as fault:
            return go(path, fault.detail, "danger" if getattr(fault, "active", False) else "info")
        return go(path, f"Undone. Nothing was sent, nobody came in; it is {_what(row)} again.")

    @post("/now", status_code=200)
    async def at_once(
        self,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """Give the minute away: the campaign starts at once."""
        require(person, "campaigns.activate")
        path = f"/campaigns/{read_hex(campaign).hex}"
        try:
            await service.start_now(session, read_hex(campaign), actor=f"user:{person.user_id.hex}")
        except ConflictError as fault:
            return go(path, fault.detail, "info")
        return go(path, "The campaign starts now.")


def _whole(redirect: Response[Any]) -> Response[Any]:
    """A redirect that htmx follows with the whole page, not with what it asked for."""
    return Response(
        "",
        status_code=200,
        headers={"HX-Redirect": redirect.headers["location"]},
        cookies=redirect.cookies,
    )


def _what(row: CampaignView) -> str:
    return "paused" if row.state == CampaignState.PAUSED else "a draft"


async def _check(request: AnyRequest, session: TenantSession, campaign_id: UUID) -> None:
    """Refuse, for people at the pages, what would send broken mails; keys are trusted to mean it.

    Raises:
        NotReadyError: a message has an error in it; with everything else that is missing.
    """
    broken = await service.hindrances(session, campaign_id)
    if broken:
        senders = services(request).senders
        raise NotReadyError(
            [*await service.readiness(session, campaign_id, senders=senders), *broken]
        )


async def _first_words(
    session: TenantSession, row: CampaignView, forecast: CampaignForecast
) -> str:
    """When the first mail goes after an activation now; empty: none is in sight."""
    moment = await service.first_send(session, row.id, after=clock.now() + service.GRACE)
    if moment is not None:
        there = moment.astimezone(ZoneInfo(row.timezone))
        own = ", by each contact's own clock" if row.zone_mode == "contact" else ""
        return f"{date_text(there.date())}, {there:%H:%M} ({row.timezone}{own})"
    days = [day.date for day in forecast.days if day.sends]
    if not days:
        return ""
    return f"{date_text(days[0])}, {row.preferred_send_time} ({row.timezone})"
