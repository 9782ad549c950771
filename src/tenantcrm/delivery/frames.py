"""The header fields that mails of one kind share, kept while they are used."""

from functools import lru_cache
from urllib.parse import urlsplit
from uuid import UUID

from tenantcrm import ids
from tenantcrm.delivery.headers import Mailbox
from tenantcrm.delivery.mime import MailFrame
from tenantcrm.delivery.states import Kind

MAILER = "tenantcrm"


@lru_cache(maxsize=2048)
def campaign_frame(
    public_url: str, tenant_id: UUID, campaign_id: UUID, kind: str, sender: Mailbox
) -> MailFrame:
    """Of a campaign's mails. Mailbox providers file by List-Id and report by Feedback-ID.

    Raises:
        MailFieldError: the sender's address is not one that SES takes.
    """
    tenant = ids.show_id(ids.TENANT, tenant_id)
    campaign = ids.show_id(ids.CAMPAIGN, campaign_id)
    return MailFrame(
        sender=sender,
        list_id=f"{tenant}.{urlsplit(public_url).hostname}",
        feedback_id=f"{campaign}:{tenant}:{kind}:{MAILER}",
    )


@lru_cache(maxsize=256)
def own_frame(tenant_id: UUID, kind: Kind, sender: Mailbox) -> MailFrame:
    """Of mails that somebody has asked for a moment ago: ours to people, and tests.

    Raises:
        MailFieldError: the sender's address is not one that SES takes.
    """
    tenant = ids.show_id(ids.TENANT, tenant_id)
    return MailFrame(sender=sender, feedback_id=f"{kind}:{tenant}:{MAILER}", automatic=True)
