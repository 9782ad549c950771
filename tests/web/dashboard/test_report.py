"""A campaign's report: every number opens exactly what it counts."""

import csv
import io
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest

from tenantcrm import clock
from tenantcrm.campaigns.models import Enrollment
from tenantcrm.database import Database
from tenantcrm.delivery.models import Delivery
from tests.delivery.world import World
from tests.fixtures.web import Visitor
from tests.web.dashboard.conftest import plain

Tenant = Callable[[Visitor], Awaitable[UUID]]
NUMBER = re.compile(r'<a href="(/(?:sends\?|campaigns/[0-9a-f]{32}/people)[^"]*)">([\d,]+)')
TOTAL = re.compile(r'id="total">([\d,]+)<')
OUTCOMES = (
    {"state": "delivered", "sent_at": 0, "delivered_at": 0, "opened_at": 0, "clicked_at": 0},
    {"state": "delivered", "sent_at": 0, "delivered_at": 0, "opened_at": 0},
    {"state": "delivered", "sent_at": 0, "delivered_at": 0, "machine_at": 0},
    {"state": "bounced", "sent_at": 0, "bounced_at": 0, "bounce": "hard"},
    {"state": "complained", "sent_at": 0, "complained_at": 0},
    {"state": "sent", "sent_at": 0, "unsubscribed_at": 0},
    {"state": "skipped", "reason": "late"},
    {"state": "skipped", "reason": "exited"},
    {"state": "failed", "reason": "MessageRejected"},
    {"state": "unknown", "reason": "no_answer"},
)


@pytest.fixture
async def world(database: Database, owner: Visitor, tenant_of: Tenant) -> World:
    return World(database, await tenant_of(owner))


async def sends(world: World) -> list[Delivery]:
    """The mails of campaigns: who signs up gets one of ours."""
    return [mail for mail in await world.mails() if mail.message_id is not None]


async def mailed(world: World) -> str:
    """A campaign of whose mails everything has become; gives its page."""
    contacts = [await world.contact() for _ in range(len(OUTCOMES) + 1)]
    campaign = await world.campaign(0, 2, track_opens=True)
    await world.due(*contacts, campaign_id=campaign)
    now = clock.now()
    for mail, outcome in zip(await sends(world), OUTCOMES, strict=False):
        values = {name: now if value == 0 else value for name, value in outcome.items()}
        await world.change(Delivery, mail.id, **values)
    people = await world.all(Enrollment)
    await world.change(Enrollment, people[0].id, state="finished", ended_at=now)
    for person, reason in zip(people[1:4], ("unmatched", "unmatched", "suppressed"), strict=True):
        await world.change(Enrollment, person.id, state="exited", exit_reason=reason, ended_at=now)
    return f"/campaigns/{campaign.hex}"


async def numbers(visitor: Visitor, path: str) -> list[tuple[str, int]]:
    """The numbers of a page that can be followed: address and value."""
    page = (await visitor.get(path)).text.split('class="report-period"')[1]
    return [(unescape(href), int(n.replace(",", ""))) for href, n in NUMBER.findall(page)]


async def listed(visitor: Visitor, path: str) -> tuple[int, int]:
    """How many a list says it has, and how many it has, page by page."""
    rows, total = 0, None
    while path:
        page = (await visitor.get(path)).text
        said = TOTAL.search(page)
        assert said, path
        total = total if total is not None else int(said[1].replace(",", ""))
        rows += page.split("<tbody")[-1].count("<tr")
        more = re.search(r'href="([^"]*after=[^"]*)"', page)
        path = unescape(more[1]) if more else ""
    assert total is not None
    return total, rows


async def test_every_number_opens_what_it_counts(owner: Visitor, world: World):
    """Each number of the report leads to a list of that length, whose heading says so."""
    campaign = await mailed(world)
    found = await numbers(owner, f"{campaign}/report")
    assert len(found) > 25
    for href, number in found:
        assert number > 0
        assert await listed(owner, href) == (number, number), href


