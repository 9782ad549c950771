import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from tests.sandbox.ses.running import raw, refused, simple

MAIL = (
    b"From: Vinr <hi@example.com>\r\nTo: Ada <%b>\r\nSubject: Welcome\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello Ada\r\n"
)


async def test_a_raw_mail_arrives_as_it_was_sent(ses, client, someone):
    """Every byte of a raw mail arrives, below a Message-ID and a Date."""
    mail = MAIL % someone.encode()
    answer = await client.send_email(**raw(mail, someone))
    found = ses.http.get(ses.messages(to=someone)[0]["raw_url"]).content
    lines = found.split(b"\r\n")
    assert lines[0] == b"Message-ID: <%b@email.amazonses.com>" % answer["MessageId"].encode()
    assert lines[1].startswith(b"Date: ")
    assert b"\r\n".join(lines[2:]) == mail


async def test_the_message_id_looks_like_ses(client, someone):
    """The id has the form of SES's: a time, a UUID and a counter."""
    answer = await client.send_email(**simple(someone))
    assert re.fullmatch(r"0100[0-9a-f]{12}-[0-9a-f-]{36}-000000", answer["MessageId"])


async def test_ses_sets_message_id_and_date(ses, client, someone):
    """Message-ID, Date, Bcc and Return-Path of the sender are gone, folded ones too."""
    mail = (
        b"message-id: <mine@example.com>\r\nDate: Thu, 1 Jan 1970\r\n 00:00:00 +0000\r\n"
        b"Bcc: hidden@example.org,\r\n\tother@example.org\r\nReturn-Path: <back@example.com>\r\n"
        b"X-Date: kept\r\n" + MAIL % someone.encode()
    )
    answer = await client.send_email(**raw(mail, someone))
    headers = ses.messages(to=someone)[0]["headers"]
    assert headers["Message-ID"] == f"<{answer['MessageId']}@email.amazonses.com>"
    assert abs(parsedate_to_datetime(headers["Date"]) - datetime.now(UTC)) < timedelta(minutes=5)
    assert headers["X-Date"] == "kept"
    assert not {"bcc", "return-path", "message-id"} & (headers.keys() - {"Message-ID"})


async def test_recipients_come_from_the_headers(ses, client, someone):
    """Without a Destination, To, Cc and Bcc of a raw mail say who gets it; Bcc stays hidden."""
    mail = (
        b'From: hi@example.com\nTo: "Lovelace, Ada" <%b>,\n  b-%b\nCc: c-%b\nBcc: d-%b\n\nHello'
        % ((someone.encode(),) * 4)
    )
    await client.send_email(**raw(mail))
    for address in (someone, f"b-{someone}", f"c-{someone}", f"d-{someone}"):
        [found] = ses.messages(to=address)
        assert found["to"] == f"{someone}, b-{someone}, c-{someone}, d-{someone}"
        assert "Bcc" not in found["headers"]


async def test_destination_wins_over_the_headers(ses, client, someone):
    """A raw mail goes where Destination says, whatever its To says."""
    await client.send_email(**raw(MAIL % b"else@example.org", someone))
    assert ses.messages(to=someone)[0]["headers"]["To"] == "Ada <else@example.org>"
    assert someone not in {m["to"] for m in ses.messages(to="else@example.org")}


async def test_a_simple_mail(ses, client, someone):
    """Subject, both bodies, copies, reply address and headers of a simple mail arrive readable."""
    await client.send_email(
        FromEmailAddress="Café Ñandú <hi@example.com>",
        Destination={
            "ToAddresses": [someone],
            "CcAddresses": [f"cc-{someone}"],
            "BccAddresses": [f"bcc-{someone}"],
        },
        ReplyToAddresses=["Ada <ada@example.org>"],
        Content={
            "Simple": {
                "Subject": {"Data": "Grüße aus Köln ☕"},
                "Body": {
                    "Text": {"Data": "Guten Tag,\nschön!"},
                    "Html": {"Data": "<p>Schön</p>", "Charset": "iso-8859-1"},
                },
                "Headers": [{"Name": "List-Unsubscribe", "Value": "<https://example.com/u/1>"}],
            }
        },
    )
    [found] = ses.messages(to=f"bcc-{someone}")
    assert found["from"] == "Café Ñandú <hi@example.com>"
    assert found["subject"] == "Grüße aus Köln ☕"
    assert found["text"].strip() == "Guten Tag,\nschön!"
    assert found["html"].strip() == "<p>Schön</p>"
    assert found["headers"]["To"] == someone
    assert found["headers"]["Cc"] == f"cc-{someone}"
    assert found["headers"]["Reply-To"] == "Ada <ada@example.org>"
    assert found["headers"]["List-Unsubscribe"] == "<https://example.com/u/1>"
    assert f"bcc-{someone}" not in str(found["headers"])


