"""What is being written: look at it, change its blocks, choose as whom, send it to the team."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tenantcrm.campaigns import service
from tenantcrm.campaigns.schemas import CampaignView, MessageView
from tenantcrm.database import TenantSession
from tenantcrm.errors import InvalidError, NotFoundError
from tenantcrm.ids import read_hex
from tenantcrm.tenants import rules
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard.editor import drafts
from tenantcrm.web.dashboard.editor.block_steps import step
from tenantcrm.web.dashboard.editor.darkened import darkened
from tenantcrm.web.dashboard.editor.page import editor_page, found_message
from tenantcrm.web.dashboard.editor.seeing import NOBODY, Look, people
from tenantcrm.web.dashboard.editor.switching import switch
from tenantcrm.web.dashboard.editor.writing import typed
from tenantcrm.web.dependencies import AnyRequest, require, services
from tenantcrm.web.forms import read_form
from tenantcrm.web.links import sample_link
from tenantcrm.web.page import show, wants_part
from tenantcrm.web.security_headers import MAIL_POLICY


class MessageDrafts(Controller):
    """What the editor shows of a text that nobody has saved yet. Nothing here saves it."""

    path = "/campaigns/{campaign:str}/messages"

    @post("/draft", status_code=200)
    async def draft(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """Show what is typed, after doing what the pressed button says."""
        require(person, "campaigns.edit")
        row = await service.get(session, read_hex(campaign))
        form = await read_form(request)
        message = _message(row, form["message"])
        writing, fault = typed(form), None
        try:
            switch(writing, form["format"] or form["format_was"])
        except InvalidError as refused:
            fault = refused
        if form["do"]:
            done = step(writing.rows, form["do"])
            writing.restacked(done.rows)
            writing.focus, writing.said = done.focus, done.words
        changed = bool(form["do"] or writing.values["format"] != form["format_was"] or fault)
        part = ("changed" if changed else "live") if wants_part(request) else ""
        return await editor_page(
            request, person, session, row, message, writing, Look.of(form), fault=fault, part=part
        )

    @get("/people")
    async def people(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """Contacts to see the mail as."""
        row = await service.get(session, read_hex(campaign))
        wanted = Look.of(request.query_params)
        return await show(
            request,
            person,
            session,
            "campaigns/editor/people.html",
            block="people",
            people=await people(session, row, wanted.search),
            chosen=wanted.contact or "nobody",
            look=wanted,
            nobody=NOBODY,
            may_edit=rules.may(person.role, "campaigns.edit"),
        )

    @get("/frames/{draft:str}")
    async def frame(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
        draft: FromPath[str],
    ) -> Response[str]:
        """The mail of a draft, for the frame: under a policy of its own, nothing in it runs.

        Raises:
            NotFoundError: it was kept too long ago, or is another tenant's.
        """
        await service.check_known(session, read_hex(campaign))
        found = await drafts.find(services(request).redis, person.tenant.id, draft)
        if found is None:
            raise NotFoundError
        return _mail(found.html, found.text, request.query_params.get("view", ""))

    @get("/{message:str}/preview")
    async def preview(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
        message: FromPath[str],
    ) -> Response[str]:
        """The stored mail itself, as a contact gets it."""
        row, found = await found_message(session, read_hex(campaign), read_hex(message))
        wanted = Look.of(request.query_params)
        mail = await service.preview(
            session,
            row.id,
            message_id=found.id,
            contact_id=read_hex(wanted.contact) if wanted.contact else None,
            mode=Mode.LIVE,
            unsubscribe_url=sample_link(services(request), person.tenant),
        )
        return _mail(mail.html, mail.text, wanted.view)


def _message(campaign: CampaignView, given: str) -> MessageView | None:
    """The stored message that is being changed; None: a new one is being written.

    Raises:
        NotFoundError: the campaign has no such message.
    """
    if not given:
        return None
    for message in campaign.messages:
        if message.id.hex == given:
            return message
    raise NotFoundError


def _mail(html: str, text: str, view: str) -> Response[str]:
    as_text = view == "text"
    page = darkened(html) if view == "dark" else html
    return Response(
        text if as_text else page,
        media_type="text/plain; charset=utf-8" if as_text else "text/html; charset=utf-8",
        headers={"Content-Security-Policy": MAIL_POLICY},
    )
