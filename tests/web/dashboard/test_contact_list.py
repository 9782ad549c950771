"""The list of contacts: sorted, paged both ways, with columns; one address says all of it."""

import re
from html import unescape

import pytest
from sqlalchemy import text

from tenantcrm.contacts.service import lists, sizes
from tenantcrm.database import Database
from tests.fixtures.web import Visitor
from tests.web.dashboard.conftest import add_contact

PEOPLE = {
    "c@example.com": "Ada",
    "a@example.com": "",
    "b@example.com": "zoe",
    "d@example.com": "Émile",
}
MAKE = """
INSERT INTO contacts (tenant_id, id, mode, email, email_key, email_hash, name, attributes, folded,
  status, created_at, updated_at)
SELECT :t, uuid_v7(), 'live', 'p' || n || '@example.com', 'p' || n || '@example.com',
  sha256(('p' || n)::bytea), CASE WHEN n % 3 > 0 THEN 'Person ' || n % 40 END, '{}', '{}',
  'subscribed', now(), now() FROM generate_series(1, :n) AS n
"""


def emails(page: str) -> list[str]:
    return re.findall(r"<bdi>([^<]*@example\.com)</bdi></a>", page)


def link(page: str, rel: str) -> str:
    found = re.search(rf'href="([^"]*)"[^>]*rel="{rel}"', page)
    return unescape(found.group(1)) if found else ""


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", "dbac"), ("added", "cabd"), ("email", "abcd"), ("-email", "dcba"),
        ("name", "cbda"), ("-name", "dbca"), ("nonsense", "dbac"),
    ],
)  # fmt: skip
async def test_sorted(owner: Visitor, sort: str, order: str):
    """By address, name or time, either way; whoever has no name comes last, both ways."""
    for email, name in PEOPLE.items():
        await add_contact(owner, email, name=name)
    page = (await owner.get("/contacts", params={"sort": sort})).text
    assert "".join(email[0] for email in emails(page)) == order


@pytest.mark.parametrize("sort", ["", "added", "email", "-name", "name", "-updated"])
async def test_every_page_forth_and_back(owner: Visitor, database: Database, tenant_of, sort: str):
    """Next leads through all of them once, Previous back over the same pages."""
    tenant = await tenant_of(owner)
    async with database.unit_of_work(tenant) as session:
        await session.execute(text(MAKE), {"t": tenant, "n": 130})
    pages = [(await owner.get("/contacts", params={"sort": sort, "q": "p"})).text]
    assert link(pages[0], "prev") == ""
    while link(pages[-1], "next"):
        pages.append((await owner.get(link(pages[-1], "next"))).text)
    seen = [email for page in pages for email in emails(page)]
    assert len(pages) == 3
    assert len(seen) == len(set(seen)) == 130
    back = pages[-1]
    for page in (pages[1], pages[0]):
        back = (await owner.get(link(back, "prev"))).text
        assert emails(back) == emails(page)
    assert link(back, "prev") == ""
    assert link(back, "next")


async def test_columns_are_chosen(owner: Visitor):
    """Any field and any attribute can be a column; the choice is in the address and stays there."""
    await add_contact(owner, "ada@example.com", attributes='plan: pro\nnote: "<b>bold</b>"')
    query = {"columns": "chosen", "column": ["a.plan", "a.note", "updated"], "q": "ada"}
    page = (await owner.get("/contacts", params=query)).text
    assert re.search(r'<th scope="col"[^>]*>plan</th>', page)
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert "<b>bold" not in page
    assert "column=a.plan&amp;column=a.note&amp;column=updated&amp;sort" not in page
    assert "column=a.plan" in page
    bare = (await owner.get("/contacts", params={"columns": "chosen"})).text
    assert "Status</th>" not in bare