async def test_a_simple_mail_with_a_file(ses, client, someone):
    """An attachment arrives byte for byte under its name."""
    arguments = simple(someone)
    content = bytes(range(256))
    arguments["Content"]["Simple"]["Attachments"] = [
        {"RawContent": content, "FileName": "Ñandú.bin", "ContentType": "application/x-test"}
    ]
    await client.send_email(**arguments)
    [found] = ses.messages(to=someone)
    assert found["text"] == "It works."
    page = ses.http.get(f"/inbox/{found['id']}").text
    assert "Ñandú.bin" in page
    assert ses.http.get(f"/inbox/{found['id']}/attachments/0").content == content


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"FromEmailAddress": "hi"}, "Missing final '@domain'"),
        ({"FromEmailAddress": "hi@"}, "Missing domain"),
        ({"FromEmailAddress": "jösé@example.com"}, "Local address contains control or whitespace"),
        ({"FromEmailAddress": "hi@exämple.com"}, "Domain contains control or whitespace"),
        ({"FromEmailAddress": "A\r\nBcc: x@example.org\r\n <hi@example.com>"}, "control"),
        ({"Destination": {"ToAddresses": []}}, "no recipients"),
        ({"Destination": {"ToAddresses": [""]}}, "Invalid email address"),
        ({"Destination": {"ToAddresses": ["ada @example.com"]}}, "Local address contains"),
        ({"Destination": {"ToAddresses": ["a@example.com"] * 51}}, "Recipient count exceeds 50"),
        ({"Content": {"Template": {}}}, "Template needs TemplateContent"),
        ({"Content": {}}, "exactly one of Raw, Simple and Template"),
        ({"EmailTags": [{"Name": "d", "Value": "not allowed"}]}, "EmailTags"),
        ({"EmailTags": [{"Name": "d", "Value": "x" * 257}]}, "EmailTags"),
    ],
)
async def test_what_ses_refuses(client, someone, change, words):
    """A request that is not valid is a BadRequestException that names the fault."""
    with refused("BadRequestException", words):
        await client.send_email(**simple(someone) | change)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Subject": {"Data": "a\r\nBcc: x@example.org"}}, "line break"),
        ({"Subject": {"Data": "ä", "Charset": "us-ascii"}}, "charset"),
        ({"Subject": {"Data": "a", "Charset": "klingon"}}, "charset"),
        ({"Body": {}}, "neither Text nor Html"),
        ({"Headers": [{"Name": "X-A", "Value": "v"}] * 16}, "Headers"),
        ({"Headers": [{"Name": "X-A", "Value": "a\r\nBcc: x@example.org"}]}, "Headers"),
        ({"Headers": [{"Name": "X A", "Value": "v"}]}, "Headers"),
    ],
)
async def test_what_a_simple_mail_may_not_say(client, someone, change, words):
    """A simple content that no mail can be made of is refused, above all an injected header."""
    arguments = simple(someone)
    arguments["Content"]["Simple"] |= change
    with refused("BadRequestException", words):
        await client.send_email(**arguments)


