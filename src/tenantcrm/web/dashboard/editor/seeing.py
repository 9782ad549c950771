"""How what is written looks to a contact, and what is found in it."""

import asyncio
from typing import Any
from uuid import UUID

from msgspec import Struct

from tenantcrm.campaigns import service
from tenantcrm.campaigns.preflight import look
from tenantcrm.campaigns.schemas import CampaignView
from tenantcrm.contacts import service as contacts
from tenantcrm.contacts.filters import FilterError
from tenantcrm.contacts.schemas import ContactRow
from tenantcrm.database import TenantSession
from tenantcrm.errors import InvalidError, NotFoundError
from tenantcrm.ids import read_hex
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard.editor import drafts, finding_words
from tenantcrm.web.dashboard.editor.block_rows import in_order
from tenantcrm.web.dashboard.editor.writing import Writing
from tenantcrm.web.dependencies import AnyRequest, services
from tenantcrm.web.links import sample_link

VIEWS = ("desktop", "phone", "dark", "text")
OFFERED = 8
"""Contacts to choose from at once."""
NOBODY = "An example contact"


class Look(Struct, frozen=True, kw_only=True):
    """How the mail is to be shown. ``contact`` empty: as somebody who is made up."""

    contact: str = ""
    view: str = "desktop"
    token: str = ""
    search: str = ""

    @classmethod
    def of(cls, given: Any) -> "Look":
        """What a form or an address asks for."""
        view = given.get("view", given.get("width", ""))
        return cls(
            contact=given.get("as", ""),
            view=view if view in VIEWS else VIEWS[0],
            token=drafts.new_token(given.get("draft", "")),
            search=given.get("q", "").strip()[:200],
        )


async def people(
    session: TenantSession, campaign: CampaignView, search: str
) -> list[tuple[str, str, str]]:
    """Id, address and name of contacts: those found, else the newest whom the campaign is for."""
    try:
        page = await contacts.listed(
            session,
            mode=Mode.LIVE,
            filter_text="" if search else campaign.contact_filter,
            search=search,
            newest_first=True,
            limit=OFFERED,
        )
    except FilterError:
        return []
    return [(row.id.hex, row.email, row.name or "") for row in page.rows]


async def seen(
    request: AnyRequest,
    person: Person,
    session: TenantSession,
    campaign: CampaignView,
    writing: Writing,
    wanted: Look,
) -> dict[str, Any]:
    """What the preview shows, and the findings.

    Raises:
        NotFoundError: the address asks for a contact that there is not.
    """
    offered = await people(session, campaign, wanted.search)
    chosen = wanted.contact or (offered[0][0] if offered and not wanted.search else "")
    contact = None
    if chosen not in {"", "nobody"}:
        try:
            contact = await contacts.get(session, read_hex(chosen), mode=Mode.LIVE)
        except NotFoundError:
            # A form says whom it was opened as: one who is gone by now must not keep it unsaved.
            if request.method == "GET":
                raise
    message = writing.draft()
    shown, error, begun = None, "", True
    try:
        shown = await service.preview(
            session,
            campaign.id,
            draft=message,
            contact_id=contact.id if contact else None,
            mode=Mode.LIVE,
            unsubscribe_url=sample_link(services(request), person.tenant),
        )
    except InvalidError as fault:
        error = fault.detail
        begun = any(one.code != "required" for one in fault.errors)
    size = len(shown.html.encode()) if shown else 0
    known = await service.readers_of(session, campaign.contact_filter, [message])
    findings = await asyncio.to_thread(
        look, message, known, subject=shown.subject if shown else None, size=size
    )
    if shown:
        redis, tenant_id = services(request).redis, person.tenant.id
        await drafts.keep(redis, tenant_id, wanted.token, drafts.Draft(shown.html, shown.text))
    uids = [row.uid for row in in_order(writing.rows)]
    return {
        "look": wanted,
        "chosen": contact.id.hex if contact else "nobody",
        "chosen_name": _named(contact),
        "people": offered,
        "shown": shown,
        "preheader": shown.preheader if shown else "",
        "shown_error": error,
        "begun": begun,
        "size": size,
        "frame_src": _frame(campaign.id, wanted) if shown else "",
        "findings": [finding_words.shown(finding, uids) for finding in findings],
    }


def _named(contact: ContactRow | None) -> str:
    return NOBODY if contact is None else contact.name or contact.email


def _frame(campaign_id: UUID, wanted: Look) -> str:
    base = f"/campaigns/{campaign_id.hex}/messages/frames/{wanted.token}"
    # Another number each time, so that the frame is loaded anew.
    return f"{base}?view={wanted.view}&v={drafts.new_token()[:8]}"