async def test_one_address_for_one_list(owner: Visitor):
    """A filter that was built in rows becomes the same address as one that was written."""
    await add_contact(owner, "ada@example.com", attributes="plan: pro")
    rows = {
        "filter.as": "rows", "filter.join": "all", "filter.0.of": "plan", "filter.0.op": "is",
        "filter.0.value": "pro", "q": "ada", "sort": "email",
    }  # fmt: skip
    answer = await owner.get("/contacts", params=rows)
    assert answer.headers["location"] == "/contacts?q=ada&filter=plan+%3D+%22pro%22&sort=email"
    page = (await owner.get(answer.headers["location"])).text
    assert "1 contact matches" in page
    assert "ada@example.com" in page
    assert 'value="pro"' in page


async def test_a_row_that_is_not_complete(owner: Visitor):
    """Applied without a value, the row says what is missing; with a button, the builder stays."""
    rows = {"filter.as": "rows", "filter.0.of": "plan", "filter.0.op": "is", "filter.0.value": ""}
    refused = await owner.get("/contacts", params=rows)
    assert refused.status_code == 422
    assert "Type a value" in refused.text
    more = await owner.get("/contacts", params=rows | {"filter.do": "add"})
    assert more.status_code == 200
    assert more.text.count('<li class="filter-row') == 2


async def test_many_contacts_are_counted_about(
    owner: Visitor, database: Database, tenant_of, monkeypatch
):
    """Beyond what is counted at once the heading says about; a search begins at the beginning."""
    monkeypatch.setattr(sizes, "COUNTED", 100)
    monkeypatch.setattr(lists, "QUICK", 60)
    tenant = await tenant_of(owner)
    async with database.unit_of_work(tenant) as session:
        await session.execute(text(MAKE), {"t": tenant, "n": 150})
    page = (await owner.get("/contacts")).text
    assert re.search(r"heading-count[^>]*>about \d+<", page)
    found = (await owner.get("/contacts?q=p14")).text
    assert emails(found) == [f"p{n}@example.com" for n in (*range(149, 139, -1), 14)]
    assert "Found by the beginning" in found
    assert "11 contacts match" in found
    assert "/contacts/count?q=p" in (await owner.get("/contacts?q=p")).text
    counted = await owner.get("/contacts/count?q=p14", headers={"HX-Request": "true"})
    assert counted.text.strip() == "11 contacts match"
    assert emails((await owner.get("/contacts?q=49@ex")).text) == []
    inside = (await owner.get("/contacts?q=49@ex&anywhere=1")).text
    assert emails(inside) == ["p149@example.com", "p49@example.com"]
    assert "p14@example.com" in (await owner.get("/contacts?q=person 14")).text


async def test_looking_takes_longer_than_a_page(
    owner: Visitor, database: Database, tenant_of, monkeypatch
):
    """A page that would take too long says that it looks, and leads to where it waits."""
    monkeypatch.setattr(sizes, "COUNTED", 100)
    tenant = await tenant_of(owner)
    async with database.unit_of_work(tenant) as session:
        await session.execute(text(MAKE), {"t": tenant, "n": 5000})
    monkeypatch.setattr(lists, "QUICK", 0.001)
    # Each contact is asked some hundred things, which takes all of them more than a millisecond.
    words = " OR ".join(f"plan = p{n}" for n in range(100))
    page = (await owner.get("/contacts", params={"filter": words})).text
    assert "Looking through" in page
    assert "No contacts match" not in page
    waiting = re.search(r'hx-get="([^"]*wait=1)"', page)
    assert waiting
    found = (await owner.get(unescape(waiting[1]))).text
    assert "No contacts match" in found
    assert "Looking through" not in found


async def test_names_that_nobody_expects(owner: Visitor):
    """HTML, emoji, right-to-left and long text stand where they are and break nothing."""
    name = '<script>alert(1)</script> "שלום" 👩‍🚀'
    path = await add_contact(owner, "ada@example.com", name=name, attributes=f"note: {'x' * 1000}")
    for address in ("/contacts", path, f"{path}/edit"):
        page = (await owner.get(address)).text
        assert "<script>alert" not in page
        assert "👩‍🚀" in page
