"""One message: write it, and save it."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tenantcrm.campaigns import service
from tenantcrm.campaigns.schemas import CampaignView, MessageChanges, MessageInput, MessageView
from tenantcrm.campaigns.states import Format
from tenantcrm.database import TenantSession
from tenantcrm.errors import ConflictError, EditConflictError, InvalidError
from tenantcrm.ids import read_hex
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard.deciding import edit_of
from tenantcrm.web.dashboard.editor import saving
from tenantcrm.web.dashboard.editor.page import editor_page, found_message
from tenantcrm.web.dashboard.editor.seeing import Look
from tenantcrm.web.dashboard.editor.switching import switch
from tenantcrm.web.dashboard.editor.writing import new, stored, typed
from tenantcrm.web.dependencies import AnyRequest, require
from tenantcrm.web.forms import read_form
from tenantcrm.web.page import go, wants_part


class Messages(Controller):
    """The pages of a campaign's messages."""

    path = "/campaigns/{campaign:str}/messages"

    @get("/new")
    async def new(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """The form of a new message."""
        require(person, "campaigns.edit")
        row = await service.get(session, read_hex(campaign))
        messages = row.messages
        day = messages[-1].send_day + 2 if messages else 0
        template_format = Format(messages[-1].format) if messages else Format.BLOCKS
        wanted = request.query_params.get("format", "")
        writing = new(
            request.query_params.get("day") or str(day),
            Format(wanted) if wanted in set(Format) else template_format,
        )
        return await editor_page(
            request, person, session, row, None, writing, Look.of(request.query_params)
        )

    @post("/new", status_code=200)
    async def add(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """Add a message."""
        require(person, "campaigns.edit")
        row = await service.get(session, read_hex(campaign))
        form = await read_form(request)
        writing = typed(form)
        try:
            switch(writing, form["format"])
            message = MessageInput(**writing.given())
            await saving.check(session, row, message)
            after = await service.add_message(
                session, row.id, message, **edit_of(request, person, form)
            )
        except (InvalidError, ConflictError) as fault:
            return await editor_page(
                request, person, session, row, None, writing, Look.of(form), fault=fault
            )
        made = next(m for m in after.messages if m.send_day == message.send_day)
        return go(f"/campaigns/{row.id.hex}/messages/{made.id.hex}", "The message is saved.")

    @get("/{message:str}")
    async def one(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
        message: FromPath[str],
    ) -> Response[Any]:
        """A message, and how a contact would see it."""
        row, found = await _found(session, campaign, message)
        return await editor_page(
            request, person, session, row, found, stored(found), Look.of(request.query_params)
        )

    @post("/{message:str}", status_code=200)
    async def save(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
        message: FromPath[str],
    ) -> Response[Any]:
        """Change a message; an older version than the stored one is a conflict.

        ``over`` is the version that somebody has looked at and decided to write over.
        """
        require(person, "campaigns.edit")
        row, found = await _found(session, campaign, message)
        form = await read_form(request)
        writing, wanted = typed(form), Look.of(form)
        part = "saved" if wants_part(request) else ""
        try:
            switch(writing, form["format"])
            changes = MessageChanges(**writing.given())
            # The form knows the message's version; the campaign's, as read beside it, closes the
            # gap until the campaign is locked.
            if found.version not in {form.whole("version"), form.whole("over")} and form["version"]:
                raise EditConflictError
            await saving.check(session, row, MessageInput(**writing.given()))
            edit = {"version": row.version, **edit_of(request, person, form)}
            after = await service.change_message(session, row.id, found.id, changes, **edit)
        except (InvalidError, ConflictError) as fault:
            return await editor_page(
                request, person, session, row, found, writing, wanted, fault=fault, part=part
            )
        made = next(m for m in after.messages if m.id == found.id)
        # A format that was chosen and saved in one go needs another form than the one on the page.
        if part and form["format"] == form["format_was"]:
            writing.values["version"] = str(made.version)
            return await editor_page(
                request, person, session, after, made, writing, wanted, part=part, saved=True
            )
        return go(f"/campaigns/{row.id.hex}/messages/{found.id.hex}", "The message is saved.")


async def _found(
    session: TenantSession, campaign: str, message: str
) -> tuple[CampaignView, MessageView]:
    return await found_message(session, read_hex(campaign), read_hex(message))
