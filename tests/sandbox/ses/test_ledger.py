import json

from tests.sandbox.ses.running import client_of, running, simple


async def test_a_line_for_every_recipient(tmp_path):
    """The ledger has who got which mail, with its tags; pages end where mails end."""
    with running(tmp_path, "--verified", "example.com") as simulator:
        async with client_of(simulator) as client:
            ids = []
            for number in range(3):
                many = {"ToAddresses": [f"a{number}@example.net", f"b{number}@example.net"]}
                answer = await client.send_email(
                    **simple("x") | {"Destination": many},
                    EmailTags=[{"Name": "d", "Value": str(number)}, {"Name": "a", "Value": "1"}],
                )
                ids.append(answer["MessageId"])
        answer = simulator.http.get("/_ledger")
        assert answer.headers["content-type"].startswith("application/x-ndjson")
        lines = [json.loads(line) for line in answer.text.splitlines()]
        assert [line["to"] for line in lines] == [
            f"{letter}{number}@example.net" for number in range(3) for letter in "ab"
        ]
        assert [line["message_id"] for line in lines[::2]] == ids
        assert lines[0]["tags"] == {"d": "0", "a": "1"}
        assert lines[0]["received_at"].endswith("Z")
        assert lines[0]["bulk"] is False
        first = [json.loads(x) for x in simulator.http.get("/_ledger?limit=2").text.splitlines()]
        assert first == lines[:4]
        rest = simulator.http.get("/_ledger", params={"after": first[-1]["id"]}).text
        assert [json.loads(x) for x in rest.splitlines()] == lines[4:]
        assert simulator.http.get("/_ledger", params={"after": lines[-1]["id"]}).text == ""
        simulator.process.kill()
    with running(tmp_path) as second:
        again = [json.loads(line) for line in second.http.get("/_ledger").text.splitlines()]
        assert again == lines


def test_what_is_no_page(ses):
    """A page that cannot be is refused in JSON."""
    for wrong in ({"after": "x"}, {"limit": "0"}, {"after": "-1"}):
        answer = ses.http.get("/_ledger", params=wrong)
        assert answer.status_code == 400
        assert answer.json()["message"]


async def test_the_file_of_an_older_version(tmp_path):
    """A file from before tenants and bulk requests is taken over, mail and all."""
    import sqlite3

    with running(tmp_path, "--verified", "example.com") as first:
        async with client_of(first) as client:
            await client.send_email(**simple("old@example.net"))
        first.end()
    with sqlite3.connect(tmp_path / "ses" / "inbox.sqlite3") as file:
        file.execute("ALTER TABLE mails DROP COLUMN tenant")
        file.execute("ALTER TABLE mails DROP COLUMN bulk")
    file.close()
    with running(tmp_path) as second:
        async with client_of(second) as client:
            await client.send_email(**simple("new@example.net"))
        lines = [json.loads(line) for line in second.http.get("/_ledger").text.splitlines()]
        assert [line["to"] for line in lines] == ["old@example.net", "new@example.net"]
