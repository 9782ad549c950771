"""Events of real mails, as they arrive at an endpoint that SNS posts to."""

import asyncio
import json
import signal

import pytest

from tests.sandbox.ses.endpoint import listening
from tests.sandbox.ses.running import client_of, raw, running, simple
from tests.sandbox.ses.told import configured, emitted, quiet, subscribed


async def told(ses, client, arguments, *, matching=None):
    """Send a mail; gives the records that came of it, in the order that they happened in."""
    name = await configured(client, ses, matching)
    with listening() as endpoint:
        await subscribed(ses, name, endpoint)
        answer = await client.send_email(**arguments, ConfigurationSetName=name)
        await asyncio.to_thread(quiet, ses)
        by_type = {one["eventType"]: one for one in endpoint.events()}
        made = emitted(ses, answer["MessageId"])
    return [by_type[one["event"]] for one in made], answer["MessageId"]


async def test_a_delivered_mail(ses, client, someone):
    """Send and Delivery tell of the mail with its tags, headers and ids, as SES writes them."""
    mail = (
        "From: Vinr <hi@example.com>\r\nTo: someone\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
        "X-Long: a\r\n b\r\n\r\nHello\r\n"
    )
    tags = [{"Name": "d", "Value": "0a1b"}, {"Name": "a", "Value": "1"}]
    arguments = raw(mail.encode(), someone) | {"EmailTags": tags}
    (send, delivery), message_id = await told(ses, client, arguments)
    assert list(send) == ["eventType", "mail", "send"]
    assert send["send"] == {}
    found = send["mail"]
    assert found["messageId"] == message_id
    assert found["destination"] == [someone]
    assert found["source"] == "Vinr <hi@example.com>"
    assert found["sourceArn"] == "arn:aws:ses:us-east-1:000000000000:identity/example.com"
    assert found["sendingAccountId"] == "000000000000"
    assert found["headersTruncated"] is False
    assert {"name": "X-Long", "value": "a b"} in found["headers"]
    assert {"Message-ID", "Date"} & {one["name"] for one in found["headers"]} == set()
    assert found["commonHeaders"]["subject"] == "Grüße"
    assert found["commonHeaders"]["messageId"] == message_id
    assert found["tags"]["d"] == ["0a1b"]
    assert found["tags"]["a"] == ["1"]
    assert found["tags"]["ses:operation"] == ["SendEmail"]
    assert found["tags"]["ses:from-domain"] == ["example.com"]
    assert all(isinstance(values, list) for values in found["tags"].values())
    assert delivery["delivery"]["recipients"] == [someone]
    assert delivery["delivery"]["smtpResponse"].startswith("250 ")
    assert delivery["delivery"]["timestamp"] > found["timestamp"]
    assert "ses:outgoing-ip" in delivery["mail"]["tags"]
    assert "ses:outgoing-ip" not in found["tags"]


async def test_a_bounce(ses, client):
    """A hard bounce names the recipient, the status and the words of the other side."""
    to = "bounce+1@simulator.amazonses.com"
    (_, record), _ = await told(ses, client, simple(to))
    bounce = record["bounce"]
    assert (bounce["bounceType"], bounce["bounceSubType"]) == ("Permanent", "General")
    assert bounce["bouncedRecipients"] == [
        {
            "emailAddress": to,
            "action": "failed",
            "status": "5.1.1",
            "diagnosticCode": "smtp; 550 5.1.1 user unknown",
        }
    ]
    assert bounce["feedbackId"]
    assert bounce["timestamp"]


async def test_a_complaint(ses, client):
    """A complaint comes after the delivery and says who complained of what."""
    to = "complaint@simulator.amazonses.com"
    records, _ = await told(ses, client, simple(to))
    assert [one["eventType"] for one in records] == ["Send", "Delivery", "Complaint"]
    complaint = records[-1]["complaint"]
    assert complaint["complainedRecipients"] == [{"emailAddress": to}]
    assert complaint["complaintFeedbackType"] == "abuse"
    assert complaint["complaintSubType"] is None


