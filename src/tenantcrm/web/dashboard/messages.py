"""One message: write it, see it as a contact would, send it to oneself."""

from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tenantcrm.campaigns import service
from tenantcrm.campaigns.schemas import CampaignView, MessageChanges, MessageInput, MessageView
from tenantcrm.campaigns.states import Format
from tenantcrm.database import TenantSession
from tenantcrm.delivery.service import queue_test_mail
from tenantcrm.errors import ConflictError, EditConflictError, InvalidError
from tenantcrm.ids import read_hex
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard.deciding import edit_of
from tenantcrm.web.dashboard.message_form import (
    FIELDS,
    form_page,
    found_message,
    given,
    stored_values,
)
from tenantcrm.web.dependencies import AnyRequest, require, services
from tenantcrm.web.forms import read_form
from tenantcrm.web.links import sample_link
from tenantcrm.web.page import go
from tenantcrm.web.security_headers import MAIL_POLICY


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
        days = [message.send_day for message in row.messages]
        values = dict.fromkeys(FIELDS, "") | {
            "format": Format.HTML.value,
            "send_day": request.query_params.get("day") or str(max(days) + 2 if days else 0),
        }
        return await form_page(request, person, session, row, None, values)

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
        try:
            message = MessageInput(**given(form))
            after = await service.add_message(
                session, row.id, message, **edit_of(request, person, form)
            )
        except (InvalidError, ConflictError) as fault:
            values = form.values(*FIELDS)
            return await form_page(request, person, session, row, None, values, fault)
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
        return await form_page(request, person, session, row, found, stored_values(found))

    @post("/{message:str}", status_code=200)
    async def save(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
        message: FromPath[str],
    ) -> Response[Any]:
        """Change a message; an older version than the stored one is a conflict."""
        require(person, "campaigns.edit")
        row, found = await _found(session, campaign, message)
        form = await read_form(request)
        try:
            changes = MessageChanges(**given(form))
            # The form knows the message's version; the campaign's, as read beside it, closes the
            # gap until the campaign is locked.
            if form.whole("version") not in (None, found.version):
                raise EditConflictError
            edit = {"version": row.version, **edit_of(request, person, form)}
            await service.change_message(session, row.id, found.id, changes, **edit)
        except (InvalidError, ConflictError) as fault:
            values = form.values(*FIELDS)
            return await form_page(request, person, session, row, found, values, fault)
        return go(f"/campaigns/{row.id.hex}/messages/{found.id.hex}", "The message is saved.")

    @post("/{message:str}/test", status_code=200)
    async def test(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
        message: FromPath[str],
    ) -> Response[Any]:
        """Mail the message to oneself, as a contact would get it."""
        require(person, "campaigns.edit")
        row, found = await _found(session, campaign, message)
        chosen = (await read_form(request))["as"]
        back = f"/campaigns/{row.id.hex}/messages/{found.id.hex}"
        if chosen:
            back += "?" + urlencode({"as": chosen})
        try:
            await queue_test_mail(
                session,
                message_id=found.id,
                contact_id=read_hex(chosen) if chosen else None,
                recipient=person.email,
                actor=f"user:{person.user_id.hex}",
            )
        except (InvalidError, ConflictError) as fault:
            await session.rollback()
            return go(back, f"No test mail was sent: {fault.detail}", "danger")
        return go(back, f"A test mail to {person.email} is on its way.")

    @get("/{message:str}/preview")
    async def preview(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
        message: FromPath[str],
    ) -> Response[str]:
        """The mail itself, for the frame: under a policy of its own, nothing in it runs."""
        row, found = await _found(session, campaign, message)
        chosen = request.query_params.get("as", "")
        mail = await service.preview(
            session,
            row.id,
            message_id=found.id,
            contact_id=read_hex(chosen) if chosen else None,
            mode=Mode.LIVE,
            unsubscribe_url=sample_link(services(request), person.tenant),
        )
        as_text = request.query_params.get("width") == "text"
        return Response(
            mail.text if as_text else mail.html,
            media_type="text/plain; charset=utf-8" if as_text else "text/html; charset=utf-8",
            headers={"Content-Security-Policy": MAIL_POLICY},
        )


async def _found(
    session: TenantSession, campaign: str, message: str
) -> tuple[CampaignView, MessageView]:
    return await found_message(session, read_hex(campaign), read_hex(message))
