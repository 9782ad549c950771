"""Show a message as a chosen contact would get it. Nothing is sent and nothing is written."""

import asyncio
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from tenantcrm import clock
from tenantcrm.campaigns import rules
from tenantcrm.campaigns.models import Campaign
from tenantcrm.campaigns.rendering import (
    MailContext,
    RenderedMail,
    RenderError,
    compile_message,
    render_line,
)
from tenantcrm.campaigns.repository import campaigns
from tenantcrm.campaigns.schemas import MessageInput
from tenantcrm.campaigns.service.activate import as_input
from tenantcrm.campaigns.service.read import found
from tenantcrm.contacts.schemas import ContactRow
from tenantcrm.contacts.service import get
from tenantcrm.database import TenantSession
from tenantcrm.errors import InvalidError, NotFoundError
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.schemas import TenantFacts
from tenantcrm.tenants.service import tenants

SOMEBODY = ("ada@example.com", "Ada Lovelace")
"""Whom a preview shows when no contact is chosen."""


class Preview(Struct, frozen=True, kw_only=True):
    """A mail as it would arrive. ``to`` is None when no contact was chosen."""

    subject: str
    preheader: str
    html: str
    text: str
    sender_name: str
    sender_email: str
    to: ContactRow | None


async def preview(
    session: TenantSession,
    campaign_id: UUID,
    *,
    mode: Mode,
    unsubscribe_url: str,
    message_id: UUID | None = None,
    draft: MessageInput | None = None,
    contact_id: UUID | None = None,
    now: datetime | None = None,
) -> Preview:
    """Render a stored message, or one that is being written.

    Args:
        session: of the tenant.
        campaign_id: the campaign.
        mode: in which the contact is looked for.
        unsubscribe_url: what the link shows; it must not unsubscribe anybody.
        message_id: the stored message; the first one when neither it nor ``draft`` is given.
        draft: a message as it is being written; goes before ``message_id``.
        contact_id: as whom; None: as an invented contact without attributes.
        now: what the template's ``now`` is.

    Raises:
        NotFoundError: there is no such campaign, message or contact.
        InvalidError: the draft has faults, or a template cannot work with this contact.
    """
    campaign = found(await campaigns.find(session, campaign_id))
    contact = None if contact_id is None else await get(session, contact_id, mode=mode)
    message = draft or await stored_message(session, campaign, message_id)
    tenant = await tenants.facts(session)
    context = _context(campaign, tenant, contact, unsubscribe_url, now or clock.now())
    mail, preheader = await asyncio.to_thread(_rendered, message, context)
    own = campaign.sender_email is not None
    return Preview(
        subject=mail.subject,
        preheader=preheader,
        html=mail.html,
        text=mail.text,
        sender_name=(campaign.sender_name if own else tenant.sender_name) or "",
        sender_email=campaign.sender_email or tenant.sender_email,
        to=contact,
    )


async def stored_message(
    session: TenantSession, campaign: Campaign, message_id: UUID | None
) -> MessageInput:
    """The campaign's message, or its first.

    Raises:
        NotFoundError: it has none of this id.
        InvalidError: it has none at all.
    """
    messages = (await campaigns.messages(session, [campaign.id]))[campaign.id]
    if message_id is None and not messages:
        raise InvalidError.of("/message_id", "no_messages", "The campaign has no message yet")
    for message in messages:
        if message_id in (None, message.id):
            return as_input(message)
    raise NotFoundError("The campaign has no such message")


def _context(
    campaign: Campaign,
    tenant: TenantFacts,
    contact: ContactRow | None,
    unsubscribe_url: str,
    now: datetime,
) -> MailContext:
    email, name = (contact.email, contact.name) if contact else SOMEBODY
    zone = (contact.timezone if contact else None) or campaign.timezone
    return MailContext(
        email=email,
        name=name,
        attributes=contact.attributes if contact else {},
        tenant_name=tenant.name,
        postal_address=tenant.postal_address,
        campaign_name=campaign.name,
        unsubscribe_url=unsubscribe_url,
        language=tenant.language,
        now=now.astimezone(ZoneInfo(zone)),
    )


def _rendered(message: MessageInput, context: MailContext) -> tuple[RenderedMail, str]:
    rules.check_message(message)
    try:
        mail = compile_message(
            subject=message.subject,
            html_template=message.html_template,
            template_format=message.format,
            preheader=message.preheader,
        ).render(context)
        return mail, render_line(message.preheader, context)
    except RenderError as fault:
        raise InvalidError.of("/html_template", fault.code, fault.detail) from fault
