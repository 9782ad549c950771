"""One message: write it, see it as a contact would, send it to oneself."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Response, get, post

from tenantcrm.campaigns import service
from tenantcrm.campaigns.models import Format
from tenantcrm.campaigns.rendering import RenderError
from tenantcrm.campaigns.schemas import CampaignView, MessageChanges, MessageInput, MessageView
from tenantcrm.contacts import service as contacts
from tenantcrm.database import TenantSession
from tenantcrm.delivery.service import preview_message, queue_test_mail
from tenantcrm.errors import ConflictError, FieldError, InvalidError, NotFoundError, TenantCrmError
from tenantcrm.ids import read_hex
from tenantcrm.tenants import rules
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dependencies import AnyRequest, require, services
from tenantcrm.web.forms import Form, read_form
from tenantcrm.web.page import faults_by_field, go, show
from tenantcrm.web.security_headers import MAIL_POLICY

FIELDS = ("subject", "preheader", "send_day", "format", "html_template", "version")
WIDTHS = ("desktop", "phone", "text")
OFFERED = 20
"""Contacts to choose a preview from."""


class Messages(Controller):
    """The pages of a campaign's messages."""

    path = "/campaigns/{campaign:str}/messages"

    @get("/new")
    async def new(
        self, request: AnyRequest, person: Person, session: TenantSession, campaign: str
    ) -> Response[object]:
        """The form of a new message."""
        require(person, "edit")
        row = await service.get(session, read_hex(campaign))
        days = [message.send_day for message in row.messages]
        values = dict.fromkeys(FIELDS, "") | {
            "format": Format.HTML.value,
            "send_day": str(max(days) + 2 if days else 0),
        }
        return await _page(request, person, session, row, None, values)

    @post("/", status_code=200)
    async def add(
        self, request: AnyRequest, person: Person, session: TenantSession, campaign: str
    ) -> Response[object]:
        """Add a message."""
        require(person, "edit")
        row = await service.get(session, read_hex(campaign))
        form = await read_form(request)
        try:
            given = MessageInput(**_given(form))
            after = await service.add_message(session, row.id, given, **_edit(request, person))
        except InvalidError as fault:
            values = form.values(*FIELDS)
            return await _page(request, person, session, row, None, values, fault)
        made = next(m for m in after.messages if m.send_day == given.send_day)
        return go(f"/campaigns/{row.id.hex}/messages/{made.id.hex}", "The message is saved.")

    @get("/{message:str}")
    async def one(
        self,
        request: AnyRequest,
        person: Person,
        session: TenantSession,
        campaign: str,
        message: str,
    ) -> Response[object]:
        """A message, and how a contact would see it."""
        row, found = await _found(session, campaign, message)
        values = {name: str(getattr(found, name, "")) for name in FIELDS}
        values["version"] = str(row.version)
        return await _page(request, person, session, row, found, values)

    @post("/{message:str}", status_code=200)
    async def save(
        self,
        request: AnyRequest,
        person: Person,
        session: TenantSession,
        campaign: str,
        message: str,
    ) -> Response[object]:
        """Change a message; an older version than the stored one is a conflict."""
        require(person, "edit")
        row, found = await _found(session, campaign, message)
        form = await read_form(request)
        version = {"version": int(form["version"])} if form["version"].isdigit() else {}
        try:
            changes = MessageChanges(**_given(form))
            await service.change_message(
                session, row.id, found.id, changes, **_edit(request, person), **version
            )
        except (InvalidError, ConflictError) as fault:
            await session.rollback()
            values = form.values(*FIELDS)
            return await _page(request, person, session, row, found, values, fault)
        return go(f"/campaigns/{row.id.hex}/messages/{found.id.hex}", "The message is saved.")

    @post("/{message:str}/move", status_code=200)
    async def move(
        self,
        request: AnyRequest,
        person: Person,
        session: TenantSession,
        campaign: str,
        message: str,
    ) -> Response[object]:
        """Swap days with the neighbour."""
        require(person, "edit")
        row, found = await _found(session, campaign, message)
        up = (await read_form(request))["direction"] == "up"
        direction = service.Direction.UP if up else service.Direction.DOWN
        await service.move_message(session, row.id, found.id, direction, **_edit(request, person))
        return go(f"/campaigns/{row.id.hex}#message-{found.id.hex}", "The days are swapped.")

    @post("/{message:str}/delete", status_code=200)
    async def remove(
        self,
        request: AnyRequest,
        person: Person,
        session: TenantSession,
        campaign: str,
        message: str,
    ) -> Response[object]:
        """Remove a message; what was sent of it stays in the ledger."""
        require(person, "edit")
        row, found = await _found(session, campaign, message)
        try:
            await service.remove_message(session, row.id, found.id, **_edit(request, person))
        except InvalidError as fault:
            return go(f"/campaigns/{row.id.hex}", fault.detail, "danger")
        return go(f"/campaigns/{row.id.hex}", "The message is removed.")

    @post("/{message:str}/test", status_code=200)
    async def test(
        self,
        request: AnyRequest,
        person: Person,
        session: TenantSession,
        campaign: str,
        message: str,
    ) -> Response[object]:
        """Mail the message to oneself, as a contact would get it."""
        require(person, "edit")
        row, found = await _found(session, campaign, message)
        chosen = (await read_form(request))["as"]
        await queue_test_mail(
            session,
            message_id=found.id,
            contact_id=read_hex(chosen) if chosen else None,
            recipient=person.email,
            actor=f"user:{person.user_id.hex}",
        )
        back = f"/campaigns/{row.id.hex}/messages/{found.id.hex}"
        if chosen:
            back += "?" + urlencode({"as": chosen})
        return go(back, f"A test mail to {person.email} is on its way.")

    @get("/{message:str}/preview")
    async def preview(
        self,
        request: AnyRequest,
        person: Person,
        session: TenantSession,
        campaign: str,
        message: str,
    ) -> Response[str]:
        """The mail itself, for the frame: under a policy of its own, nothing in it runs."""
        del person  # Asking for it is what demands a sign-in.
        _row, found = await _found(session, campaign, message)
        chosen = request.query_params.get("as", "")
        mail = await preview_message(
            session,
            message_id=found.id,
            contact_id=read_hex(chosen) if chosen else None,
            settings=services(request).settings,
        )
        as_text = request.query_params.get("width") == "text"
        return Response(
            mail.text if as_text else mail.html,
            media_type="text/plain; charset=utf-8" if as_text else "text/html; charset=utf-8",
            headers={"Content-Security-Policy": MAIL_POLICY},
        )


