"""The form of a message, with the preview beside it."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response

from tenantcrm.campaigns import service
from tenantcrm.campaigns.errors import UndecidedError
from tenantcrm.campaigns.schemas import CampaignView, MessageView
from tenantcrm.campaigns.states import Format
from tenantcrm.contacts import service as contacts
from tenantcrm.database import TenantSession
from tenantcrm.errors import (
    EditConflictError,
    FieldError,
    InvalidError,
    NotFoundError,
    TenantCrmError,
)
from tenantcrm.ids import read_hex
from tenantcrm.tenants import rules
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.schemas import Person, TenantFacts
from tenantcrm.web.dashboard.campaign_form import CONFLICT, differing
from tenantcrm.web.dashboard.campaign_view import day_words
from tenantcrm.web.dashboard.deciding import question
from tenantcrm.web.dependencies import AnyRequest, services
from tenantcrm.web.forms import Form
from tenantcrm.web.links import sample_link
from tenantcrm.web.page import faults_by_field, show

FIELDS = ("subject", "preheader", "send_day", "format", "html_template", "version")
LABELS = {
    "subject": "Subject",
    "preheader": "Preheader",
    "send_day": "Send day",
    "format": "Format",
    "html_template": "Template",
}
WIDTHS = ("desktop", "phone", "text")
OFFERED = 20
"""Contacts to choose a preview from."""


def stored_values(message: MessageView) -> dict[str, str]:
    """The fields of the form as they are stored."""
    return {name: str(getattr(message, name)) for name in FIELDS}


async def found_message(
    session: TenantSession, campaign_id: UUID, message_id: UUID
) -> tuple[CampaignView, MessageView]:
    """A campaign and one of its messages.

    Raises:
        NotFoundError: there is no such campaign, or no such message in it.
    """
    campaign = await service.get(session, campaign_id)
    for message in campaign.messages:
        if message.id == message_id:
            return campaign, message
    raise NotFoundError


def given(form: Form) -> dict[str, Any]:
    """What a message is given by its form.

    Raises:
        InvalidError: a number or a choice cannot be read.
    """
    faults = []
    text = form["send_day"].strip()
    before = text.startswith("-")
    day = Form(day=text.removeprefix("-")).whole("day")
    if day is None:
        words = "Expected a whole number of days after day 0, such as 0 or 2, or -3 for before it"
        faults.append(FieldError("/send_day", "invalid_type", words))
    if form["format"] not in set(Format):
        words = "Choose HTML, MJML, Markdown or blocks"
        faults.append(FieldError("/format", "invalid_value", words))
    if faults:
        raise InvalidError(faults)
    return {
        "subject": form["subject"],
        "preheader": form["preheader"],
        "send_day": -day if before and day is not None else day,
        "format": Format(form["format"]),
        "html_template": form["html_template"],
    }


async def form_page(
    request: AnyRequest,
    person: Person,
    session: TenantSession,
    campaign: CampaignView,
    message: MessageView | None,
    values: dict[str, str],
    fault: TenantCrmError | None = None,
) -> Response[Any]:
    """The page of the form and of the preview; with ``fault``, 422 and nothing of it kept.

    After a conflict it shows what is stored beside what was typed; saving again replaces that.
    """
    errors, stored = {}, []
    if fault is not None:
        await session.rollback()
        errors = faults_by_field(fault) if isinstance(fault, InvalidError) else {"": fault.detail}
    if isinstance(fault, UndecidedError):
        errors = {}
    if message is not None and isinstance(fault, EditConflictError):
        campaign, message = await found_message(session, campaign.id, message.id)
        errors = {"": CONFLICT}
        stored = differing(LABELS, stored_values(message), values)
        values = values | {"version": str(message.version)}
    base = f"/campaigns/{campaign.id.hex}/messages"
    return await show(
        request,
        person,
        session,
        "campaigns/message.html",
        status=422 if fault else 200,
        campaign=campaign,
        message=message,
        lead="" if message is None else f"Sent {day_words(message.send_day, campaign.anchor)}.",
        action=f"{base}/{message.id.hex}" if message else f"{base}/new",
        values=values,
        errors=errors,
        stored=stored,
        question=question(fault, campaign),
        may_edit=rules.may(person.role, "campaigns.edit"),
        **await _preview(request, session, person.tenant, campaign, message),
    )


async def _preview(
    request: AnyRequest,
    session: TenantSession,
    tenant: TenantFacts,
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
        mail = await service.preview(
            session,
            campaign.id,
            message_id=message.id,
            contact_id=UUID(hex=chosen) if chosen else None,
            mode=Mode.LIVE,
            unsubscribe_url=sample_link(services(request), tenant),
        )
        subject = mail.subject
    except InvalidError as fault:
        error = fault.detail
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
