"""The page of the audit log."""

import csv
import io
import secrets
from uuid import UUID

import asyncpg
import pytest

from tenantcrm.settings import Settings
from tests.fixtures.web import Visitor
from tests.web.dashboard.conftest import SETTINGS, plain, went_to

PAGE = "/settings/audit"
HTMX = {"HX-Request": "true"}


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


async def test_says_who_did_what(owner: Visitor):
    """A change stands there with its author, its name, and what was and is."""
    await owner.post("/settings/account", name="Ada Lovelace")
    await owner.post("/settings", **(SETTINGS | {"name": "Bean & Leaf", "cap_mails": ""}))
    await owner.post("/keys", name="Backend", mode="live", **{"scope:contacts:read": "1"})
    page = plain((await owner.get(PAGE)).text)
    assert "Ada Lovelace changed settings" in page
    assert "Vinr Bean &amp; Leaf" in page
    assert "Ada Lovelace created API key" in page
    assert "contacts:read" in page


async def test_nothing_changed_is_nothing(owner: Visitor):
    """Saving settings as they are is no change."""
    sender = f"hi@{secrets.token_hex(6)}.example.com"
    for _ in range(2):
        await owner.post("/settings", **(SETTINGS | {"sender_email": sender}))
    rows = rows_of((await owner.get(f"{PAGE}.csv")).text)
    assert [row["what"] for row in rows].count("Settings") == 1


@pytest.fixture
async def many(owner: Visitor, settings: Settings, tenant_of) -> UUID:
    """A hundred and twenty entries of two actors, an hour apart; gives one subject's id."""
    tenant = await tenant_of(owner)
    place = settings.database_url.split("@")[1]
    connection = await asyncpg.connect(f"postgresql://super@{place}")
    campaign = UUID(bytes=secrets.token_bytes(16), version=4)
    await connection.execute(
        """
        INSERT INTO audit_entries
        SELECT $1, uuid_v7(), timestamptz '2026-03-01 00:30Z' + n * interval '1 hour',
          CASE WHEN n % 2 = 0 THEN 'system' ELSE 'command' END, 'changed',
          CASE WHEN n < 100 THEN 'domain' ELSE 'campaign' END,
          CASE WHEN n < 100 THEN NULL ELSE $2::uuid END, '=' || n, '{"name": ["a\\nb", "a\\nc"]}'
        FROM generate_series(1, 120) n
        """,
        tenant,
        campaign,
    )
    await connection.close()
    return campaign


async def test_page_by_page(owner: Visitor, many: UUID):
    """Every entry is on one page, the newest first; the cursor of another filter is no fault."""
    del many
    names, address = [], f"{PAGE}?until=2026-12-31&since=2026-01-01"
    while address:
        page = (await owner.get(address, headers=HTMX)).text
        assert "<html" not in page
        names += [part.split("<")[0] for part in page.split("“=")[1:]]
        more = page.split('rel="next"')[0].rsplit('href="', 1)
        address = more[1].split('"')[0].replace("&amp;", "&") if 'rel="next"' in page else ""
    found = [name.rstrip("”") for name in names]
    named = [int(name) for name in found if name.isdigit()]
    assert named == sorted(named, reverse=True)
    assert set(named) >= set(range(1, 100))
    assert (await owner.get(f"{PAGE}?after=nonsense")).status_code == 200


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("actor=command", 60),
        ("subject=campaign", 21),
        ("actor=system&subject=campaign", 11),
        ("since=2026-03-02&until=2026-03-02", 24),
        ("since=2026-03-05", 25),
        ("subject=nothing", 0),
        ("actor=%00", 0),
    ],
)
async def test_filters(owner: Visitor, many: UUID, query: str, count: int):
    """Filters work together and in the download as well; days are those of the tenant's zone."""
    del many
    rows = rows_of((await owner.get(f"{PAGE}.csv?{query}")).text)
    assert sum(row["name"].startswith("'=") for row in rows) == count
    assert (await owner.get(f"{PAGE}?{query}")).status_code == 200


async def test_one_thing(owner: Visitor, many: UUID):
    """The history of one thing is a click away."""
    page = (await owner.get(f"{PAGE}?subject=campaign")).text
    assert f"{PAGE}?subject=campaign&amp;id={many.hex}" in page
    rows = rows_of((await owner.get(f"{PAGE}.csv?subject=campaign&id={many.hex}")).text)
    assert len(rows) == 21
    assert rows[0]["changes"] == "Name: a\nb → a\nc"


@pytest.mark.parametrize(
    "query",
    [
        "since=yesterday",
        "until=2026-13-01",
        "id=x",
        "since=9999-12-31&until=9999-12-31",
        "since=0001-01-01",
    ],
)
async def test_odd_filters(owner: Visitor, query: str):
    """What cannot be read says so, and breaks nothing."""
    assert went_to(await owner.post("/settings", **(SETTINGS | {"timezone": "Asia/Tokyo"})))
    assert (await owner.get(f"{PAGE}?{query}")).status_code == 200
    assert (await owner.get(f"{PAGE}.csv?{query}")).status_code == 200


async def test_a_difference_of_lines(owner: Visitor, many: UUID):
    """Longer texts are compared line by line."""
    del many
    page = (await owner.get(PAGE)).text
    assert 'class="diff-removed">-b<' in page
    assert 'class="diff-added">+c<' in page