async def test_what_it_says(owner: Visitor, world: World):
    """The funnel counts people, the table mails; opens are told for what they are."""
    campaign = await mailed(world)
    page = plain((await owner.get(f"{campaign}/report")).text)
    for words in (
        "Entered 11", "Sent 6", "Delivered 4", "Clicked 1", "Finished 1",
        "too late", "1 for good", "Opens are counted by images",
    ):  # fmt: skip
        assert words in page, (words, page[page.index("How far people") :][:400])
    funnel = page.split("How far people came")[1].split("Who left, and why")[0]
    assert [int(n) for n in re.findall(r"(?<![\d.])(\d+)(?![\d.]* %)", funnel)][:5] == [
        11,
        6,
        4,
        1,
        1,
    ]


async def test_a_period(owner: Visitor, world: World):
    """A period is in the address, and its numbers open what lies in it; others are zero."""
    campaign = await mailed(world)
    today = clock.now().date()
    around = f"from={today - timedelta(days=1)}&to={today + timedelta(days=1)}"
    for href, number in await numbers(owner, f"{campaign}/report?{around}"):
        assert around in href
        assert await listed(owner, href) == (number, number), href
    before = f"to={today - timedelta(days=3)}"
    assert await numbers(owner, f"{campaign}/report?{before}") == []
    page = (await owner.get(f"{campaign}/report?{before}")).text
    assert "Nothing was sent in this period" in page


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("from=yesterday", "is not a day; expected one such as 2026-11-29"),
        ("to=0001-01-01", "is not a day"),
        ("from=2026-02-02&to=2026-01-01", "The last day is before the first one"),
    ],
)
async def test_no_such_period(owner: Visitor, world: World, query: str, words: str):
    """A period that cannot be is told, what was typed stays, and the report is shown whole."""
    campaign = await mailed(world)
    for path in (f"{campaign}/report", "/sends"):
        answer = await owner.get(f"{path}?{query}")
        assert answer.status_code == 200
        assert words in unescape(answer.text)


async def test_without_anything(owner: Visitor, world: World):
    """A campaign that has sent nothing has a report of zeros, without a link to nobody."""
    campaign = await world.campaign(0)
    assert await numbers(owner, f"/campaigns/{campaign.hex}/report") == []
    page = plain((await owner.get(f"/campaigns/{campaign.hex}/report")).text)
    assert "Nothing was sent in this period" in page
    assert "Clicks are not counted: tracking is off" in page
    assert "Clicked 0" not in page, "nobody is said to have clicked where nobody counts"


async def test_as_files(owner: Visitor, world: World):
    """Messages and days are CSV; a subject that a spreadsheet would run is made text."""
    campaign = await world.campaign(0)
    (message,) = await world.messages(campaign)
    await world.change(type(message), message.id, subject="=HYPERLINK(1)")
    await world.due(await world.contact(), campaign_id=campaign)
    (mail,) = await sends(world)
    await world.change(Delivery, mail.id, state="sent", sent_at=clock.now())
    base = f"/campaigns/{campaign.hex}/report"
    answer = await owner.get(f"{base}/messages.csv")
    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (row["subject"], row["sent"], row["waiting"]) == ("'=HYPERLINK(1)", "1", "0")
    answer = await owner.get(f"{base}/days.csv")
    (day,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (day["sent"], day["delivered"]) == ("1", "0")


async def test_a_rival_sees_nothing(owner: Visitor, rival: Visitor, world: World):
    """Of another tenant's campaign there is no report, no file, and no list of people."""
    campaign = await mailed(world)
    assert (await owner.get(f"{campaign}/report")).status_code == 200
    for path in ("report", "report/messages.csv", "report/days.csv", "people"):
        assert (await rival.get(f"{campaign}/{path}")).status_code == 404
    assert await listed(rival, f"/sends?campaign={campaign.rsplit('/', 1)[1]}") == (0, 0)
