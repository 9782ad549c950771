"""Bulk actions: what they say before, what they do, and that nothing is done twice or by halves."""

import re
from html import unescape
from uuid import UUID

import pytest
from sqlalchemy import text

from tenantcrm.database import Database
from tenantcrm.delivery import bulk_actions
from tenantcrm.delivery.bulk_actions import BulkActions
from tests.fixtures.web import Visitor
from tests.web.dashboard.conftest import activated, add_contact, plain, went_to

MAKE = """
INSERT INTO contacts (tenant_id, id, mode, email, email_key, email_hash, name, attributes, folded,
  status, created_at, updated_at)
SELECT :t, uuid_v7(), 'live', 'p' || n || '@example.com', 'p' || n || '@example.com',
  sha256(('p' || n)::bytea), 'Person ' || n, a, a, 'subscribed', now(), now()
FROM generate_series(1, :n) AS n,
  LATERAL (SELECT jsonb_build_object('plan', CASE n % 2 WHEN 0 THEN 'pro' ELSE 'free' END) AS a)
"""


@pytest.fixture
async def many(owner: Visitor, database: Database, tenant_of) -> UUID:
    """A tenant with 2,500 contacts, every second one on the plan pro."""
    tenant = await tenant_of(owner)
    async with database.unit_of_work(tenant) as session:
        await session.execute(text(MAKE), {"t": tenant, "n": 2_500})
    return tenant


async def count(owner: Visitor, filter_text: str) -> str:
    page = (await owner.get("/contacts", params={"filter": filter_text})).text
    found = re.search(r'id="contact-count"[^>]*>([^<]*)<', page)
    assert found
    return found.group(1)


async def ask(owner: Visitor, what: str, **query: str) -> str:
    answer = await owner.get("/contacts/bulk", params={"what": what, **query})
    assert answer.status_code == 200, answer.text
    return answer.text


async def begin(owner: Visitor, page: str, **fields: str):
    """Press the button of a page that asks."""
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    action = re.search(r'<form method="post" action="(/contacts/bulk[^"]*)"', page)
    assert action
    return await owner.http.post(unescape(action.group(1)), data={**hidden, **fields})


async def test_all_that_match_are_changed(owner: Visitor, database: Database, many):
    """The page says how many and what it means; the worker changes them all, and says so."""
    page = await ask(owner, "set", all="1", filter="plan = pro")
    assert "Set an attribute of 1,250 contacts" in page
    assert "Whoever then matches a running campaign may enter it" in page
    bulk = went_to(await begin(owner, page, attribute="seats", value="7"))
    running = (await owner.get(bulk)).text
    assert "0 of 1,250" in running
    assert "every 1s" in running
    await BulkActions(database).sweep()
    done = plain((await owner.get(bulk)).text)
    assert "1,250 contacts changed." in done
    assert await count(owner, "seats = 7") == "1,250 contacts match"
    assert await count(owner, "seats = 7 AND plan = free") == "0 contacts match"
    person = await owner.get("/contacts", params={"filter": "email = p2@example.com"})
    path = re.search(r'href="(/contacts/[0-9a-f]{32})"', person.text)
    assert path
    assert "Changed" in plain((await owner.get(path.group(1))).text)


async def test_twice_is_as_good_as_once(owner: Visitor, database: Database, many):
    """A second press of the same page leads to the same action."""
    page = await ask(owner, "clear", all="1")
    first = went_to(await begin(owner, page, attribute="plan"))
    assert went_to(await begin(owner, page, attribute="plan")) == first
    await BulkActions(database).sweep()
    assert "2,500 contacts changed" in (await owner.get(first)).text
    again = went_to(await begin(owner, await ask(owner, "clear", all="1"), attribute="plan"))
    await BulkActions(database).sweep()
    assert "0 contacts changed" in (await owner.get(again)).text


async def test_erasing_asks_for_the_number(owner: Visitor, database: Database):
    """Nothing is erased until the number is typed; then those are gone, and nobody else."""
    for n in range(3):
        await add_contact(owner, f"p{n}@example.com", attributes="plan: pro")
    await add_contact(owner, "kept@example.com", attributes="plan: free")
    page = await ask(owner, "erase", all="1", filter="plan = pro")
    assert "cannot be brought back" in page
    refused = await begin(owner, page, confirm="2")
    assert refused.status_code == 422
    assert "Type 3" in refused.text
    await add_contact(owner, "p9@example.com", attributes="plan: pro")
    changed = await begin(owner, page, confirm="3")
    assert "There are 4 by now" in changed.text
    bulk = went_to(await begin(owner, page, confirm="4"))
    await BulkActions(database).sweep()
    assert "4 contacts erased" in (await owner.get(bulk)).text
    listed = (await owner.get("/contacts")).text
    assert "kept@example.com" in listed
    assert "p0@example.com" not in listed


@pytest.mark.parametrize("what", ["erase", "unsubscribe", "set", "clear"])
async def test_only_those_who_were_counted(owner: Visitor, database: Database, many, what):
    """Who comes to match before the worker is there is left alone, and so is who no longer does."""
    left = "plan = rare AND status = subscribed"
    fields = {"attribute": "plan", "value": "team"} | ({"confirm": "1"} if what == "erase" else {})
    await change(database, many, 1, "rare")
    bulk = went_to(
        await begin(owner, await ask(owner, what, all="1", filter="plan = rare"), **fields)
    )
    for n in (3, 5, 2_499):
        await change(database, many, n, "rare")
    await BulkActions(database).sweep()
    assert "1 contact " in plain((await owner.get(bulk)).text)
    assert await count(owner, left) == "3 contacts match"
    page = await ask(owner, "clear", all="1", filter=left)
    bulk = went_to(await begin(owner, page, attribute="plan"))
    await change(database, many, 3, "free")
    await BulkActions(database).sweep()
    assert await count(owner, left) == "0 contacts match"
    assert "2 contacts changed" in (await owner.get(bulk)).text
    await names_nobody(database, many)


