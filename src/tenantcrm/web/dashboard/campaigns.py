"""Campaigns: list them, write one, change its settings."""

from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template

from tenantcrm.campaigns import service
from tenantcrm.campaigns.schemas import CampaignChanges, NewCampaign
from tenantcrm.campaigns.states import DayZero
from tenantcrm.database import TenantSession
from tenantcrm.delivery.service import campaign_sends
from tenantcrm.errors import ConflictError, InvalidError
from tenantcrm.ids import read_hex
from tenantcrm.tenants import rules
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard.campaign_form import (
    FIELDS,
    counted,
    form_page,
    given,
    stored_values,
)
from tenantcrm.web.dashboard.campaign_frame import campaign_page
from tenantcrm.web.dashboard.deciding import decided
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
            may_edit=rules.may(person.role, "campaigns.edit"),
        )

    @get("/new")
    async def new(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """The form of a new campaign."""
        require(person, "campaigns.edit")
        values = dict.fromkeys(FIELDS, "") | {
            "preferred_send_time": "10:00",
            "timezone": person.tenant.timezone,
            "day_zero": DayZero.SCHEDULED.value,
            "late_limit_hours": "12",
            "late_action": "skip",
            "zone_mode": "campaign",
        }
        return await form_page(request, person, session, values)

    @post("/new", status_code=200)
    async def create(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """Make a campaign, a draft."""
        require(person, "campaigns.edit")
        form = await read_form(request)
        if form["count"]:
            return await form_page(request, person, session, form.values(*FIELDS), count=True)
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
    ) -> Template:
        """How many a filter reaches, while it is written."""
        del person  # Asking for it is what demands a sign-in.
        text = request.query_params.get("contact_filter", "")
        context = await counted(session, text)
        return Template(template_name="campaigns/count.html", context=context)

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
        require(person, "campaigns.edit")
        row = await service.get(session, read_hex(campaign))
        return await form_page(request, person, session, stored_values(row), campaign=row)

    @post("/{campaign:str}/settings", status_code=200)
    async def save(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """Change a campaign's settings; an older version than the stored one is a conflict."""
        require(person, "campaigns.edit")
        row = await service.get(session, read_hex(campaign))
        form = await read_form(request)
        typed, version = form.values(*FIELDS), form.whole("version")
        if form["count"]:
            return await form_page(request, person, session, typed, campaign=row, count=True)
        try:
            changes = CampaignChanges(**given(form))
            if version is not None:
                changes.version = version
            changes.past_messages = decided(form)
            await service.change(
                session,
                row.id,
                changes,
                senders=services(request).senders,
                actor=f"user:{person.user_id.hex}",
                ask=True,
            )
        except (InvalidError, ConflictError) as fault:
            return await form_page(request, person, session, typed, fault, campaign=row)
        return go(f"/campaigns/{row.id.hex}", "Saved.")
