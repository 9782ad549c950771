"""Open the sender that the settings name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tenantcrm.delivery.ports import MailSender
from tenantcrm.delivery.ses import open_ses
from tenantcrm.delivery.smtp.sender import open_smtp
from tenantcrm.settings import Settings


@asynccontextmanager
async def open_sender(settings: Settings, *, connections: int = 4) -> AsyncIterator[MailSender]:
    """The sender, with that many connections at most; closes them at the end."""
    if settings.smtp_url is not None:
        async with open_smtp(settings, connections=connections) as smtp:
            yield smtp
        return
    async with open_ses(settings, connections=connections) as ses:
        yield ses
