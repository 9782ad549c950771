"""Ten o'clock wherever a contact is, against `tenantcrm up` with the time machine."""

import re
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from tenantcrm import clock
from tests.fixtures.sandbox import Running, running, wait_for
from tests.sandbox.support import open_folder

RATE = 60.0
"""Seconds are minutes between the jumps: ten o'clock can be told from a quarter past."""
THURSDAY = datetime(2027, 3, 25, 19, 45, tzinfo=UTC)
"""Before the weekend on which Europe's clocks go forward: nowhere of these is it Friday yet, and
nowhere is ten o'clock of Thursday still to come."""
ZONES = (
    "Pacific/Kiritimati", "Pacific/Chatham", "Australia/Lord_Howe", "Asia/Tokyo", "Asia/Kathmandu",
    "Asia/Kolkata", "Europe/Berlin", "Europe/London", "America/St_Johns", "America/New_York",
    "America/Los_Angeles", "Pacific/Marquesas",
)  # fmt: skip
MESSAGES = {"Welcome": 0, "A tip": 1, "An offer": 3}
FRIDAY, MONDAY, TUESDAY = date(2027, 3, 26), date(2027, 3, 29), date(2027, 3, 30)
EXPECTED = {"Welcome": FRIDAY, "A tip": MONDAY, "An offer": TUESDAY}
"""Saturday's and Sunday's mails move on, and do not join or overtake each other."""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    arguments = ("--no-demo", "--day-lasts", str(86_400 / RATE))
    with open_folder() as folder, running(folder / "home", *arguments) as sandbox:
        yield sandbox


def jump(sandbox: Running, moment: datetime) -> None:
    """Make it ``moment`` there."""
    place = sandbox.home / "clock.json"
    assert place.exists()
    clock.write(place, clock.Reading(time.time(), moment.timestamp(), RATE))


def local(zone: str) -> str:
    return zone.rpartition("/")[2].replace("_", "").lower()


def contacts(client: httpx.Client) -> dict[str, str]:
    """One in each zone: zone to id."""
    made = {}
    for zone in ZONES:
        answer = client.put(
            f"/v1/contacts/by-email/{local(zone)}@zones.example.com", json={"timezone": zone}
        )
        assert answer.status_code == 201, answer.text
        made[zone] = answer.json()["id"]
    return made


def campaign(client: httpx.Client) -> str:
    body = {
        "name": "Around the world",
        "contact_filter": "",
        "preferred_send_time": "10:00",
        "timezone": "UTC",
        "zone_mode": "contact",
        "skip_weekdays": ["saturday", "sunday"],
        "sender": {"name": "Vinr", "email": "hi@example.com"},
        "messages": [
            {"subject": subject, "send_day": day, "html_template": "<p>Hello</p>"}
            for subject, day in MESSAGES.items()
        ],
    }
    answer = client.post("/v1/campaigns", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_ten_oclock_in_twelve_zones(sandbox: Running):
    """Each contact gets each mail at 10:00 of its own zone, on the days that the simulator said
    before, none of them on a day of rest; also where clocks change in between."""
    _tenant, client = sandbox.tenant_with_key()
    jump(sandbox, THURSDAY)
    people, campaign_id = contacts(client), campaign(client)
    # The first ten o'clock of Friday is Kiritimati's, on Thursday at 20:00 UTC.
    simulated: dict[str, list[tuple[str, datetime]]] = {}
    for zone, contact_id in people.items():
        answer = client.post(
            f"/v1/campaigns/{campaign_id}/simulate", json={"contact_id": contact_id}
        )
        assert answer.status_code == 200, answer.text
        simulated[zone] = [
            (mail["subject"], datetime.fromisoformat(mail["at"])) for mail in answer.json()["mails"]
        ]
    assert client.post(f"/v1/campaigns/{campaign_id}/activate").status_code == 200

    instants = sorted({at for mails in simulated.values() for _, at in mails})
    expected = 0
    for instant in instants:
        jump(sandbox, instant - timedelta(seconds=10))
        expected += sum(at == instant for mails in simulated.values() for _, at in mails)
        wait_for(lambda n=expected: len(sandbox.inbox()) >= n, 20, f"the mails of {instant}")
    jump(sandbox, instants[-1] + timedelta(days=2))
    time.sleep(1)

    got = defaultdict(list)
    for mail in sandbox.inbox():
        name = re.search(r"(\w+)@zones", mail["to"])
        assert name
        got[name[1]].append((mail["subject"], datetime.fromisoformat(mail["received_at"])))
    for zone, mails in simulated.items():
        assert [subject for subject, _ in got[local(zone)]] == list(MESSAGES)
        for (subject, at), (_, received) in zip(mails, got[local(zone)], strict=True):
            there = received.astimezone(ZoneInfo(zone))
            assert there.date() == EXPECTED[subject], zone
            assert (there.hour, there.minute // 15) == (10, 0), zone
            assert timedelta(0) <= received - at < timedelta(minutes=15), zone


def test_nothing_goes_late_after_two_days_away(sandbox: Running):
    """What fell into an outage of two days is skipped and says so; the rest goes on its days."""
    _tenant, client = sandbox.tenant_with_key("Away")
    zone = ZoneInfo("Europe/London")
    first = datetime(2027, 4, 6, 10, tzinfo=zone)
    jump(sandbox, first - timedelta(hours=1))
    email = "ada@away.example.com"
    assert client.put(f"/v1/contacts/by-email/{email}", json={}).status_code == 201
    body = {
        "name": "Daily",
        "contact_filter": "",
        "preferred_send_time": "10:00",
        "timezone": zone.key,
        "late_limit_hours": 12,
        "active": True,
        "sender": {"name": "Vinr", "email": "hi@example.com"},
        "messages": [
            {"subject": f"Day {day}", "send_day": day, "html_template": "<p>Hello</p>"}
            for day in range(5)
        ],
    }
    campaign_id = client.post("/v1/campaigns", json=body).json()["id"]
    jump(sandbox, first - timedelta(seconds=10))
    wait_for(lambda: len(sandbox.inbox(email)) == 1, 20, "day 0")
    # Nobody was there on days 1 and 2; it is the night before day 3.
    jump(sandbox, first + timedelta(days=2, hours=17))

    def rows() -> list[dict[str, str]]:
        return client.get(f"/v1/campaigns/{campaign_id}/deliveries").json()["data"]

    skipped = wait_for(
        lambda: [row for row in rows() if row["state"] == "skipped"][1:], 20, "what is too late"
    )
    assert all("later than its campaign allows" in row["why"] for row in skipped)
    assert len(sandbox.inbox(email)) == 1
    for day in (3, 4):
        jump(sandbox, first + timedelta(days=day, seconds=-10))
        wait_for(lambda day=day: len(sandbox.inbox(email)) == day - 1, 20, f"day {day}")
    mails = sandbox.inbox(email)
    assert [mail["subject"] for mail in mails] == ["Day 0", "Day 3", "Day 4"]
    for mail in mails:
        there = datetime.fromisoformat(mail["received_at"]).astimezone(zone)
        assert (there.hour, there.minute // 15) == (10, 0)
