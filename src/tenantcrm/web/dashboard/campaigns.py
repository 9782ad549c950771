"""Campaigns: list, write, change, activate, pause, delete."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tenantcrm.campaigns import service
from tenantcrm.campaigns.models import DayZero
from tenantcrm.campaigns.schemas import CampaignChanges, NewCampaign
from tenantcrm.database import TenantSession
from tenantcrm.delivery.schemas import Sends
from tenantcrm.delivery.service import campaign_sends, delete_campaign
from tenantcrm.errors import ConflictError, InvalidError
from tenantcrm.ids import read_hex
from tenantcrm.tenants import rules
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard.campaign_form import FIELDS, form_page, given
from tenantcrm.web.dashboard.campaign_view import EXCLUDED, rule_of, shown, stats_of
from tenantcrm.web.dependencies import AnyRequest, require, services
from tenantcrm.web.forms import read_form
from tenantcrm.web.page import go, show

PAGE = 50


class Campaigns(Controller):
    """The pages of campaigns, but for their messages and people."""

    path = "/campaigns"

    @get("/")
    async def listed(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """Every campaign, newest first."""
        after = request.query_params.get("after") or None
        page = await service.listed(session, limit=PAGE, after=after)
        ids = [row.id for row in page.rows]
        people = await service.stats(session, ids)
        sends = await campaign_sends(session, ids)
        rows = [
            {
                "id": row.id,
                "name": row.name,
                "state": row.state,
                "contact_filter": row.contact_filter,
                "days": [message.send_day for message in row.messages],
                "people": people[row.id].entered,
                "sent": sends[row.id].sent,
                "next_send_at": row.next_send_at,
            }
            for row in page.rows
        ]
        more = "/campaigns?" + urlencode({"after": page.next}) if page.next else ""
        return await show(
            request,
            person,
            session,
            "campaigns/index.html",
            campaigns=rows,
            next_href=more,
            may_edit=rules.may(person.role, "edit"),
        )

    @get("/new")
    async def new(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """The form of a new campaign."""
        require(person, "edit")
        values = dict.fromkeys(FIELDS, "") | {
            "preferred_send_time": "10:00",
            "timezone": person.tenant.timezone,
            "day_zero": DayZero.SCHEDULED.value,
            "late_limit_hours": "12",
        }
        return await form_page(request, person, session, values)

    @post("/", status_code=200)
    async def create(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """Make a campaign, a draft."""
        require(person, "edit")
        form = await read_form(request)
        try:
            made = await service.create(
                session,
                NewCampaign(**given(form)),
                senders=services(request).senders,
                actor=f"user:{person.user_id.hex}",
            )
        except InvalidError as fault:
            return await form_page(request, person, session, form.values(*FIELDS), fault)
        return go(f"/campaigns/{made.id.hex}", "The campaign is a draft. Now write its messages.")

    @get("/count")
    async def count(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """How many a filter reaches, while it is written."""
        text = request.query_params.get("contact_filter", "")
        context: dict[str, Any] = {"error": "", "count": None}
        try:
            found = await service.audience(session, text)
        except InvalidError as fault:
            context["error"] = fault.errors[0].message
        else:
            context["count"] = {
                "eligible": found.eligible,
                "excluded": [(EXCLUDED.get(k, k), n) for k, n in found.excluded.items()],
                "sample": [contact.email for contact in found.sample],
            }
        return await show(request, person, session, "campaigns/count.html", **context)

    @get("/{campaign:str}")
    async def one(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """A campaign with its messages by day."""
        return await campaign_page(
            request, person, session, read_hex(campaign), "campaigns/campaign.html", "messages"
        )

    @get("/{campaign:str}/settings")
    async def settings(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """The form of a campaign's settings."""
        require(person, "edit")
        row = await service.get(session, read_hex(campaign))
        values = {name: str(getattr(row, name) or "") for name in FIELDS}
        values["late_limit_hours"] = str(row.late_limit_hours)
        return await form_page(request, person, session, values, campaign=row)

    @post("/{campaign:str}/settings", status_code=200)
    async def save(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """Change a campaign's settings; an older version than the stored one is a conflict."""
        require(person, "edit")
        row = await service.get(session, read_hex(campaign))
        form = await read_form(request)
        try:
            changes = CampaignChanges(**given(form))
            if form["version"].isdigit():
                changes.version = int(form["version"])
            await service.change(
                session,
                row.id,
                changes,
                senders=services(request).senders,
                actor=f"user:{person.user_id.hex}",
            )
        except (InvalidError, ConflictError) as fault:
            session.expire_all()
            await session.rollback()
            values = form.values(*FIELDS)
            return await form_page(request, person, session, values, fault, campaign=row)
        return go(f"/campaigns/{row.id.hex}", "Saved.")

    @post("/{campaign:str}/activate", status_code=200)
    async def activate(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """Activate, or say everything that is missing."""
        require(person, "edit")
        campaign_id = read_hex(campaign)
        try:
            await service.activate(
                session,
                campaign_id,
                senders=services(request).senders,
                actor=f"user:{person.user_id.hex}",
            )
        except InvalidError as fault:
            return await campaign_page(
                request, person, session, campaign_id, "campaigns/campaign.html", "messages", fault
            )
        return go(f"/campaigns/{campaign_id.hex}", "The campaign is active.")

    @post("/{campaign:str}/pause", status_code=200)
    async def pause(
        self,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """Pause: nothing is enrolled or sent until it is activated again."""
        require(person, "edit")
        campaign_id = read_hex(campaign)
        try:
            await service.pause(session, campaign_id, actor=f"user:{person.user_id.hex}")
        except ConflictError as fault:
            return go(f"/campaigns/{campaign_id.hex}", fault.detail, "info")
        return go(f"/campaigns/{campaign_id.hex}", "The campaign is paused.")

    @post("/{campaign:str}/delete", status_code=200)
    async def delete(
        self,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """Delete a campaign; the ledger keeps what was sent."""
        require(person, "edit")
        campaign_id = read_hex(campaign)
        await delete_campaign(session, campaign_id, actor=f"user:{person.user_id.hex}")
        return go("/campaigns", "The campaign is deleted.")


async def campaign_page(
    request: AnyRequest,
    person: Person,
    session: TenantSession,
    campaign_id: UUID,
    template: str,
    tab: str,
    fault: InvalidError | None = None,
    **context: Any,
) -> Response[Any]:
    """A page of one campaign, in its frame."""
    row = await service.get(session, campaign_id)
    people = (await service.stats(session, [row.id]))[row.id]
    sends = (await campaign_sends(session, [row.id])).get(row.id, Sends())
    return await show(
        request,
        person,
        session,
        template,
        status=422 if fault else 200,
        campaign=shown(row, sends.by_message),
        rule=rule_of(row),
        stats=stats_of(row, people, sends),
        tab=tab,
        errors={str(n): error.message for n, error in enumerate(fault.errors)} if fault else {},
        may_edit=rules.may(person.role, "edit"),
        **context,
    )
