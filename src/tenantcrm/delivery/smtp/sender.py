"""The port ``ports.MailSender`` on an SMTP server."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from tenantcrm.delivery.answers import Outcome
from tenantcrm.delivery.ports import BulkSender, Mail
from tenantcrm.delivery.smtp import answers
from tenantcrm.delivery.smtp.address import Server, greeting_name
from tenantcrm.delivery.smtp.answers import SmtpError, Stage
from tenantcrm.delivery.smtp.connection import ENVELOPE_SECONDS, Connection
from tenantcrm.delivery.smtp.pool import Pool
from tenantcrm.errors import ConfigurationError
from tenantcrm.settings import Settings

PLACE_SECONDS = 5.0
"""For which a mail waits for a connection; then it goes back, and the pace is slowed."""


class Smtp:
    """Hands mails to one server, one by one; never hands one over twice.

    Our mails are ASCII throughout (addresses, encoded words, base64), so neither SMTPUTF8 nor
    8BITMIME is asked for, and any server will do.
    """

    bulk: BulkSender | None = None

    def __init__(self, pool: Pool) -> None:
        """``pool``: of connections to the server."""
        self._pool = pool

    async def send(self, mail: Mail, tags: Mapping[str, str]) -> str:
        """Hand a mail over; what the server said when it took it.

        ``tags`` are left out: SMTP tells of no events that could carry them. The Message-ID has
        the mail's id.

        Raises:
            SmtpError: it was not taken, or nobody knows.
        """
        del tags
        raw = mail.raw
        try:
            async with (
                asyncio.timeout(ENVELOPE_SECONDS) as deadline,
                self._pool.connection(within=PLACE_SECONDS) as connection,
            ):
                await connection.propose(mail.sender, mail.to)
                deadline.reschedule(None)
                words = await connection.hand_over(raw)
        except TimeoutError as fault:
            outcome = answers.lost(Stage.CONNECT, "The server took too long before the mail")
            raise SmtpError(outcome) from fault
        return answers.receipt(words, mail.to)

    def read(self, fault: Exception) -> Outcome:
        """What a :meth:`send` that raised has come to."""
        return answers.read(fault)

    async def quota(self) -> None:
        """SMTP servers tell no quota: the rate is what ``TENANTCRM_SES_RATE`` says."""


def _server(settings: Settings) -> Server:
    if settings.smtp_url is None:
        raise ConfigurationError("TENANTCRM_SMTP_URL is not set")
    return Server.read(settings.smtp_url)


def _name(settings: Settings) -> str:
    return greeting_name(urlsplit(settings.public_url).hostname or "localhost")


@asynccontextmanager
async def open_smtp(
    settings: Settings, *, connections: int = 4, tls_context: ssl.SSLContext | None = None
) -> AsyncIterator[Smtp]:
    """The sender, with that many connections at most; closes them at the end.

    ``tls_context``: None for the authorities that the system trusts (``SSL_CERT_FILE`` names
    others).
    """
    pool = Pool(
        _server(settings), name=_name(settings), connections=connections, tls_context=tls_context
    )
    try:
        yield Smtp(pool)
    finally:
        await pool.close()


async def try_out(settings: Settings, *, tls_context: ssl.SSLContext | None = None) -> str:
    """Connect and sign in, as a mail would, and leave; how that went, in words.

    Raises:
        SmtpError: a mail would not get that far.
    """
    server = _server(settings)
    connection = Connection(server, name=_name(settings), tls_context=tls_context)
    try:
        async with asyncio.timeout(ENVELOPE_SECONDS):
            await connection.open()
            how = "encrypted" if connection.encrypted else "not encrypted, on this machine"
    except TimeoutError as fault:
        raise SmtpError(answers.lost(Stage.CONNECT, "The server took too long")) from fault
    finally:
        await connection.quit()
    who = "signed in" if server.user is not None else "without a password"
    return f"{server.shown} answers, {how}, {who}"
