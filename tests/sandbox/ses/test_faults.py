import asyncio
import json
import socket
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.sandbox.ses.running import Running, client_of, refused, running, simple
from tests.sandbox.ses.test_bulk import bulk, entry, statuses


@pytest.fixture(scope="module")
def faulty():
    """A simulator of its own, whose plans harm nobody else."""
    with running(None, "--verified", "example.com") as simulator:
        yield simulator


@pytest.fixture(autouse=True)
def whole(faulty):
    """Every test begins without a fault."""
    faulty.http.delete("/_faults")


def plan(simulator: Running, **faults) -> None:
    answer = simulator.http.put("/_faults", json=faults)
    assert answer.status_code == 200, answer.text


def request_to_send(to: str) -> bytes:
    body = json.dumps(simple(to)).encode()
    return (
        b"POST /v2/email/outbound-emails HTTP/1.1\r\nhost: x\r\n"
        b"content-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
    )


def test_a_plan_holds_until_the_next(faulty):
    """A plan replaces the one before as a whole, and can be read back."""
    plan(faulty, throttle=0.25, events={"lost": 0.5})
    plan(faulty, reset=0.5)
    shown = faulty.http.get("/_faults").json()
    assert (shown["reset"], shown["throttle"], shown["events"]["lost"]) == (0.5, 0, 0)
    assert faulty.http.delete("/_faults").status_code == 204
    assert faulty.http.get("/_faults").json()["reset"] == 0


@pytest.mark.parametrize(
    "faults",
    [{"reset": 1.1}, {"rest": 0.1}, {"reset": 0.6, "throttle": 0.6}, {"events": {"lost": -1}}],
)
def test_what_is_no_plan(faulty, faults):
    """A share out of range, a wrong name, shares of more than one: refused."""
    answer = faulty.http.put("/_faults", json=faults)
    assert answer.status_code == 400
    assert "validation error" in answer.json()["message"]


@pytest.mark.parametrize(
    ("fault", "kind", "status", "taken"),
    [
        ("throttle", "TooManyRequestsException", 429, 0),
        ("server_error", "InternalServiceErrorException", 500, 0),
        ("accept_then_error", "InternalServiceErrorException", 500, 1),
    ],
)
async def test_errors(faulty, someone, fault, kind, status, taken):
    """429 and 500 are answered, and the mail is there only where it was accepted."""
    plan(faulty, **{fault: 1})
    async with client_of(faulty) as client:
        with refused(kind, status=status):
            await client.send_email(**simple(someone))
        with refused(kind, status=status):
            await client.send_bulk_email(**bulk(entry(f"b-{someone}")))
    assert len(faulty.messages(to=someone)) == taken
    assert len(faulty.messages(to=f"b-{someone}")) == taken


@pytest.mark.parametrize(("fault", "taken"), [("reset", 0), ("accept_then_reset", 1)])
def test_the_connection_breaks(faulty, someone, fault, taken):
    """The client gets a TCP reset, not an end; the mail is there only where it was accepted."""
    plan(faulty, **{fault: 1})
    with socket.create_connection(("127.0.0.1", faulty.port), timeout=10) as client:
        client.sendall(request_to_send(someone))
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    assert len(faulty.messages(to=someone)) == taken


async def test_the_real_client_and_a_broken_connection(faulty, someone):
    """The SDK tells of a broken connection without an answer."""
    plan(faulty, accept_then_reset=1)
    async with client_of(faulty) as client:
        with pytest.raises(BotoCoreError):
            await client.send_email(**simple(someone))
    assert len(faulty.messages(to=someone)) == 1


def test_never_an_answer(faulty, someone):
    """A mail can be accepted and never answered; the connection stays open meanwhile."""
    plan(faulty, accept_then_timeout=1)
    with socket.create_connection(("127.0.0.1", faulty.port), timeout=10) as client:
        client.sendall(request_to_send(someone))
        while not faulty.messages(to=someone):
            time.sleep(0.02)
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.recv(1)


def test_a_refusal_stays_a_refusal(faulty, someone):
    """What SES refuses is not accepted, so no fault after acceptance happens to it."""
    plan(faulty, accept_then_reset=1)
    wrong = simple(someone) | {"FromEmailAddress": "hi@unknown.example"}
    answer = faulty.http.post("/v2/email/outbound-emails", json=wrong)
    assert answer.headers["x-amzn-ErrorType"] == "MessageRejected"


async def test_half_of_the_entries(faulty, someone):
    """Entries of a bulk request fail or are throttled one by one, the others are taken."""
    plan(faulty, entries_throttled=0.3, entries_failed=0.3)
    entries = [entry(f"{n}-{someone}") for n in range(50)]
    async with client_of(faulty) as client:
        answer = await client.send_bulk_email(**bulk(*entries))
    found = statuses(answer)
    assert set(found) == {"SUCCESS", "ACCOUNT_THROTTLED", "TRANSIENT_FAILURE"}
    for number, status in enumerate(found):
        there = faulty.messages(to=f"{number}-{someone}")
        assert len(there) == (status == "SUCCESS")


async def test_shares_and_their_count(faulty, someone):
    """Faults happen about as often as planned, at most one to a request, and are counted."""
    before = faulty.http.get("/_faults/injected").json()
    plan(faulty, throttle=0.3, server_error=0.3)
    seen = {"throttle": 0, "server_error": 0, "taken": 0}
    async with client_of(faulty, connections=20) as client:

        async def send() -> None:
            try:
                await client.send_email(**simple(someone))
            except ClientError as fault:
                code = fault.response["Error"]["Code"]
                seen["throttle" if code.startswith("TooMany") else "server_error"] += 1
            else:
                seen["taken"] += 1

        await asyncio.gather(*(send() for _ in range(400)))
    after = faulty.http.get("/_faults/injected").json()
    assert len(faulty.messages(to=someone)) == seen["taken"]
    for name in ("throttle", "server_error"):
        assert after[name] - before.get(name, 0) == seen[name]
        assert 60 < seen[name] < 180


def test_latency(faulty, someone):
    """An answer comes no sooner than the latency, and the mail is there before it."""
    plan(faulty, latency_ms=400, jitter_ms=10)
    begun = time.monotonic()
    answer = faulty.http.post("/v2/email/outbound-emails", json=simple(someone))
    assert answer.status_code == 200
    assert time.monotonic() - begun >= 0.4
    [mail] = faulty.messages(to=someone)
    assert mail["headers"]["Message-ID"].startswith(f"<{answer.json()['MessageId']}@")


def test_an_end_with_faults_under_way(someone):
    """SIGTERM ends a simulator in good order although a client waits in vain."""
    with running(None, "--verified", "example.com") as simulator:
        plan(simulator, accept_then_timeout=1)
        with socket.create_connection(("127.0.0.1", simulator.port), timeout=10) as client:
            client.sendall(request_to_send(someone))
            while not simulator.messages():
                time.sleep(0.02)
            assert simulator.end() == 0