def _edit(request: AnyRequest, person: Person) -> dict[str, Any]:
    return {"senders": services(request).senders, "actor": f"user:{person.user_id.hex}"}


async def _found(
    session: TenantSession, campaign: str, message: str
) -> tuple[CampaignView, MessageView]:
    row = await service.get(session, read_hex(campaign))
    message_id = read_hex(message)
    for found in row.messages:
        if found.id == message_id:
            return row, found
    raise NotFoundError


def _given(form: Form) -> dict[str, Any]:
    faults = []
    if not form["send_day"].strip().isdigit():
        words = "Expected a whole number of days after enrolment, such as 0 or 2"
        faults.append(FieldError("/send_day", "invalid_type", words))
    if form["format"] not in set(Format):
        faults.append(FieldError("/format", "invalid_value", "Choose HTML, MJML or Markdown"))
    if faults:
        raise InvalidError(faults)
    return {
        "subject": form["subject"],
        "preheader": form["preheader"],
        "send_day": int(form["send_day"]),
        "format": Format(form["format"]),
        "html_template": form["html_template"],
    }


async def _page(
    request: AnyRequest,
    person: Person,
    session: TenantSession,
    campaign: CampaignView,
    message: MessageView | None,
    values: dict[str, str],
    fault: TenantCrmError | None = None,
) -> Response[object]:
    errors = {}
    if isinstance(fault, InvalidError):
        errors = faults_by_field(fault)
    elif fault is not None:
        errors = {"": fault.detail}
    base = f"/campaigns/{campaign.id.hex}/messages"
    return await show(
        request,
        person,
        session,
        "campaigns/message.html",
        status=422 if fault else 200,
        campaign=campaign,
        message=message,
        action=f"{base}/{message.id.hex}" if message else base,
        values=values,
        errors=errors,
        may_edit=rules.may(person.role, "edit"),
        **await _preview(request, session, campaign, message),
    )


async def _preview(
    request: AnyRequest,
    session: TenantSession,
    campaign: CampaignView,
    message: MessageView | None,
) -> dict[str, Any]:
    """What the preview needs: whom to choose from, and the mail's subject as the chosen one."""
    if message is None:
        return {}
    some = await contacts.listed(session, mode=Mode.LIVE, newest_first=True, limit=OFFERED)
    people = [(row.id.hex, row.email) for row in some.rows] or [("", "An example contact")]
    chosen = request.query_params.get("as", "") or people[0][0]
    if chosen not in {key for key, _ in people}:
        row = await contacts.get(session, read_hex(chosen), mode=Mode.LIVE)
        people.insert(0, (row.id.hex, row.email))
    width = request.query_params.get("width", "desktop")
    width = width if width in WIDTHS else "desktop"
    error, subject = "", ""
    try:
        mail = await preview_message(
            session,
            message_id=message.id,
            contact_id=UUID(hex=chosen) if chosen else None,
            settings=services(request).settings,
        )
        subject = mail.subject
    except RenderError as fault:
        error = str(fault)
    query = urlencode({"as": chosen, "width": width, "v": message.version})
    source = f"/campaigns/{campaign.id.hex}/messages/{message.id.hex}/preview?{query}"
    return {
        "people": people,
        "preview_as": chosen,
        "preview_width": width,
        "preview_error": error,
        "preview_subject": subject,
        "preview_src": source,
    }
