"""One connection to an SMTP server, and the dialogue for one mail on it."""

import asyncio
import ssl

import aiosmtplib
from aiosmtplib import SMTPResponse

from tenantcrm.delivery.smtp import answers
from tenantcrm.delivery.smtp.address import Server
from tenantcrm.delivery.smtp.answers import SmtpError, Stage

ENVELOPE_SECONDS = 10.0
"""For connecting and for everything until the server asks for the mail."""
ANSWER_SECONDS = 25.0
"""From the mail's last byte to the answer; servers look through a mail meanwhile. Both together
end well before the lease does."""
LOOK_SECONDS = 3.0
"""For a connection that has waited to say that it is still there."""
QUIT_SECONDS = 1.0
MOST_MAILS = 100
"""Mails of one connection: servers close it after some number, and that is the usual one."""
_BROKEN = (aiosmtplib.SMTPException, OSError, TimeoutError)


class Connection:
    """A connection. One mail at a time; after anything but a clear answer it is of no use."""

    def __init__(
        self, server: Server, *, name: str, tls_context: ssl.SSLContext | None = None
    ) -> None:
        """``name``: what we call ourselves. ``tls_context``: None for the system's authorities."""
        self._server = server
        self._client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            local_hostname=name,
            timeout=ANSWER_SECONDS,
            use_tls=server.tls,
            start_tls=False,
            tls_context=tls_context,
        )
        self.mails = 0
        """How many were handed over on it."""

    @property
    def usable(self) -> bool:
        """Whether another mail can go over it."""
        return self._client.is_connected and self.mails < MOST_MAILS

    async def open(self) -> None:
        """Connect, encrypt, sign in.

        Raises:
            SmtpError: the server was not reached, or does not let us in.
        """
        try:
            await self._client.connect()
            await self._client.ehlo()
            if self._server.starttls:
                await self._encrypt()
        except aiosmtplib.SMTPResponseException as fault:
            raise SmtpError(answers.refused(Stage.CONNECT, fault.code, fault.message)) from fault
        except _BROKEN as fault:
            raise SmtpError(answers.lost(Stage.CONNECT, _words(fault))) from fault
        if self._server.user is not None:
            await self._sign_in(self._server.user)

    async def _encrypt(self) -> None:
        if not self._client.supports_extension("starttls"):
            words = f"{self._server.shown} offers no STARTTLS, and nothing goes there in the open"
            raise SmtpError(answers.not_let_in(words))
        await self._client.starttls()
        await self._client.ehlo()

    async def _sign_in(self, user: str) -> None:
        try:
            await self._client.login(user, self._server.password)
        except aiosmtplib.SMTPResponseException as fault:
            raise SmtpError(answers.refused(Stage.AUTH, fault.code, fault.message)) from fault
        except _BROKEN as fault:
            if isinstance(fault, aiosmtplib.SMTPNotSupported):
                words = f"{self._server.shown} offers no way to sign in that we know"
                raise SmtpError(answers.not_let_in(words)) from fault
            raise SmtpError(answers.lost(Stage.AUTH, _words(fault))) from fault

    async def still_there(self) -> bool:
        """Whether a connection that has waited can be used: asked with RSET, which changes nothing
        but what an earlier mail may have left behind.
        """
        try:
            await self._client.rset(timeout=LOOK_SECONDS)
        except _BROKEN:
            return False
        return True

    async def propose(self, sender: str, to: str) -> None:
        """Name sender and recipient, and ask whether the mail may come. Nothing of it has left.

        Raises:
            SmtpError: it may not, or not now.
        """
        await self._say(Stage.MAIL, f"MAIL FROM:<{sender}>", 250)
        await self._say(Stage.RCPT, f"RCPT TO:<{to}>", 250, 251)
        await self._say(Stage.DATA, "DATA", 354)

    async def hand_over(self, raw: bytes) -> str:
        """Send the mail, and give the server's words when it has taken it.

        Raises:
            SmtpError: it has not taken it; or nobody knows.
        """
        self.mails += 1
        # The library's own command asks for a mail and sends it in one; a connection that breaks
        # then could have done so before a byte of the mail had left, which is a certain refusal.
        protocol = self._client.protocol
        if protocol is None or not protocol.is_connected:
            raise SmtpError(answers.lost(Stage.DATA, "The connection was closed"))
        try:
            protocol.write(_dotted(raw))
            reply = await protocol.read_response(timeout=ANSWER_SECONDS)
        except _BROKEN as fault:
            self.close()
            raise SmtpError(answers.lost(Stage.CONTENT, _words(fault))) from fault
        return self._read(Stage.CONTENT, reply, (250,)).message

    async def _say(self, stage: Stage, command: str, *good: int) -> None:
        try:
            reply = await self._client.execute_command(command.encode("ascii"))
        except _BROKEN as fault:
            self.close()
            raise SmtpError(answers.lost(stage, _words(fault))) from fault
        self._read(stage, reply, good)

    def _read(self, stage: Stage, reply: SMTPResponse, good: tuple[int, ...]) -> SMTPResponse:
        if reply.code in good:
            return reply
        if reply.code == answers.CLOSING:
            self.close()
        raise SmtpError(answers.refused(stage, reply.code, reply.message))

    async def quit(self) -> None:
        """Take leave, if the server listens; close in any case."""
        try:
            async with asyncio.timeout(QUIT_SECONDS):
                await self._client.quit()
        except _BROKEN:
            pass
        finally:
            self.close()

    def close(self) -> None:
        """Close at once."""
        self._client.close()

    @property
    def encrypted(self) -> bool:
        """Whether what is said on it cannot be read on the way."""
        return self._client.get_transport_info("sslcontext") is not None


def _dotted(raw: bytes) -> bytes:
    """The mail as it is sent: a line that begins with a dot has two, and one dot alone ends it
    (RFC 5321, 4.5.2).
    """
    stuffed = raw.replace(b"\r\n.", b"\r\n..")
    return (b"." if raw.startswith(b".") else b"") + stuffed + b".\r\n"


def _words(fault: Exception) -> str:
    for cause in (fault, fault.__cause__):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"The server's certificate is not good: {cause.verify_message}"
    return str(fault) or type(fault).__name__
