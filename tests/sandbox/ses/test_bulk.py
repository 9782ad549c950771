import json
from email import message_from_bytes, policy

import pytest

from tests.sandbox.ses.running import client_of, refused, running


def bulk(*entries, html="<p>Hello {{name}}</p>", text="Hello {{name}}", **more):
    """The arguments of a bulk request."""
    return {
        "FromEmailAddress": "Vinr <hi@example.com>",
        "DefaultContent": {
            "Template": {
                "TemplateContent": {"Subject": "For {{name}}", "Text": text, "Html": html},
                "TemplateData": json.dumps({"name": "you"}),
            }
        },
        "BulkEmailEntries": list(entries),
    } | more


def entry(to, data=None, **more):
    """One entry; ``data``: what the variables stand for."""
    made = {"Destination": {"ToAddresses": [to]}, **more}
    if data is not None:
        replaced = {"ReplacementTemplateData": json.dumps(data)}
        made["ReplacementEmailContent"] = {"ReplacementTemplate": replaced}
    return made


def statuses(answer):
    return [one["Status"] for one in answer["BulkEmailEntryResults"]]


async def test_each_entry_is_a_mail_of_its_own(ses, client, someone):
    """Fifty entries are fifty mails, each with its own id, text and HTML."""
    entries = [entry(f"{n}-{someone}", {"name": f"Ada {n}"}) for n in range(50)]
    answer = await client.send_bulk_email(**bulk(*entries))
    assert statuses(answer) == ["SUCCESS"] * 50
    ids = [one["MessageId"] for one in answer["BulkEmailEntryResults"]]
    assert len(set(ids)) == 50
    for number in (0, 49):
        [mail] = ses.messages(to=f"{number}-{someone}")
        assert mail["subject"] == f"For Ada {number}"
        assert mail["text"].strip() == f"Hello Ada {number}"
        assert mail["html"].strip() == f"<p>Hello Ada {number}</p>"
        assert mail["headers"]["Message-ID"] == f"<{ids[number]}@email.amazonses.com>"


async def test_the_mail_is_clean(ses, client, someone):
    """The MIME that is built has no defect, whatever the letters, line lengths and line ends."""
    html = "<p>Grüße, {{name}}</p>\n" + "x" * 2000 + "\r\nend\rmore"
    data = {"name": "Zoë <&> “x”"}
    await client.send_bulk_email(**bulk(entry(someone, data), html=html))
    source = ses.http.get(ses.messages(to=someone)[0]["raw_url"]).content
    assert all(len(line) <= 998 for line in source.split(b"\r\n"))
    assert b"\n" not in source.replace(b"\r\n", b"")
    mail = message_from_bytes(source, policy=policy.default)
    assert [part.defects for part in mail.walk()] == [[], [], []]
    assert mail["Subject"] == "For Zoë <&> “x”"
    assert mail.get_content_type() == "multipart/alternative"
    text, shown = (part.get_content() for part in mail.iter_parts())
    assert text.strip() == "Hello Zoë <&> “x”"
    assert "<p>Grüße, Zoë <&> “x”</p>" in shown


async def test_values_are_not_escaped(ses, client, someone):
    """A value that is HTML goes in as HTML, as SES does it."""
    page = "<h1>A & B</h1>" + "<p>Words</p>\n" * 1000
    asked = bulk(entry(someone, {"name": "x", "html": page}), html="{{html}}")
    await client.send_bulk_email(**asked)
    assert ses.messages(to=someone)[0]["html"].strip() == page.strip()


async def test_defaults_and_replacements(ses, client, someone):
    """An entry's data, tags and headers win over the default ones, name by name."""
    one = entry(
        someone,
        ReplacementTags=[{"Name": "d", "Value": "2"}],
        ReplacementHeaders=[{"Name": "X-One", "Value": "own"}],
    )
    asked = bulk(one, DefaultEmailTags=[{"Name": "d", "Value": "1"}, {"Name": "t", "Value": "9"}])
    asked["DefaultContent"]["Template"]["Headers"] = [
        {"Name": "x-one", "Value": "default"},
        {"Name": "List-Unsubscribe", "Value": "<https://example.com/u>"},
    ]
    await client.send_bulk_email(**asked)
    [mail] = ses.messages(to=someone)
    assert mail["subject"] == "For you"
    assert mail["headers"]["X-One"] == "own"
    assert mail["headers"]["List-Unsubscribe"] == "<https://example.com/u>"
    line = [json.loads(x) for x in ses.http.get("/_ledger").text.splitlines()]
    [found] = [one for one in line if one["to"] == someone]
    assert found["tags"] == {"d": "2", "t": "9"}
    assert found["bulk"] is True


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"BulkEmailEntries": []}, "1 to 50"),
        ({"BulkEmailEntries": [entry("a@example.net")] * 51}, "1 to 50"),
        ({"DefaultContent": {}}, "Template is required"),
        ({"DefaultContent": {"Template": {"TemplateContent": {"Html": "{{#if a}}"}}}}, "{{name}}"),
        ({"DefaultContent": {"Template": {"TemplateContent": {"Html": "{{a}}"},
                                          "TemplateData": "[]"}}}, "not a JSON object"),
        ({"BulkEmailEntries": [entry("a@example.net", {"x": "y" * 262_144})]}, "262144"),
        ({"BulkEmailEntries": [entry("a@example.net", ReplacementHeaders=[
            {"Name": f"X-{n}", "Value": "x"} for n in range(16)])]}, "15"),
        ({"BulkEmailEntries": [entry("a@example.net", ReplacementTags=[
            {"Name": "d", "Value": "not allowed"}])]}, "ReplacementTags"),
    ],
)  # fmt: skip
async def test_what_is_refused_as_a_whole(client, change, words):
    """A request that is not valid takes none of its entries."""
    with refused("BadRequestException", words):
        await client.send_bulk_email(**bulk(entry("a@example.net")) | change)


