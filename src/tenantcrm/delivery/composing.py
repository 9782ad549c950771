"""Make the mails of a batch: what they need is read, then all are rendered beside the event loop.

A mail that cannot be made is a fault of its own and never of its batch: the others leave.
"""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import SQLAlchemyError

from tenantcrm import clock
from tenantcrm.campaigns.models import Message
from tenantcrm.campaigns.rendering import (
    CompiledMessage,
    CompiledMessages,
    MailContext,
    compile_message,
)
from tenantcrm.campaigns.senders import SenderCheck
from tenantcrm.database import Database, TenantSession
from tenantcrm.delivery.frames import campaign_frame
from tenantcrm.delivery.headers import Mailbox
from tenantcrm.delivery.own_mails import OwnMails
from tenantcrm.delivery.ports import Mail, Tracked, write_mail
from tenantcrm.delivery.repository import sources
from tenantcrm.delivery.schemas import Facts
from tenantcrm.delivery.tracking.rewriting import Tracker
from tenantcrm.errors import TenantCrmError
from tenantcrm.settings import Settings
from tenantcrm.signing import Keyring, UnsubscribeClaim
from tenantcrm.tenants.schemas import TenantFacts

log = structlog.get_logger()


class Fault(NamedTuple):
    """Why a mail cannot be made: a code and words for its author."""

    reason: str
    detail: str


class _AbsentError(Exception):
    """The message is not among the compiled ones."""


class Composer:
    """Makes mails; keeps compiled messages and frames between batches."""

    def __init__(self, database: Database, settings: Settings, senders: SenderCheck) -> None:
        """``senders``: asked for the sender of a test mail, which no activation has checked."""
        self._public_url = settings.public_url
        self._ses_tenants = settings.ses_tenants
        self._keyring = Keyring(settings.secret_keys)
        self._own = OwnMails(database, settings, self._keyring, senders)
        self._tracker = Tracker(settings, self._keyring)
        self._compiled = CompiledMessages()

    async def compose(
        self, session: TenantSession, tenant: TenantFacts, mails: Sequence[Facts]
    ) -> dict[UUID, Mail | Fault]:
        """Every mail, or why it cannot be made, by its id."""
        made: dict[UUID, Mail | Fault] = {}
        for mail in mails:
            if mail.message_id is None:
                made[mail.id] = await _guarded(mail.id, self._own.make(session, tenant, mail))
        of_campaigns = [mail for mail in mails if mail.message_id is not None]
        if of_campaigns:
            absent = {mail.message_id for mail in of_campaigns if not self._has(mail)}
            found = await sources.messages(session, [key for key in absent if key is not None])
            made |= await asyncio.to_thread(self._make_all, tenant, of_campaigns, found)
        return made

    def _has(self, mail: Facts) -> bool:
        try:
            self._kept(mail)
        except _AbsentError:
            return False
        return True

    def _kept(self, mail: Facts) -> CompiledMessage:
        assert mail.message_id is not None  # noqa: S101 - told to the type checker
        return self._compiled.get(mail.message_id, mail.message_version or 0, _absent)

    def _make_all(
        self, tenant: TenantFacts, mails: Sequence[Facts], found: Mapping[UUID, Message]
    ) -> dict[UUID, Mail | Fault]:
        compiled: dict[UUID | None, CompiledMessage | Fault] = {}
        made: dict[UUID, Mail | Fault] = {}
        now = clock.now()
        for mail in mails:
            if mail.message_id not in compiled:
                compiled[mail.message_id] = self._compile(mail, found)
            message = compiled[mail.message_id]
            if isinstance(message, Fault):
                made[mail.id] = message
                continue
            try:
                made[mail.id] = self._make(tenant, mail, message, now)
            except Exception as fault:  # noqa: BLE001 - a mail never ends its batch
                made[mail.id] = _fault(mail.id, fault)
        return made

    def _compile(self, mail: Facts, found: Mapping[UUID, Message]) -> CompiledMessage | Fault:
        try:
            return self._kept(mail)
        except _AbsentError:
            pass
        message = found[mail.message_id]  # type: ignore[index] # mails of campaigns alone come here
        try:
            return self._compiled.get(message.id, message.version, lambda: _compiled(message))
        except Exception as fault:  # noqa: BLE001 - as above
            return _fault(mail.id, fault)

    def _make(
        self, tenant: TenantFacts, mail: Facts, message: CompiledMessage, now: datetime
    ) -> Mail:
        assert mail.email and mail.campaign_id and mail.contact_id and mail.email_hash  # noqa: S101, PT018 - the rules have seen to it
        claim = UnsubscribeClaim(tenant.id, mail.campaign_id, mail.contact_id, mail.email_hash)
        link = f"{self._public_url}/u/{self._keyring.sign_unsubscribe(claim, tenant.salt)}"
        letter = message.render(
            MailContext(
                email=mail.email,
                name=mail.name,
                attributes=mail.attributes or {},
                tenant_name=tenant.name,
                postal_address=tenant.postal_address,
                campaign_name=mail.campaign_name or "",
                unsubscribe_url=link,
                language=tenant.language,
                now=now.astimezone(ZoneInfo(mail.timezone or mail.campaign_timezone or "UTC")),
            )
        )
        tracked = Tracked(mail.track_opens, mail.track_clicks)
        return write_mail(
            campaign_frame(
                self._public_url, tenant.id, mail.campaign_id, mail.kind, sender_of(tenant, mail)
            ),
            to=Mailbox(mail.name or "", mail.email),
            subject=letter.subject,
            text=letter.text,
            html=self._tracker.apply(letter.html, tenant.id, mail.id, tracked),
            message_id=mail.id.hex,
            date=now,
            unsubscribe_url=link,
            tracked=tracked,
            ses_tenant=tenant.ses_tenant if self._ses_tenants else None,
        )


def sender_of(tenant: TenantFacts, mail: Facts) -> Mailbox:
    """From whom a campaign's mail is: the campaign's sender, or the tenant's default."""
    if mail.sender_email:
        return Mailbox(mail.sender_name or "", mail.sender_email)
    return Mailbox(tenant.sender_name, tenant.sender_email)


def _absent() -> CompiledMessage:
    raise _AbsentError


def _compiled(message: Message) -> CompiledMessage:
    return compile_message(
        subject=message.subject,
        html_template=message.html_template,
        template_format=message.format,
        preheader=message.preheader,
    )


async def _guarded(mail_id: UUID, making: Awaitable[Mail]) -> Mail | Fault:
    try:
        return await making
    except (SQLAlchemyError, OSError, TimeoutError):
        raise  # The database or SES is away: that is no fault of the mail.
    except Exception as fault:  # noqa: BLE001 - as above
        return _fault(mail_id, fault)


def _fault(mail_id: UUID, fault: Exception) -> Fault:
    if isinstance(fault, TenantCrmError):
        return Fault(fault.code, fault.detail)
    log.error("compose.failed", delivery_id=mail_id.hex, exc_info=fault)
    return Fault("invalid_mail", "This mail could not be made; the fault is recorded")
