"""SMTP servers to hand mails to: a real one, and one that misbehaves on demand."""

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "sender@example.com", "pass/wörd:1"


@dataclass
class RealServer:
    """What the real server has seen."""

    port: int = 0
    mails: list[Envelope] = field(default_factory=list)
    connections: int = 0
    open: int = 0
    most_open: int = 0
    delay: float = 0.0

    async def handle_DATA(self, _server: Any, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        await asyncio.sleep(self.delay)
        self.mails.append(envelope)
        return f"250 2.0.0 Ok: queued as {len(self.mails):04d}"


class _Counted(SMTP):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        seen: RealServer = self.event_handler
        if self.transport is None:  # Not again after STARTTLS.
            seen.connections += 1
            seen.open += 1
            seen.most_open = max(seen.most_open, seen.open)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        seen: RealServer = self.event_handler
        seen.open -= 1
        super().connection_lost(error)


def _authenticate(*given: Any) -> AuthResult:
    login: LoginPassword = given[-1]
    good = login.login == USER.encode() and login.password == PASSWORD.encode()
    return AuthResult(success=good, handled=False)


@asynccontextmanager
async def real_server(
    *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None, auth: bool = False
) -> AsyncIterator[RealServer]:
    """aiosmtpd in this process, on a port of its own."""
    seen = RealServer()
    loop = asyncio.get_running_loop()
    sessions: list[_Counted] = []

    def made() -> _Counted:
        with warnings.catch_warnings():
            # It warns of passwords in the open, which is what some of the tests are about.
            warnings.simplefilter("ignore")
            session = _Counted(
                seen,
                hostname="mail.example.com",
                loop=loop,
                tls_context=starttls,
                require_starttls=starttls is not None,
                authenticator=_authenticate if auth else None,
                auth_required=auth,
                auth_require_tls=auth and tls is None and starttls is not None,
            )
        sessions.append(session)
        return session

    server = await loop.create_server(made, "127.0.0.1", 0, ssl=tls)
    seen.port = server.sockets[0].getsockname()[1]
    try:
        yield seen
    finally:
        server.close()
        for session in sessions:
            if session.transport is not None:
                session.transport.abort()
        await asyncio.sleep(0)
        await server.wait_closed()


DROP, RESET, HANG, GARBAGE = "drop", "reset", "hang", "garbage"


@dataclass
class RudeServer:
    """A server that does at a stage what it is told, for as many mails as it is told to."""

    port: int = 0
    faults: dict[str, str] = field(default_factory=dict)
    """Stage (``greeting, ehlo, mail, rcpt, data, content``) to a reply or one of the above."""
    times: int = 1_000
    taken: list[bytes] = field(default_factory=list)
    """Contents that were answered with 250, or were to be: the server has them."""
    dialogues: int = 0
    commands: list[str] = field(default_factory=list)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.dialogues += 1
        self.writers.append(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._talk(reader, writer)
        writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not await self._answer(writer, "greeting", "220 ready"):
            return
        while line := await reader.readline():
            command = line.decode().split()[0].upper()
            self.commands.append(command)
            good = {"EHLO": "250 rude.example", "DATA": "354 go on", "QUIT": "221 bye"}
            if not await self._answer(writer, command.lower(), good.get(command, "250 ok")):
                return
            if command == "DATA" and "data" not in self.faults:
                self.taken.append(await reader.readuntil(b"\r\n.\r\n"))
                fault = self.faults.get("content", "")
                if fault[:1] in {"4", "5"} and fault[:3] != "421":
                    self.taken.pop()
                if not await self._answer(writer, "content", "250 queued as 1"):
                    return
            if command == "QUIT":
                return

    async def _answer(self, writer: asyncio.StreamWriter, stage: str, good: str) -> bool:
        """Answer; whether the dialogue goes on."""
        said = good
        if stage in self.faults and self.times > 0:
            self.times -= 1
            said = self.faults[stage]
        if said == HANG:
            await asyncio.sleep(3600)
        if said == RESET:
            writer.transport.abort()
        if said in {DROP, RESET}:
            return False
        writer.write(("what now?" if said == GARBAGE else said).encode() + b"\r\n")
        await writer.drain()
        return not said.startswith("421")

    def drop_all(self) -> None:
        """Close every connection, as a server does that is restarted."""
        for writer in self.writers:
            writer.close()


@asynccontextmanager
async def rude_server(**faults: str) -> AsyncIterator[RudeServer]:
    """The server, on a port of its own."""
    rude = RudeServer(faults=faults)
    dialogues: set[asyncio.Task[None]] = set()

    def made(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(rude.talk(reader, writer))
        dialogues.add(task)
        task.add_done_callback(dialogues.discard)

    server = await asyncio.start_server(made, "127.0.0.1", 0)
    rude.port = server.sockets[0].getsockname()[1]
    try:
        yield rude
    finally:
        server.close()
        for task in list(dialogues):
            task.cancel()
        await asyncio.gather(*dialogues, return_exceptions=True)
        rude.drop_all()
        await server.wait_closed()


@dataclass(frozen=True)
class Certificate:
    """A certificate of our own making, for ``127.0.0.1``."""

    path: Path

    @property
    def server(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.path)
        return context

    @property
    def client(self) -> ssl.SSLContext:
        """Trusts it, and nothing else."""
        return ssl.create_default_context(cafile=str(self.path))


def self_made_certificate(folder: Path) -> Certificate:
    """Write a key and a certificate that it signs for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return Certificate(path)