def test_the_largest_request(ses):
    """A request with a template in it is one MiB at most."""
    large = bulk(*[entry("a@example.net", {"x": "y" * 260_000})] * 5)
    answer = ses.http.post("/v2/email/outbound-bulk-emails", json=large)
    assert answer.status_code == 400
    assert "1048576 bytes at most" in answer.json()["message"]


async def test_who_and_what_is_not_there(client, someone):
    """Sender, set and template are checked for the whole request."""
    with refused("MessageRejected", "hi@unknown.example"):
        await client.send_bulk_email(
            **bulk(entry(someone)) | {"FromEmailAddress": "hi@unknown.example"}
        )
    with refused("NotFoundException", "nowhere", 404):
        await client.send_bulk_email(**bulk(entry(someone), ConfigurationSetName="nowhere"))
    named = {"DefaultContent": {"Template": {"TemplateName": "kept", "TemplateData": "{}"}}}
    with refused("NotFoundException", "kept", 404):
        await client.send_bulk_email(**bulk(entry(someone)) | named)


async def test_an_entry_alone_is_refused(ses, client, someone):
    """What is wrong with one entry costs only that entry, in its place."""
    answer = await client.send_bulk_email(
        **bulk(
            entry(f"a-{someone}"),
            entry("ada @example.com"),
            {"Destination": {}},
            entry(someone, ReplacementHeaders=[{"Name": "Subject", "Value": "x"}]),
            entry(f"b-{someone}"),
        )
    )
    invalid = "INVALID_PARAMETER"
    assert statuses(answer) == ["SUCCESS", invalid, invalid, invalid, "SUCCESS"]
    results = answer["BulkEmailEntryResults"]
    assert "Local address contains" in results[1]["Error"]
    assert all(("MessageId" in one) == (one["Status"] == "SUCCESS") for one in results)
    assert len(ses.messages(to=f"b-{someone}")) == 1
    assert ses.messages(to=someone) == []


async def test_a_variable_without_a_value(client, someone):
    """A variable that nothing stands for is said at once, entry by entry."""
    asked = bulk(entry(someone), entry(f"b-{someone}", {"more": 1}), text="{{more}}")
    answer = await client.send_bulk_email(**asked)
    assert statuses(answer) == ["INVALID_PARAMETER", "SUCCESS"]
    assert "'more' is not present" in answer["BulkEmailEntryResults"][0]["Error"]


async def test_every_recipient_counts(someone):
    """Entries are throttled one by one when the second's worth is used up, in order."""
    with running(None, "--verified", "example.com", "--max-send-rate", "3") as simulator:
        async with client_of(simulator) as client:
            many = {"ToAddresses": [f"a-{someone}", f"b-{someone}"]}
            # Two of three, one more, and no more: the last would need a third of a second.
            answer = await client.send_bulk_email(
                **bulk({"Destination": many}, entry(someone), entry(someone), entry(someone))
            )
        assert statuses(answer)[:2] == ["SUCCESS", "SUCCESS"]
        assert statuses(answer)[3] == "ACCOUNT_THROTTLED"
        assert len(simulator.messages(to=f"b-{someone}")) == 1


async def test_the_daily_quota(someone):
    """Entries over the quota say so, and those before them are taken."""
    options = ("--verified", "example.com", "--max-24-hour-send", "2")
    with running(None, *options) as simulator:
        async with client_of(simulator) as client:
            answer = await client.send_bulk_email(**bulk(*[entry(someone)] * 3))
            account = await client.get_account()
    assert statuses(answer) == ["SUCCESS", "SUCCESS", "ACCOUNT_DAILY_QUOTA_EXCEEDED"]
    assert account["SendQuota"]["SentLast24Hours"] == 2


async def test_without_production_access():
    """Recipients that are not verified are rejected one by one."""
    with running(None, "--verified", "example.com", "--no-production") as simulator:
        async with client_of(simulator) as client:
            answer = await client.send_bulk_email(
                **bulk(entry("a@example.com"), entry("a@example.net"))
            )
    assert statuses(answer) == ["SUCCESS", "MESSAGE_REJECTED"]


async def test_a_template_in_a_single_request(ses, client, someone):
    """SendEmail takes a template that it brings with it, too."""
    template = bulk()["DefaultContent"]["Template"]
    await client.send_email(
        FromEmailAddress="hi@example.com",
        Destination={"ToAddresses": [someone]},
        Content={"Template": template},
    )
    assert ses.messages(to=someone)[0]["subject"] == "For you"