@pytest.mark.parametrize(
    ("mail", "words"),
    [
        (b"", "Missing required header 'From'"),
        (b"no headers here", "Missing required header 'From'"),
        (b"\r\nFrom: hi@example.com\r\n\r\nHello", "Missing required header 'From'"),
        (b"Subject: a\r\n\r\nFrom: hi@example.com", "Missing required header 'From'"),
        (b"From:\r\n\r\nHello", "Missing required header 'From'"),
        (b"From: hi@example.com\r\nfrom: hi@example.com\r\n\r\n", "Duplicate header 'From'"),
        (
            b"From: hi@example.com\r\nSubject: a\r\nSubject: b\r\n\r\n",
            "Duplicate header 'Subject'",
        ),
        (b"From: \xff\xfe@example.com\r\n\r\nHello", "Local address contains control"),
    ],
)
async def test_what_a_raw_mail_needs(client, someone, mail, words):
    """A raw mail without one From, or with two, is refused."""
    with refused("BadRequestException", words):
        await client.send_email(**raw(mail, someone))


async def test_a_mail_of_nothing_but_from(ses, client, someone):
    """The smallest mail that SES takes is shown: one header, no blank line, no body."""
    await client.send_email(**raw(b"From: hi@example.com", someone))
    [found] = ses.messages(to=someone)
    assert (found["from"], found["subject"], found["html"], found["text"]) == (
        "hi@example.com",
        "",
        "",
        "",
    )


# The client reminds its caller of streams, which the SDK gives it no way to use.
@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
async def test_more_than_forty_megabytes(client, someone):
    """A mail over 40 MB is refused with its length."""
    mail = MAIL % someone.encode() + b"x" * (40 * 1024 * 1024)
    with refused("BadRequestException", f"41943040 bytes long: '{len(mail)}'"):
        await client.send_email(**raw(mail, someone))


async def test_a_sender_that_is_not_verified(ses, client, someone):
    """Nobody sends from an address or in a From that no identity covers."""
    words = "Email address is not verified. The following identities failed the check in region"
    for sender in ("hi@example.org", "hi@notexample.com", "hi@com"):
        with refused("MessageRejected", f"{words} US-EAST-1: {sender}"):
            await client.send_email(**simple(someone) | {"FromEmailAddress": f"Vinr <{sender}>"})
    forged = (MAIL % someone.encode()).replace(b"hi@example.com", b"ceo@example.org")
    with refused("MessageRejected", "ceo@example.org"):
        await client.send_email(**raw(forged, someone), FromEmailAddress="hi@example.com")
    assert ses.messages(to=someone) == []


@pytest.mark.parametrize("sender", ["any@example.com", "a@sub.example.com", "A+b@EXAMPLE.com"])
async def test_a_domain_covers_its_addresses_and_subdomains(ses, client, someone, sender):
    """A verified domain lets every address of it and below it send."""
    await client.send_email(**simple(someone) | {"FromEmailAddress": sender})
    assert ses.messages(to=someone)[0]["from"] == sender


async def test_tags_and_configuration_set_are_kept(ses, client, someone):
    """What a send was tagged with is shown beside the mail."""
    await client.create_configuration_set(ConfigurationSetName="tagged")
    await client.send_email(
        **simple(someone),
        EmailTags=[{"Name": "d", "Value": "dlv_1"}],
        ConfigurationSetName="tagged",
    )
    page = ses.http.get(f"/inbox/{ses.messages(to=someone)[0]['id']}").text
    assert "dlv_1" in page
    assert "tagged" in page


def test_a_body_that_is_no_json(ses):
    """What cannot be read is a BadRequestException too."""
    answer = ses.http.post("/v2/email/outbound-emails", content=b'{"Content":')
    assert answer.status_code == 400
    assert answer.headers["x-amzn-ErrorType"] == "BadRequestException"
    assert "1 validation error detected" in answer.json()["message"]


async def test_an_operation_that_is_not_simulated(ses, client):
    """An operation of SES that is not here says so in the shape of SES, with its path."""
    with refused("UnknownOperationException", "GET /v2/email/contact-lists", 404):
        await client.list_contact_lists()
    for method, path in (("GET", "/v2/email/outbound-emails"), ("PUT", "/v2/email/account")):
        answer = ses.http.request(method, path)
        assert answer.status_code == 404
        assert answer.headers["x-amzn-ErrorType"] == "UnknownOperationException"
