import time
from datetime import UTC, datetime, timedelta

import pytest

from tenantcrm import clock
from tests.sandbox.ses.running import client_of, raw, running, simple

FIELDS = {
    "id",
    "to",
    "from",
    "subject",
    "received_at",
    "headers",
    "html",
    "text",
    "raw_url",
}


async def test_the_shape_of_the_listing(ses, client, someone):
    """A mail has exactly the fields of the contract, all of them text but the headers."""
    await client.send_email(**simple(someone))
    answer = ses.http.get("/inbox/messages", params={"to": someone})
    assert answer.headers["content-type"] == "application/json"
    assert answer.json().keys() == {"data"}
    [found] = answer.json()["data"]
    assert found.keys() == FIELDS
    assert {name for name, value in found.items() if isinstance(value, str)} == FIELDS - {"headers"}
    assert found["to"] == someone
    assert found["from"] == "Vinr <hi@example.com>"
    assert found["headers"]["Subject"] == found["subject"] == "Hello"
    assert found["raw_url"].startswith(f"{ses.url}/inbox/messages/")
    assert datetime.fromisoformat(found["received_at"]).tzinfo is not None


async def test_oldest_first_and_after(ses, client, someone):
    """Mails come in the order of arrival; ``after`` gives those that came later."""
    for number in range(5):
        await client.send_email(**simple(someone, str(number)))
    found = ses.messages(to=someone)
    assert [m["subject"] for m in found] == ["0", "1", "2", "3", "4"]
    assert [m["subject"] for m in ses.messages(to=someone, after=found[2]["id"])] == ["3", "4"]
    assert ses.messages(to=someone, after=found[4]["id"]) == []
    assert [m["subject"] for m in ses.messages(to=someone, limit=2)] == ["0", "1"]
    assert [m["id"] for m in found] == sorted(m["id"] for m in found)


async def test_to_is_one_address_in_any_case(ses, client, someone):
    """``to`` finds an address whatever its case, and no address that merely contains it."""
    await client.send_email(**simple(f"Ada.{someone}"))
    assert len(ses.messages(to=f"ADA.{someone.upper()}")) == 1
    assert ses.messages(to=someone) == []


async def test_everybody_where_to_is_left_out(ses, client, someone):
    """Without ``to``, or with an empty one, every mail is listed, once for all its recipients."""
    both = {"ToAddresses": [someone, someone.upper(), f"b-{someone}"]}
    await client.send_email(**simple(someone) | {"Destination": both})
    for asked in ({}, {"to": ""}):
        assert len([m for m in ses.messages(**asked) if someone in m["to"]]) == 1
    assert len(ses.messages(to=someone)) == 1


async def test_headers_are_readable(ses, client, someone):
    """Header values are unfolded and decoded; one that comes twice is joined."""
    mail = (
        b"From: =?utf-8?q?Caf=C3=A9_=C3=9Cber?= <hi@example.com>\r\n"
        b"Subject: =?utf-8?b?R3LDvMOfZSBhdXM=?=\r\n =?iso-8859-1?q?_K=F6ln?= today\r\n"
        b"X-Long: one\r\n\ttwo\r\nX-Twice: a\r\nx-twice: b\r\n\r\nHello"
    )
    await client.send_email(**raw(mail, someone))
    [found] = ses.messages(to=someone)
    assert found["from"] == "Café Über <hi@example.com>"
    assert found["subject"] == "Grüße aus Köln today"
    assert found["headers"]["X-Long"] == "one two"
    assert found["headers"]["X-Twice"] == "a, b"


async def test_the_raw_mail(ses, client, someone):
    """``raw_url`` gives the source as message/rfc822."""
    await client.send_email(**simple(someone))
    answer = ses.http.get(ses.messages(to=someone)[0]["raw_url"])
    assert answer.headers["content-type"] == "message/rfc822"
    assert b"Subject: Hello" in answer.content


@pytest.mark.parametrize("path", ["/inbox/messages/999999999/raw", f"/inbox/messages/{2**63}/raw"])
def test_a_raw_mail_that_is_not_there(ses, path):
    """No such mail: a JSON answer that says so."""
    answer = ses.http.get(path)
    assert answer.status_code in {400, 404}
    assert answer.json()["detail"]


@pytest.mark.parametrize("asked", ["after=x", "after=-1", "limit=0", "limit=x", f"after={2**70}"])
def test_a_listing_asked_wrongly(ses, asked):
    """A parameter that makes no sense is a 400, never a failure."""
    answer = ses.http.get(f"/inbox/messages?{asked}")
    assert answer.status_code == 400
    assert answer.json()["detail"]


async def test_received_at_follows_the_time_machine(tmp_path, someone):
    """Mails are stamped with the sandbox's clock, at once after it jumps."""
    machine = tmp_path / "clock.json"
    start = datetime(2031, 5, 5, 10, 0, tzinfo=UTC)
    clock.write(machine, clock.Reading(time.time(), start.timestamp(), 1.0))
    with running(tmp_path, "--verified", "example.com") as simulator:
        async with client_of(simulator) as client:
            await client.send_email(**simple(someone))
            later = start + timedelta(days=5)
            clock.write(machine, clock.Reading(time.time(), later.timestamp(), 1.0))
            await client.send_email(**simple(someone))
        times = [datetime.fromisoformat(m["received_at"]) for m in simulator.messages()]
        assert [moment.date() for moment in times] == [start.date(), later.date()]
        dates = [m["headers"]["Date"][:16] for m in simulator.messages()]
        assert dates == ["Mon, 05 May 2031", "Sat, 10 May 2031"]


async def test_a_listing_longer_than_one_piece(client, ses):
    """A long listing is one document with every mail in it."""
    for number in range(120):
        await client.send_email(**simple("long@example.net", str(number), "x" * 50_000))
    found = ses.messages(to="long@example.net")
    assert [m["subject"] for m in found] == [str(number) for number in range(120)]
