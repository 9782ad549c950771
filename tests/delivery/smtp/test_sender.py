"""Mails over a real SMTP server: in the open on this machine, encrypted, signed in, pooled."""

import asyncio
import email
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from email.policy import SMTP as POLICY
from pathlib import Path
from urllib.parse import quote

import pytest

from tenantcrm.delivery.answers import Outcome, Scope
from tenantcrm.delivery.smtp.address import Server
from tenantcrm.delivery.smtp.pool import Pool
from tenantcrm.delivery.smtp.sender import Smtp, open_smtp, try_out
from tenantcrm.delivery.states import State
from tenantcrm.settings import Settings
from tests.delivery.smtp.letters import letter
from tests.delivery.smtp.servers import (
    PASSWORD,
    USER,
    Certificate,
    RealServer,
    real_server,
    self_made_certificate,
)

SIGNED_IN = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}@"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return self_made_certificate(Path(tmp_path_factory.mktemp("certificate")))


def at(settings: Settings, seen: RealServer, *, scheme: str = "smtp", who: str = "") -> Settings:
    return replace(settings, smtp_url=f"{scheme}://{who}127.0.0.1:{seen.port}")


async def refusal(sender: Smtp) -> Outcome:
    with pytest.raises(Exception) as caught:
        await sender.send(letter(), {})
    return sender.read(caught.value)


async def test_a_mail_arrives_as_it_was_made(settings: Settings):
    """Envelope, fields and both parts are there, once; the server's words come back."""
    async with real_server() as seen, open_smtp(at(settings, seen)) as sender:
        receipt = await sender.send(letter(), {"d": "x"})
    (envelope,) = seen.mails
    assert (envelope.mail_from, envelope.rcpt_tos) == ("hi@vinr.example", ["ada@example.com"])
    found = email.message_from_bytes(envelope.original_content, policy=POLICY)
    assert found["Subject"] == "Grüße"
    assert found["Message-ID"] == "<dlv1@vinr.example>"
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    body = found.get_body(("plain",))
    assert body
    assert body.get_content().splitlines() == ["Hello", ".", "..dots"]
    assert receipt == "smtp: 2.0.0 Ok: queued as 0001"


async def test_lines_that_begin_with_a_dot():
    """No line of a mail ends it: dots are doubled on the way and single where it arrives."""
    raw = b".first\r\nSubject: x\r\n\r\n.\r\n..two\r\nend.\r\n"
    async with real_server() as seen:
        pool = Pool(Server.read(f"smtp://127.0.0.1:{seen.port}"), name="x", connections=1)
        async with pool.connection(within=5) as connection:
            await connection.propose("a@example.com", "b@example.com")
            await connection.hand_over(raw)
        await pool.close()
    assert seen.mails[0].original_content == raw


async def test_one_connection_for_many_mails(settings: Settings):
    """Mails one after the other share a connection; after a hundred there is a new one."""
    async with real_server() as seen, open_smtp(at(settings, seen)) as sender:
        for _ in range(101):
            await sender.send(letter(), {})
    assert (len(seen.mails), seen.connections) == (101, 2)
    assert seen.open == 0


async def test_connections_are_bounded(settings: Settings):
    """However many mails go at once, there are no more connections than allowed."""
    async with real_server() as seen, open_smtp(at(settings, seen), connections=3) as sender:
        seen.delay = 0.01
        await asyncio.gather(*(sender.send(letter(f"p{n}@example.com"), {}) for n in range(30)))
    assert len({envelope.rcpt_tos[0] for envelope in seen.mails}) == 30
    assert seen.most_open == 3


async def test_idle_connections_are_closed():
    """A connection without a mail is given up; the next mail opens another."""
    async with real_server() as seen:
        server = Server.read(f"smtp://127.0.0.1:{seen.port}")
        pool = Pool(server, name="mail.example.com", connections=2, idle_seconds=0.01)
        sender = Smtp(pool)
        await sender.send(letter(), {})
        async with asyncio.timeout(10):
            while seen.open:
                await asyncio.sleep(0.01)
        await sender.send(letter(), {})
        await pool.close()
    assert (len(seen.mails), seen.connections) == (2, 2)


async def test_encrypted_and_signed_in(settings: Settings, certificate: Certificate):
    """Over smtps the password is used as it was meant, and the mail arrives."""
    async with real_server(tls=certificate.server, auth=True) as seen:
        own = at(settings, seen, scheme="smtps", who=SIGNED_IN)
        async with open_smtp(own, tls_context=certificate.client) as sender:
            await sender.send(letter(), {})
        words = await try_out(own, tls_context=certificate.client)
    assert len(seen.mails) == 1
    assert words == f"127.0.0.1:{seen.port} answers, encrypted, signed in"


@asynccontextmanager
async def afar(seen: RealServer, context: ssl.SSLContext) -> AsyncIterator[Smtp]:
    """As if the server were on another machine: STARTTLS is needed."""
    server = Server.read(f"smtp://{SIGNED_IN}127.0.0.1:{seen.port}")._replace(starttls=True)
    pool = Pool(server, name="mail.example.com", connections=1, tls_context=context)
    yield Smtp(pool)
    await pool.close()


async def test_starttls(certificate: Certificate):
    """A server elsewhere is encrypted with before anything else is said."""
    async with (
        real_server(starttls=certificate.server, auth=True) as seen,
        afar(seen, certificate.client) as sender,
    ):
        await sender.send(letter(), {})
    assert len(seen.mails) == 1


async def test_nothing_goes_in_the_open(certificate: Certificate):
    """A server elsewhere without STARTTLS gets neither password nor mail: an operator must act."""
    async with real_server(auth=True) as seen, afar(seen, certificate.client) as sender:
        outcome = await refusal(sender)
    assert (outcome.state, outcome.scope) == (State.PENDING, Scope.ACCOUNT)
    assert "STARTTLS" in (outcome.detail or "")
    assert seen.mails == []


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_a_foreign_certificate(certificate: Certificate, scheme: str):
    """A certificate that nobody vouches for is as good as no server; the words say so."""
    how = {"tls": certificate.server} if scheme == "smtps" else {"starttls": certificate.server}
    async with real_server(**how) as seen:
        server = Server.read(f"{scheme}://127.0.0.1:{seen.port}")
        pool = Pool(server._replace(starttls=scheme == "smtp"), name="x", connections=1)
        outcome = await refusal(Smtp(pool))
        await pool.close()
    assert (outcome.state, outcome.scope) == (State.PENDING, Scope.UNREACHABLE)
    assert "certificate" in (outcome.detail or "")
    assert seen.mails == []


async def test_a_wrong_password(settings: Settings, certificate: Certificate):
    """Nothing is sent until somebody mends it; no mail is lost for it."""
    async with real_server(tls=certificate.server, auth=True) as seen:
        own = at(settings, seen, scheme="smtps", who="sender:wrong@")
        async with open_smtp(own, tls_context=certificate.client) as sender:
            outcome = await refusal(sender)
    assert (outcome.state, outcome.scope) == (State.PENDING, Scope.ACCOUNT)
    assert outcome.reason == "smtp_535"


async def test_a_password_is_asked_for(settings: Settings):
    """A server that takes mail of its own people alone stops all mail, and fails none."""
    async with real_server(auth=True) as seen, open_smtp(at(settings, seen)) as sender:
        outcome = await refusal(sender)
    assert (outcome.state, outcome.scope) == (State.PENDING, Scope.ACCOUNT)
