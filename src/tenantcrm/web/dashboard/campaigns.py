"""Campaigns: write one, change its settings."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tenantcrm.campaigns import service
from tenantcrm.campaigns.schemas import CampaignChanges, CampaignView, NewCampaign
from tenantcrm.contacts import service as contacts
from tenantcrm.database import TenantSession
from tenantcrm.errors import ConflictError, InvalidError
from tenantcrm.ids import read_hex
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard.campaign_editor import ALL, editor_page, new_page
from tenantcrm.web.dashboard.campaign_form import FIELDS, given, kept_values, stored_values
from tenantcrm.web.dashboard.conflicts import settled
from tenantcrm.web.dashboard.deciding import asks_leaving, decided
from tenantcrm.web.dependencies import AnyRequest, require, services
from tenantcrm.web.filter_form import FilterForm, read_filter
from tenantcrm.web.forms import Form, read_form
from tenantcrm.web.page import go


class Campaigns(Controller):
    """The pages of campaigns, but for their messages and people."""

    path = "/campaigns"

    @get("/new")
    async def new(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """The form of a new campaign."""
        require(person, "campaigns.edit")
        return await new_page(request, person, session)

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
        builder = await _builder(session, form)
        typed = form.values(*FIELDS) | {"contact_filter": builder.text}
        if builder.acted:
            return await new_page(request, person, session, typed, builder=builder)
        try:
            builder.check()
            made = await service.create(
                session,
                NewCampaign(**given(typed)),
                senders=services(request).senders,
                actor=f"user:{person.user_id.hex}",
            )
        except InvalidError as fault:
            return await new_page(request, person, session, typed, fault, builder=builder)
        return go(f"/campaigns/{made.id.hex}", "The campaign is a draft. Now write its messages.")

    @get("/{campaign:str}")
    async def one(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """The editor of a campaign: whom, when, and its messages by day."""
        return await editor_page(request, person, session, read_hex(campaign))

    @get("/{campaign:str}/settings")
    async def settings(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """The editor with its settings open."""
        require(person, "campaigns.edit")
        return await editor_page(request, person, session, read_hex(campaign), opened=ALL)

    @post("/{campaign:str}/settings", status_code=200)
    async def save(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """Change a campaign's settings; what somebody else has changed since is a conflict."""
        require(person, "campaigns.edit")
        row = await service.get(session, read_hex(campaign))
        form = await read_form(request)
        stored = stored_values(row)
        builder = await _builder(session, form)
        typed = form.values(*FIELDS) | {"contact_filter": builder.text}
        typed, version = settled(form, stored, typed), form.whole("version")
        shown: dict[str, Any] = {"typed": typed, "builder": builder, "opened": ALL}
        if builder.acted:
            return await editor_page(request, person, session, row.id, **shown)
        try:
            if typed["contact_filter"] == builder.text:
                builder.check()
            changes = CampaignChanges(**given(typed))
            if version is not None:
                changes.version = await _current(session, row, version, stored)
            changes.past_messages = decided(form)
            await service.change(
                session,
                row.id,
                changes,
                senders=services(request).senders,
                actor=f"user:{person.user_id.hex}",
                ask=True,
                ask_leaving=asks_leaving(form),
            )
        except (InvalidError, ConflictError) as fault:
            return await editor_page(request, person, session, row.id, **shown, fault=fault)
        return go(f"/campaigns/{row.id.hex}", "Saved.")


async def _builder(session: TenantSession, form: Form) -> FilterForm:
    return read_filter(form, "contact_filter", await contacts.known_attributes(session))


async def _current(
    session: TenantSession, row: CampaignView, version: int, stored: dict[str, str]
) -> int:
    """The version that a form edits which was opened at ``version``.

    It is the stored one where nothing of what the form shows has been changed since: a message
    that was moved meanwhile makes a version, too.
    """
    if version != row.version:
        was = await service.kept(session, row.id, version)
        if was is not None and stored == kept_values(was.fields) | {"version": stored["version"]}:
            return row.version
    return version