async def names_nobody(database: Database, tenant: UUID) -> None:
    """What has ended keeps no filter, no value and no id of anybody."""
    async with database.unit_of_work(tenant) as session:
        assert not await session.fetch("SELECT last_id FROM bulk_pieces")
        rows = await session.fetch(
            "SELECT filter, search, contact_ids, after_id, value "
            "FROM bulk_actions WHERE state <> 'running'"
        )
    assert {tuple(row.values()) for row in rows} == {("", "", None, None, None)}


async def change(database: Database, tenant: UUID, n: int, plan: str) -> None:
    async with database.unit_of_work(tenant) as session:
        await session.fetch(
            "UPDATE contacts SET attributes = jsonb_build_object('plan', $3::text),"
            " folded = jsonb_build_object('plan', $3::text) WHERE tenant_id = $1 AND email = $2",
            tenant,
            f"p{n}@example.com",
            plan,
        )


async def test_unsubscribing_those_who_are_picked(owner: Visitor, database: Database, tenant_of):
    """Those whose boxes are ticked leave their campaigns and stay as unsubscribed."""
    paths = [await add_contact(owner, f"p{n}@example.com") for n in range(3)]
    ids = [path.rsplit("/", 1)[1] for path in paths]
    answer = await owner.http.get(
        "/contacts/bulk", params=[("what", "unsubscribe"), ("id", ids[0]), ("id", ids[1])]
    )
    assert "Unsubscribe 2 contacts" in answer.text
    bulk = went_to(await begin(owner, answer.text))
    await BulkActions(database).sweep()
    assert "2 contacts unsubscribed" in (await owner.get(bulk)).text
    assert await count(owner, "status = unsubscribed") == "2 contacts match"
    assert "Unsubscribed" in plain((await owner.get(paths[0])).text)
    await names_nobody(database, await tenant_of(owner))


async def test_stopped_in_the_middle(owner: Visitor, database: Database, many, monkeypatch):
    """What was done before Stop stays done; nothing more is."""
    monkeypatch.setattr(bulk_actions, "BUDGET", 0.0)
    monkeypatch.setattr(bulk_actions, "SET_AT_ONCE", 1_000)
    bulk = went_to(await begin(owner, await ask(owner, "clear", all="1"), attribute="plan"))
    worker = BulkActions(database)
    await worker._round()
    assert "1,000 of 2,500" in (await owner.get(bulk)).text
    assert went_to(await owner.post(f"{bulk}/cancel", page=bulk)) == bulk
    assert not await worker._round()
    stopped = plain((await owner.get(bulk)).text)
    assert "1,000 contacts changed before it was stopped." in stopped
    await names_nobody(database, many)
    assert await count(owner, "plan:*") == "1,500 contacts match"


async def test_a_batch_that_fails_is_done_again(
    owner: Visitor, database: Database, many, monkeypatch
):
    """A worker that dies in a batch leaves nothing of it; the next one goes on behind the last."""
    bulk = went_to(await begin(owner, await ask(owner, "clear", all="1"), attribute="plan"))
    worker = BulkActions(database)
    await worker._round()

    async def dies(*_args: object, **_more: object) -> None:
        raise SystemExit

    with monkeypatch.context() as broken, pytest.raises(SystemExit):
        broken.setattr(bulk_actions.repository, "calm", dies)
        await worker._round()
    assert "1,000 of 2,500" in (await owner.get(bulk)).text
    await BulkActions(database).sweep()
    assert "2,500 contacts changed" in (await owner.get(bulk)).text


async def test_unsubscribing_takes_people_out_of_campaigns(owner: Visitor, database: Database):
    """Whoever is unsubscribed in bulk is no longer in the campaign."""
    campaign = await activated(owner, contact_filter="")
    await add_contact(owner, "ada@example.com")
    bulk = went_to(await begin(owner, await ask(owner, "unsubscribe", all="1")))
    await BulkActions(database).sweep()
    assert "1 contact unsubscribed" in (await owner.get(bulk)).text
    assert "ada@example.com" not in (await owner.get(f"{campaign}/people?state=active")).text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"attribute": "Bad Name", "value": "x"}, "lower-case letters"),
        ({"attribute": "", "value": "x"}, "Name the attribute"),
        ({"attribute": "plan", "value": ""}, "Type a value"),
        ({"attribute": "plan", "value": "x" * 1001}, "at most 1000"),
        ({"attribute": "born", "value": "2026-02-30"}, "no such date"),
    ],
)
async def test_an_attribute_that_cannot_be(owner: Visitor, fields, words):
    """It is refused with what was expected, and what was typed stays."""
    await add_contact(owner, "ada@example.com")
    answer = await begin(owner, await ask(owner, "set", all="1"), **fields)
    assert answer.status_code == 422
    assert words in unescape(answer.text)


async def test_nobody_is_picked(owner: Visitor):
    """Without a tick the list comes back and says what to do."""
    await add_contact(owner, "ada@example.com")
    answer = await owner.get("/contacts/bulk", params={"what": "erase", "q": "ada"})
    assert answer.headers["location"] == "/contacts?q=ada"
    assert (await owner.get("/contacts/bulk?what=nonsense&all=1")).status_code == 404
