"""The page of the editor, and the parts of it that htmx asks for."""

import difflib
from typing import Any
from uuid import UUID

from litestar import Response

from tenantcrm.campaigns import service
from tenantcrm.campaigns.diffs import LINES_MOST
from tenantcrm.campaigns.errors import UndecidedError
from tenantcrm.campaigns.schemas import CampaignView, MessageView
from tenantcrm.campaigns.states import Format
from tenantcrm.contacts import service as contacts
from tenantcrm.database import TenantSession
from tenantcrm.errors import EditConflictError, InvalidError, NotFoundError, TenantCrmError
from tenantcrm.tenants import rules
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard.campaign_view import day_words
from tenantcrm.web.dashboard.deciding import question
from tenantcrm.web.dashboard.editor import block_steps, switching
from tenantcrm.web.dashboard.editor.seeing import NOBODY, Look, seen
from tenantcrm.web.dashboard.editor.stacking import stack_of
from tenantcrm.web.dashboard.editor.variables import variables_of
from tenantcrm.web.dashboard.editor.writing import Writing, stored
from tenantcrm.web.dashboard.team_addresses import team_addresses
from tenantcrm.web.dependencies import AnyRequest
from tenantcrm.web.page import faults_by_field, show, wants_part

LABELS = {
    "subject": "Subject",
    "preheader": "Preheader",
    "send_day": "Send day",
    "format": "Format",
    "html_template": "Template",
}
CONFLICT = (
    "Somebody else has saved this message since you opened it. Nothing of yours is lost: compare "
    "the two below, then decide."
)


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


async def editor_page(
    request: AnyRequest,
    person: Person,
    session: TenantSession,
    campaign: CampaignView,
    message: MessageView | None,
    writing: Writing,
    wanted: Look,
    *,
    fault: TenantCrmError | None = None,
    part: str = "",
    saved: bool = False,
) -> Response[Any]:
    """The page, or for htmx one ``part`` of it: ``live``, ``changed`` or ``saved``.

    With ``fault`` it is 422 and nothing is kept; what was typed is shown again. After a conflict
    what is stored stands beside it, and only an answer to the question writes over it.
    """
    errors: dict[str, str] = {}
    conflict = None
    if fault is not None:
        await session.rollback()
        errors = faults_by_field(fault) if isinstance(fault, InvalidError) else {"": fault.detail}
    if isinstance(fault, UndecidedError):
        errors = {}
    if message is not None and isinstance(fault, EditConflictError):
        campaign, message = await found_message(session, campaign.id, message.id)
        errors = {"": CONFLICT}
        conflict = _conflict(stored(message), writing, message.version)
    base = f"/campaigns/{campaign.id.hex}/messages"
    action = f"{base}/{message.id.hex}" if message else f"{base}/new"
    template = f"campaigns/editor/{part}.html" if part else "campaigns/message.html"
    return await show(
        request,
        person,
        session,
        template,
        status=422 if fault else 200,
        block=part,
        campaign=campaign,
        message=message,
        lead="" if message is None else f"Sent {day_words(message.send_day, campaign.anchor)}.",
        base=base,
        action=action,
        values=writing.values,
        writing=writing,
        kinds=block_steps.NAMES,
        formats=[(f.value, name) for f, name in switching.NAMES.items()],
        is_blocks=writing.format is Format.BLOCKS,
        stack=stack_of(writing.rows),
        errors=errors,
        conflict=conflict,
        question=question(fault, campaign),
        saved=saved,
        answer=part if wants_part(request) else "",
        nobody=NOBODY,
        line=_line(request),
        may_edit=rules.may(person.role, "campaigns.edit"),
        variables=variables_of(await contacts.attribute_samples(session), person, campaign),
        team=await team_addresses(request, person),
        **await seen(request, person, session, campaign, writing, wanted),
    )


def _line(request: AnyRequest) -> str:
    """The line of the template that the address leads to; empty: none."""
    line = request.query_params.get("line", "")
    return line if line.isascii() and line.isdigit() else ""


def _conflict(theirs: Writing, mine: Writing, version: int) -> dict[str, Any]:
    """What differs, for people: short fields side by side, the template by its lines."""
    fields = [
        (label, theirs.values[name] or "–", mine.values[name] or "–")
        for name, label in LABELS.items()
        if name != "html_template" and theirs.values[name].strip() != mine.values[name].strip()
    ]
    lines = difflib.unified_diff(
        theirs.values["html_template"].splitlines(),
        mine.values["html_template"].splitlines(),
        n=2,
        lineterm="",
    )
    shown = list(lines)[2 : LINES_MOST + 2]
    return {"version": version, "fields": fields, "lines": [(_tone(line), line) for line in shown]}


def _tone(line: str) -> str:
    return {"+": "added", "-": "removed", "@": "place"}.get(line[:1], "same")
