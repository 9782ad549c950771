"""The main job from end to end, against `tenantcrm up` with the time machine."""

import re
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.fixtures.sandbox import Running, running, wait_for
from tests.sandbox.support import open_folder

DAY = 12.0
"""Seconds that a day lasts here."""
LONDON = ZoneInfo("Europe/London")
DAYS = (0, 2, 5, 7)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    arguments = ("--no-demo", "--day-lasts", str(DAY))
    with open_folder() as folder, running(folder / "home", *arguments) as sandbox:
        yield sandbox


def soon(sandbox: Running, real_seconds: float = 4.0) -> str:
    """A preferred send time that comes in a few real seconds, as local time in London."""
    ahead = sandbox.now() + timedelta(days=real_seconds / DAY)
    return f"{ahead.astimezone(LONDON):%H:%M}"


def put(client: httpx.Client, email: str, language: str) -> httpx.Response:
    answer = client.put(
        f"/v1/contacts/by-email/{email}",
        json={"name": email.partition("@")[0].capitalize(), "attributes": {"language": language}},
    )
    assert answer.status_code in {200, 201}, answer.text
    return answer


def campaign(client: httpx.Client, at: str, days: tuple[int, ...], **more: object) -> str:
    body = {
        "name": "Welcome mail English",
        "contact_filter": "language=en",
        "preferred_send_time": at,
        "timezone": "Europe/London",
        "sender": {"name": "Vinr", "email": "hi@example.com"},
        # A busy machine takes seconds to do a command, which are hours here.
        "late_limit_hours": 168,
        "active": True,
        "messages": [
            {
                "subject": f"Day {day} for {{{{ contact.name }}}}",
                "send_day": day,
                "html_template": "<p>Hello {{ contact.name | default: 'there' }}</p>",
            }
            for day in days
        ],
        **more,
    }
    answer = client.post("/v1/campaigns", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_a_week_in_seconds(sandbox: Running):
    """Each match gets each day's mail once, on its local date and not before its time; the others
    get none; and a worker that is killed in the middle changes nothing of it."""
    _tenant, client = sandbox.tenant_with_key()
    matching = [f"{name}@week.example.com" for name in ("ada", "grace", "edsger")]
    others = [f"{name}@week.example.com" for name in ("kurt", "emmy")]
    for email in matching:
        put(client, email, "en")
    for email in others:
        put(client, email, "de")
    at = soon(sandbox)
    campaign_id = campaign(client, at, DAYS)

    def arrived() -> list[dict[str, str]]:
        return [m for m in sandbox.inbox() if m["to"].endswith("@week.example.com>")
                or m["to"].endswith("@week.example.com")]  # fmt: skip

    wait_for(lambda: len(arrived()) >= 2 * len(matching), DAY * 5, "the mails of day 2")
    sandbox.child("worker").kill()
    wait_for(lambda: len(arrived()) >= 4 * len(matching), DAY * 9, "the mails of every day")
    time.sleep(DAY)

    by_person = defaultdict(list)
    for mail in arrived():
        address = re.search(r"[\w.]+@[\w.]+", mail["to"])
        assert address
        moment = datetime.fromisoformat(mail["received_at"]).astimezone(LONDON)
        by_person[address.group()].append((mail["subject"], moment))
    assert sorted(by_person) == sorted(matching)
    hour, minute = map(int, at.split(":"))
    for mails in by_person.values():
        first = mails[0][1].date()
        assert [subject.split(" for ")[0] for subject, _ in mails] == [f"Day {d}" for d in DAYS]
        for day, (_, moment) in zip(DAYS, mails, strict=True):
            slot = datetime.combine(
                first + timedelta(days=day), datetime.min.time(), LONDON
            ).replace(hour=hour, minute=minute)
            assert slot <= moment < slot + timedelta(hours=24)

    states = client.get(f"/v1/campaigns/{campaign_id}/deliveries", params={"limit": 200}).json()
    assert {row["state"] for row in states["data"]} <= {"sent", "delivered"}
    assert len(states["data"]) == len(DAYS) * len(matching)


def test_unsubscribing_is_for_good(sandbox: Running):
    """One click ends the mails, takes the contact out of campaign and contacts, and holds against
    a contact that is made anew."""
    _tenant, client = sandbox.tenant_with_key("Leaver")
    email = "leaver@leave.example.com"
    put(client, email, "en")
    campaign_id = campaign(client, soon(sandbox), (0, 2, 4), day_zero="immediately")
    mail = wait_for(lambda: sandbox.inbox(email), DAY * 2, "the welcome mail")[0]
    assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = mail["headers"]["List-Unsubscribe"].strip("<>")
    assert link in mail["html"]
    assert link in mail["text"]
    assert "1 Main Street, London" in mail["html"]

    with httpx.Client() as recipient:
        assert recipient.get(link).status_code == 200
        assert client.get("/v1/contacts").json()["data"] != []
        for _ in range(2):
            answer = recipient.post(link, data={"List-Unsubscribe": "One-Click"})
            assert answer.status_code == 200
            assert not answer.cookies

    assert client.get("/v1/contacts").json()["data"] == []
    people = client.get(f"/v1/campaigns/{campaign_id}/contacts").json()["data"]
    assert [p for p in people if p["state"] == "active"] == []
    again = put(client, email.upper(), "en")
    assert (again.status_code, again.json()["status"]) == (201, "unsubscribed")
    before = len(sandbox.inbox(email))
    time.sleep(2.5 * DAY)
    assert len(sandbox.inbox(email)) == before == 1


def test_suspension_holds_and_loses_nothing(sandbox: Running):
    """Suspended, a tenant's keys answer 403 and nothing is sent; resumed, what was held goes."""
    tenant, client = sandbox.tenant_with_key("Paused")
    email = "held@held.example.com"
    put(client, email, "en")
    campaign(client, soon(sandbox, 3.0), (0, 1, 2))
    wait_for(lambda: sandbox.inbox(email), DAY * 2, "the mail of day 0")
    sandbox.command("tenants", "suspend", tenant, "--reason", "Too many complaints")
    time.sleep(0.5)
    held = len(sandbox.inbox(email))
    refused = client.get("/v1/me")
    assert (refused.status_code, refused.json()["code"]) == (403, "tenant_suspended")
    assert "Too many complaints" in refused.text
    time.sleep(DAY)
    assert len(sandbox.inbox(email)) == held
    sandbox.command("tenants", "resume", tenant)
    wait_for(lambda: len(sandbox.inbox(email)) == 3, DAY * 4, "the mails that were held")
    assert client.get("/v1/me").status_code == 200


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


def test_a_restart_keeps_everything(folder: Path):
    """Contacts, campaign and inbox are there again after a SIGKILL of `up`."""
    home = folder / "home"
    with running(home, "--no-demo") as first:
        _tenant, client = first.tenant_with_key()
        put(client, "kept@kept.example.com", "en")
        campaign_id = campaign(client, "10:00", (0,), day_zero="immediately")
        wait_for(lambda: first.inbox("kept@kept.example.com"), 60, "the mail")
        headers = client.headers
        first.process.kill()
        first.process.wait(10)
    with running(home, "--no-demo") as second:
        with httpx.Client(base_url=second.url, headers=headers) as again:
            assert len(again.get("/v1/contacts").json()["data"]) == 1
            assert again.get(f"/v1/campaigns/{campaign_id}").json()["active"] is True
        time.sleep(3)
        assert len(second.inbox("kept@kept.example.com")) == 1
