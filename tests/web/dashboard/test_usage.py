"""The page of usage, and the banner of a quota that is nearly used up."""

import asyncpg
import pytest

from tenantcrm.settings import Settings
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
    assert "Mails a second 10" in page


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


async def test_more_than_the_quota(owner: Visitor, used):
    """A cap that was lowered afterwards is used up, and drawn as full."""
    await used(150, 100)
    page = (await owner.get(PAGE)).text
    assert 'value="100" max="100"' in page
    assert "Used up" in page
