"""The page of usage, and the banner of a quota that is nearly used up."""

import re

import asyncpg
import pytest

from tenantcrm.contacts.imports import service as imports
from tenantcrm.database import Database
from tenantcrm.settings import Settings
from tenantcrm.tenants.models import Mode
from tenantcrm.web.dashboard import limits
from tests.fixtures.web import Visitor
from tests.web.dashboard.conftest import add_contact, plain

PAGE = "/settings/usage"


@pytest.fixture
async def used(owner: Visitor, settings: Settings, tenant_of):
    """Sets the cap, and how many mails left within the hour."""
    tenant = await tenant_of(owner)
    place = settings.database_url.split("@")[1]
    past = await asyncpg.connect(f"postgresql://super@{place}")

    async def used(mails: int, cap: int | None) -> None:
        await past.execute("UPDATE tenants SET daily_cap = $1 WHERE id = $2", cap, tenant)
        await past.execute("DELETE FROM sending_hours WHERE tenant_id = $1", tenant)
        await past.execute(
            "INSERT INTO sending_hours (tenant_id, hour, kind, asked)"
            " VALUES ($1, date_trunc('hour', now()), 'drip', $2)",
            tenant,
            mails,
        )

    yield used
    await past.close()


async def test_without_a_quota(owner: Visitor):
    """A tenant without a cap is told so, with its contacts and rates."""
    await add_contact(owner, "ada@example.com")
    page = plain((await owner.get(PAGE)).text)
    assert "No quota" in page
    assert "Contacts 1" in page
    assert "Mails a second, in the last hour 0 of 10" in page
    assert "Imports that have not ended 0 of 10" in page
    assert "Invitations that wait 0 of 50" in page
    assert "Hard bounces in 7 days 0 of 0 mails Counts from 200 mails on." in page
    assert "Calls of the API with live keys, at this moment 0 of 3,000" in page
    assert "250 MB, 200 columns" in page
    assert "Nearly used up" not in page


@pytest.mark.parametrize(
    ("mails", "words"),
    [(79, ""), (80, "nearly used up"), (99, "nearly used up"), (100, "is used up")],
)
async def test_warned_at_80_and_100(owner: Visitor, used, mails: int, words: str):
    """From four fifths on a banner stands on every page, and at the end it says what waits."""
    await used(mails, 100)
    page = (await owner.get(PAGE)).text
    assert f'value="{mails}" max="100"' in page
    assert f"{mails} of 100" in page
    elsewhere = plain((await owner.get("/contacts")).text)
    assert ("Your quota of mails" in elsewhere) == bool(words)
    assert words in elsewhere
    assert ("What is due waits" in elsewhere) == (mails >= 100)


async def test_every_limit_warns(owner: Visitor, database: Database, tenant_of):
    """What has a limit says how much is used, and warns from four fifths on, here and at home."""
    tenant = await tenant_of(owner)
    await owner.post("/checklist", page="/", hide="1")
    there = 0
    for number, words in ((7, ""), (8, "Nearly used up"), (10, "Used up")):
        async with database.unit_of_work(tenant) as session:
            for _ in range(number - there):
                await imports.begin(session, mode=Mode.LIVE, actor="key:1", file_name="a.csv")
        there = number
        page, home = (await owner.get(PAGE)).text, (await owner.get("/")).text
        assert f"Imports that have not ended {number} of 10 ({number * 10} %)" in plain(page)
        said = f"Imports that have not ended: {number} of 10"
        assert (said in plain(page), said in plain(home)) == (bool(words), bool(words))
        assert words in plain(page)
        assert bool(re.search(r'href="/contacts/imports"[^>]*><span>See<', home)) == bool(words)


async def test_bounces_count_from_200_mails_on(owner: Visitor, used):
    """The share at which campaigns stop stands beside the tenant's own."""
    await used(400, None)
    page = plain((await owner.get(PAGE)).text)
    assert "Hard bounces in 7 days 0 % of 400 mails At 8 % your campaigns stop" in page
    assert "Spam reports in 7 days 0 % of 400 mails At 0.3 % your campaigns stop" in page


async def test_more_than_the_quota(owner: Visitor, used):
    """A cap that was lowered afterwards is used up, and drawn as full."""
    await used(150, 100)
    page = (await owner.get(PAGE)).text
    assert 'value="100" max="100"' in page
    assert "Used up" in page


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (0.034, "0.034"), (7.25, "7.2"), (100, "100"), (1234.5, "1,234")]
)
def test_figures_of_any_size(value: float, text: str):
    """A rate or a share is a number that people read, however large."""
    assert limits._figure(value) == text