async def test_a_delay_and_a_click(ses, client):
    """A delay says until when it is tried; a click names the link of the mail."""
    records, _ = await told(ses, client, simple("delay@simulator.amazonses.com"))
    assert [one["eventType"] for one in records] == ["Send", "DeliveryDelay", "Delivery"]
    delay = records[1]["deliveryDelay"]
    assert delay["delayType"] == "TransientCommunicationFailure"
    assert delay["expirationTime"] > delay["timestamp"]
    words = simple("click@simulator.amazonses.com")
    html = {"Data": '<p><a class="b" href="https://example.org/a?b=1&amp;c=2">Go</a></p>'}
    words["Content"]["Simple"]["Body"] = {"Html": html}
    records, _ = await told(ses, client, words)
    assert records[-1]["click"]["link"] == "https://example.org/a?b=1&c=2"
    assert records[-2]["open"]["userAgent"] != "Mozilla/5.0"
    records, _ = await told(ses, client, simple("machine-open@simulator.amazonses.com"))
    assert records[-1]["open"]["userAgent"] == "Mozilla/5.0"


async def test_suppressed_addresses_bounce(ses, client, someone):
    """A mail to an address on the account's list is taken, and bounces without having left."""
    await client.put_suppressed_destination(EmailAddress=someone, Reason="BOUNCE")
    records, _ = await told(ses, client, simple(someone.upper()))
    assert [one["eventType"] for one in records] == ["Send", "Bounce"]
    assert records[1]["bounce"]["bounceSubType"] == "OnAccountSuppressionList"


async def test_only_what_is_asked_for(ses, client):
    """An event destination gets the types that it matches, and no others."""
    to = "complaint@simulator.amazonses.com"
    records, _ = await told(ses, client, simple(to), matching=["COMPLAINT"])
    assert [one["eventType"] for one in records] == ["Complaint"]


async def test_silence(ses, client, someone):
    """Nothing is told of a silent recipient, nor of a mail without a configuration set."""
    records, _ = await told(ses, client, simple("silent@simulator.amazonses.com"))
    assert records == []
    answer = await client.send_email(**simple(someone))
    quiet(ses)
    assert emitted(ses, answer["MessageId"]) == []


async def test_many_recipients(ses, client):
    """A mail to several is sent once, and what happens to each is told of each."""
    arguments = simple("a@example.net")
    arguments["Destination"]["ToAddresses"] = ["a@example.net", "bounce@simulator.amazonses.com"]
    name = await configured(client, ses)
    answer = await client.send_email(**arguments, ConfigurationSetName=name)
    await asyncio.to_thread(quiet, ses)
    found = [(one["event"], one["to"]) for one in emitted(ses, answer["MessageId"])]
    assert found == [
        ("Send", "a@example.net"),
        ("Delivery", "a@example.net"),
        ("Bounce", "bounce@simulator.amazonses.com"),
    ]


@pytest.mark.parametrize(
    ("faults", "came"),
    [({"lost": 1}, 0), ({"doubled": 1}, 4), ({"late": 1, "late_seconds": 0.3}, 2)],
)
async def test_faults_of_events(someone, faults, came):
    """Events are lost, doubled and late as often as the plan says, and the list says which."""
    with running(None, "--verified", "example.com") as ses, listening() as endpoint:
        async with client_of(ses) as client:
            name = await configured(client, ses)
            await subscribed(ses, name, endpoint)
            ses.http.put("/_faults", json={"events": faults}).raise_for_status()
            answer = await client.send_email(**simple(someone), ConfigurationSetName=name)
        await asyncio.to_thread(quiet, ses)
        assert len(endpoint.events()) == came
        made = emitted(ses, answer["MessageId"])
    assert [one["event"] for one in made] == ["Send", "Delivery"]
    word = next(iter(faults))
    assert all(one["faults"] == [word] for one in made)
    assert sum(len(one["notices"]) for one in made) == came


async def test_a_restart_forgets_nothing(tmp_path, someone):
    """What could not be posted is posted by the next start, under the same message id."""
    with listening() as endpoint:
        endpoint.answer = lambda _, one: 200 if one.kind != "Notification" else 503
        with running(tmp_path, "--verified", "example.com") as first:
            async with client_of(first) as client:
                name = await configured(client, first)
                await subscribed(first, name, endpoint)
                await client.send_email(**simple(someone), ConfigurationSetName=name)
            refused = endpoint.wait(lambda: endpoint.of("Notification"))[0].document
            first.end(signal.SIGKILL)
        endpoint.answer = lambda _, __: 200
        endpoint.posted.clear()
        with running(tmp_path) as second:
            await asyncio.to_thread(quiet, second)
            came = endpoint.of("Notification")
            lines = [json.loads(line) for line in second.http.get("/_events").text.splitlines()]
    assert {one.event["eventType"] for one in came} == {"Send", "Delivery"}
    assert refused["MessageId"] in {one.document["MessageId"] for one in came}
    assert {notice["state"] for one in lines for notice in one["notices"]} == {"delivered"}
