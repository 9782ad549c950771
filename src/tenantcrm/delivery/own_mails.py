"""Mails that no campaign sends: ours to people of the dashboard, and tests to their authors."""

from collections.abc import Mapping
from email.utils import parseaddr
from typing import Any
from uuid import UUID

from tenantcrm import clock
from tenantcrm.campaigns.senders import SenderCheck
from tenantcrm.campaigns.service import preview
from tenantcrm.database import Database, TenantSession
from tenantcrm.delivery import mails
from tenantcrm.delivery.errors import GoneError, UnverifiedSenderError
from tenantcrm.delivery.frames import own_frame
from tenantcrm.delivery.headers import Mailbox
from tenantcrm.delivery.ports import Mail, write_mail
from tenantcrm.delivery.schemas import Facts
from tenantcrm.delivery.states import Kind
from tenantcrm.settings import Settings
from tenantcrm.signing import HASH_BYTES, NO_STAMP, Keyring, UnsubscribeClaim
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.schemas import TenantFacts
from tenantcrm.tenants.service import invites, people

NOBODY = UUID(int=0)


class OwnMails:
    """Makes them one by one: there are few."""

    def __init__(
        self, database: Database, settings: Settings, keyring: Keyring, senders: SenderCheck
    ) -> None:
        """Keep what they are made with."""
        self._database = database
        self._settings = settings
        self._keyring = keyring
        self._senders = senders
        self._sender = Mailbox(*parseaddr(settings.system_sender))

    async def make(self, session: TenantSession, tenant: TenantFacts, mail: Facts) -> Mail:
        """The mail, made from its content.

        Raises:
            TenantCrmError: it cannot be made; the words say why.
        """
        content = mail.content or {}
        if mail.recipient is None:
            raise GoneError("The mail names no recipient")
        if mail.kind == Kind.SYSTEM:
            return await self._system(tenant, mail, mail.recipient, content)
        return await self._test(session, tenant, mail, mail.recipient, content)

    async def _system(
        self, tenant: TenantFacts, mail: Facts, recipient: str, content: Mapping[str, Any]
    ) -> Mail:
        purpose = mails.PURPOSES[content["template"]]
        named, stamp, more = await self._bound(purpose, content)
        until = clock.real_now() + purpose.lives
        token = self._keyring.sign_user_token(purpose.token, named, until, stamp)
        letter = mails.render(
            content["template"],
            link=f"{self._settings.public_url}/{purpose.path}/{token}",
            tenant_name=tenant.name,
            **more,
        )
        return write_mail(
            own_frame(tenant.id, Kind.SYSTEM, self._sender),
            to=Mailbox("", recipient),
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            message_id=mail.id.hex,
            date=clock.now(),
        )

    async def _bound(
        self, purpose: mails.Purpose, content: Mapping[str, Any]
    ) -> tuple[UUID, bytes, dict[str, str]]:
        """Whom the link names, what it is bound to, and what else the mail says."""
        async with self._database.control_unit_of_work() as control:
            if purpose.of == "invitation":
                found = await invites.find(control, UUID(content["invite_id"]))
                if found is None:
                    raise GoneError("The invitation is over")
                return found.id, found.stamp, {"by": found.invited_by, "role": found.role.value}
            user_id = UUID(content["user_id"])
            if not purpose.once:
                return user_id, NO_STAMP, {}
            stamp = await people.password_stamp(control, user_id)
        if stamp is None:
            raise GoneError("The person is gone")
        return user_id, stamp, {}

    async def _test(
        self,
        session: TenantSession,
        tenant: TenantFacts,
        mail: Facts,
        recipient: str,
        content: Mapping[str, Any],
    ) -> Mail:
        # The link names nobody: it opens the page that recipients see, and unsubscribes no one.
        claim = UnsubscribeClaim(tenant.id, NOBODY, NOBODY, bytes(HASH_BYTES))
        token = self._keyring.sign_unsubscribe(claim, tenant.salt)
        link = f"{self._settings.public_url}/u/{token}"
        shown = await preview(
            session,
            UUID(content["campaign_id"]),
            mode=Mode(content["mode"]),
            unsubscribe_url=link,
            message_id=UUID(content["message_id"]),
            contact_id=UUID(content["contact_id"]) if content["contact_id"] else None,
        )
        standing = await self._senders(session, shown.sender_email)
        if not standing.verified:
            raise UnverifiedSenderError(standing.words)
        sender = Mailbox(shown.sender_name, shown.sender_email)
        return write_mail(
            own_frame(tenant.id, Kind.TEST, sender),
            to=Mailbox("", recipient),
            subject=f"[Test] {shown.subject}",
            text=shown.text,
            html=shown.html,
            message_id=mail.id.hex,
            date=clock.now(),
            unsubscribe_url=link,
        )
