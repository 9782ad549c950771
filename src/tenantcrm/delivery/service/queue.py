"""Queue mail that no campaign sends: ours to people, and tests to their authors."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tenantcrm import clock, ids, jobs
from tenantcrm.campaigns.service import preview
from tenantcrm.contacts.service import record
from tenantcrm.database import TenantSession
from tenantcrm.delivery.errors import NoSenderError
from tenantcrm.delivery.mails import PURPOSES
from tenantcrm.delivery.models import Delivery
from tenantcrm.delivery.repository import entries, lanes, waiting
from tenantcrm.delivery.states import Kind
from tenantcrm.errors import NotFoundError
from tenantcrm.tenants.models import Mode

SHOWN_LINK = "https://example.com/unsubscribe"
"""Stands for the link while a test mail is tried out; it is not kept."""


async def queue_system_mail(
    session: TenantSession, template: str, recipient: str, content: dict[str, Any]
) -> UUID:
    """Queue a mail of :data:`tenantcrm.delivery.mails.PURPOSES` to somebody; gives its id.

    ``content`` holds ``user_id`` or ``invite_id`` (hex) and no secret: the link is
    signed when the mail is made.
    """
    if template not in PURPOSES:
        raise KeyError(template)
    return await _queue(
        session, Kind.SYSTEM, recipient, {"template": template, **content}, clock.now()
    )


async def queue_test_mail(
    session: TenantSession,
    *,
    message_id: UUID,
    recipient: str,
    actor: str,
    contact_id: UUID | None = None,
    mode: Mode = Mode.LIVE,
) -> UUID:
    """Queue a message to its author, as a contact (or an invented one) would get it.

    Its unsubscribe link names no contact and unsubscribes nobody.

    Raises:
        NotFoundError: there is no such message or contact.
        InvalidError: the template cannot work with this contact.
        NoSenderError: neither the campaign nor the tenant has a sender.
    """
    campaign_id = await entries.campaign_of(session, message_id)
    if campaign_id is None:
        raise NotFoundError("There is no such message")
    shown = await preview(
        session,
        campaign_id,
        mode=mode,
        unsubscribe_url=SHOWN_LINK,
        message_id=message_id,
        contact_id=contact_id,
    )
    if not shown.sender_email:
        raise NoSenderError
    now = clock.now()
    content = {
        "campaign_id": campaign_id.hex,
        "message_id": message_id.hex,
        "contact_id": contact_id.hex if contact_id else None,
        "mode": mode,
    }
    await record(
        session,
        "test_sent",
        at=now,
        actor=actor,
        campaign_id=campaign_id,
        message_id=message_id,
    )
    return await _queue(session, Kind.TEST, recipient, content, now)


async def _queue(
    session: TenantSession, kind: Kind, recipient: str, content: dict[str, Any], now: datetime
) -> UUID:
    mail = Delivery(
        tenant_id=session.tenant_id,
        id=ids.new_id(),
        kind=kind,
        recipient=recipient,
        content=content,
        due_at=now,
        created_at=now,
        updated_at=now,
    )
    session.add(mail)
    await session.flush()
    await lanes.wake(session, {kind: now})
    jobs.wake(session, "send")
    return mail.id


async def leaving(session: TenantSession) -> int:
    """How many mails of the tenant's campaigns are due now and have not left; 1,000 where more."""
    return await waiting.leaving(session, now=clock.now())
