"""Servers that go away, stall, or talk nonsense, at every stage of a mail."""

import asyncio
import socket
from dataclasses import replace

import pytest

from tenantcrm.delivery.answers import Outcome, Scope
from tenantcrm.delivery.smtp import connection as dialogue
from tenantcrm.delivery.smtp import sender as sending
from tenantcrm.delivery.smtp.sender import Smtp, open_smtp
from tenantcrm.delivery.states import State
from tenantcrm.settings import Settings
from tests.delivery.smtp.letters import letter
from tests.delivery.smtp.servers import DROP, GARBAGE, HANG, RESET, RudeServer, rude_server

BEFORE = ("greeting", "ehlo", "mail", "rcpt", "data")
"""Stages at which nothing of the mail has left."""
PENDING, FAILED, UNKNOWN = State.PENDING, State.FAILED, State.UNKNOWN


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers that say nothing are given up after a moment."""
    monkeypatch.setattr(dialogue, "ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(dialogue, "LOOK_SECONDS", 0.3)
    monkeypatch.setattr(sending, "ENVELOPE_SECONDS", 0.3)


def at(settings: Settings, rude: RudeServer) -> Settings:
    return replace(settings, smtp_url=f"smtp://127.0.0.1:{rude.port}")


async def outcome_of(sender: Smtp) -> Outcome:
    try:
        async with asyncio.timeout(20):
            await sender.send(letter(), {})
    except Exception as fault:  # noqa: BLE001 - whatever it is, it means something
        return sender.read(fault)
    raise AssertionError("the mail was taken")


@pytest.mark.parametrize("fault", [DROP, RESET, HANG, GARBAGE])
@pytest.mark.parametrize("stage", BEFORE)
async def test_before_the_mail_has_left(settings: Settings, stage: str, fault: str):
    """Whatever happens before it was asked for, the mail has not left: it goes back."""
    async with rude_server(**{stage: fault}) as rude, open_smtp(at(settings, rude)) as sender:
        outcome = await outcome_of(sender)
    assert (outcome.state, outcome.scope) == (PENDING, Scope.UNREACHABLE)
    assert rude.taken == []


@pytest.mark.parametrize("fault", [DROP, RESET, HANG, GARBAGE, "421 closing"])
async def test_after_the_mail_has_left(settings: Settings, fault: str):
    """Once it is on its way nobody knows: it is handed over once, and is unknown."""
    async with rude_server(content=fault) as rude, open_smtp(at(settings, rude)) as sender:
        outcome = await outcome_of(sender)
    assert (outcome.state, outcome.reason) == (UNKNOWN, "smtp_no_answer")
    assert len(rude.taken) == 1
    assert rude.dialogues == 1


@pytest.mark.parametrize(
    ("stage", "reply", "state", "scope"),
    [
        ("greeting", "421 too many connections", PENDING, Scope.UNREACHABLE),
        ("greeting", "554 no service here", PENDING, Scope.UNREACHABLE),
        ("ehlo", "550 who are you", PENDING, Scope.UNREACHABLE),
        ("mail", "421 shutting down", PENDING, Scope.UNREACHABLE),
        ("mail", "450 slow down", PENDING, Scope.RATE),
        ("mail", "452 no space", PENDING, Scope.RATE),
        ("mail", "530 sign in first", PENDING, Scope.ACCOUNT),
        ("mail", "550 not your address", PENDING, Scope.SENDER),
        ("mail", "553 not your address", PENDING, Scope.SENDER),
        ("mail", "501 what is that", FAILED, Scope.MAIL),
        ("mail", "552 too large", FAILED, Scope.MAIL),
        ("rcpt", "421 shutting down", PENDING, Scope.UNREACHABLE),
        ("rcpt", "450 greylisted", PENDING, Scope.MAIL),
        ("rcpt", "452 no space", PENDING, Scope.RATE),
        ("rcpt", "550 no such user", FAILED, Scope.MAIL),
        ("data", "451 not now", PENDING, Scope.RATE),
        ("data", "554 no valid recipients", FAILED, Scope.MAIL),
        ("content", "451 try later", PENDING, Scope.MAIL),
        ("content", "452 disk full", PENDING, Scope.RATE),
        ("content", "554 spam", FAILED, Scope.MAIL),
    ],
)
async def test_refusals(settings: Settings, stage: str, reply: str, state: State, scope: Scope):
    """A reply that says no is certain: for now it goes back, for good it failed, in its words."""
    async with rude_server(**{stage: reply}) as rude, open_smtp(at(settings, rude)) as sender:
        outcome = await outcome_of(sender)
    assert (outcome.state, outcome.scope) == (state, scope)
    assert outcome.reason in {f"smtp_{reply[:3]}", "smtp_unreachable"}
    assert reply[4:] in (outcome.detail or "")
    assert rude.taken == []


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "content"])
async def test_the_next_mail_after_a_refusal(settings: Settings, stage: str):
    """A connection that refused one mail is put right and takes the next."""
    async with rude_server(**{stage: "451 not now"}) as rude, open_smtp(at(settings, rude)) as s:
        rude.times = 1
        await outcome_of(s)
        rude.faults.clear()
        await s.send(letter(), {})
    assert rude.dialogues == 1
    assert "RSET" in rude.commands
    assert len(rude.taken) == 1


async def test_a_server_that_was_restarted(settings: Settings):
    """A connection that was closed while it waited is found so, and the mail goes over another."""
    async with rude_server() as rude, open_smtp(at(settings, rude)) as sender:
        for _ in range(3):
            await sender.send(letter(), {})
            rude.drop_all()
    assert (len(rude.taken), rude.dialogues) == (3, 3)


async def test_a_waiting_connection_that_went_silent(settings: Settings, monkeypatch):
    """One that does not even answer RSET costs the mail nothing but time."""
    async with rude_server() as rude, open_smtp(at(settings, rude)) as sender:
        await sender.send(letter(), {})
        monkeypatch.setattr(sending, "ENVELOPE_SECONDS", 10)
        rude.faults, rude.times = {"rset": HANG}, 1
        await sender.send(letter(), {})
    assert (len(rude.taken), rude.dialogues) == (2, 2)


async def test_the_caller_is_cut_off(settings: Settings):
    """A mail that is cancelled half way takes its connection along: the next gets its own."""
    async with rude_server(content=HANG) as rude, open_smtp(at(settings, rude)) as sender:
        rude.times = 1
        sending_it = asyncio.create_task(sender.send(letter(), {}))
        while not rude.taken:
            await asyncio.sleep(0.01)
        sending_it.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending_it
        assert (await sender.send(letter(), {})) == "smtp: queued as 1"
    assert rude.dialogues == 2


async def test_no_server(settings: Settings):
    """Nobody listens, or the name means nothing: never reached."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        for host in (f"127.0.0.1:{port}", f"nowhere.invalid:{port}"):
            async with open_smtp(replace(settings, smtp_url=f"smtp://{host}")) as sender:
                outcome = await outcome_of(sender)
            assert (outcome.state, outcome.scope) == (PENDING, Scope.UNREACHABLE)


async def test_no_connection_in_time(settings: Settings, monkeypatch):
    """Where every connection is taken a mail goes back, and the pace is slowed."""
    monkeypatch.setattr(sending, "PLACE_SECONDS", 0.05)
    async with (
        rude_server(content=HANG) as rude,
        open_smtp(at(settings, rude), connections=1) as sender,
    ):
        first, second = await asyncio.gather(outcome_of(sender), outcome_of(sender))
    assert {(first.state, first.scope), (second.state, second.scope)} == {
        (UNKNOWN, Scope.MAIL),
        (PENDING, Scope.RATE),
    }


async def test_words_keep_nobody(settings: Settings):
    """What a server says is kept without the addresses that it quotes."""
    reply = "550 5.1.1 <Ada@Example.com>: user ada@example.com unknown"
    async with rude_server(rcpt=reply) as rude, open_smtp(at(settings, rude)) as sender:
        outcome = await outcome_of(sender)
    assert outcome.detail == "550 5.1.1 <the address>: user the address unknown"
