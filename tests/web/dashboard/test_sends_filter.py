"""The filter of the ledger, its export, and subjects as recipients see them."""

import csv
import io
import re
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from tenantcrm import clock
from tenantcrm.contacts.models import Contact
from tenantcrm.database import Database
from tenantcrm.delivery.models import Delivery
from tests.delivery.world import World
from tests.fixtures.web import Visitor
from tests.web.dashboard.conftest import plain

Tenant = Callable[[Visitor], Awaitable[UUID]]


@pytest.fixture
async def world(database: Database, owner: Visitor, tenant_of: Tenant) -> World:
    return World(database, await tenant_of(owner))


async def shown(visitor: Visitor, query: str) -> int:
    page = (await visitor.get(f"/sends?{query}")).text
    return len(set(re.findall(r'href="/sends/([0-9a-f]{32})"', page)))


async def test_by_everything(owner: Visitor, world: World):
    """Campaign, message, recipient and outcome narrow the list, and so do all of them together."""
    ada, bob = [await world.contact(email=f"{name}@example.com") for name in ("ada", "bob")]
    first, other = await world.campaign(0, 2), await world.campaign(0)
    await world.due(ada, bob, campaign_id=first)
    await world.due(ada, campaign_id=other)
    (message, unused) = await world.messages(first)
    mail = next(m for m in await world.mails() if m.campaign_id == first and m.contact_id == ada)
    await world.change(Delivery, mail.id, state="sent", sent_at=clock.now())
    for query, number in (
        ("", 3),
        (f"campaign={first.hex}", 2),
        (f"campaign={first.hex}&message={message.id.hex}", 2),
        (f"campaign={first.hex}&message={unused.id.hex}", 0),
        (f"contact={ada.hex}", 2),
        ("email=ADA@example.com", 2),
        ("state=waiting", 2),
        ("state=sent", 1),
        (f"campaign={first.hex}&email=ada%40example.com&state=sent", 1),
        (f"campaign={first.hex}&email=bob%40example.com&state=sent", 0),
    ):
        assert await shown(owner, query) == number, query


@pytest.mark.parametrize(
    ("email", "words"),
    [("nobody@example.com", "No contact has this address"), ("nonsense", "address")],
)
async def test_no_such_recipient(owner: Visitor, world: World, email: str, words: str):
    """Whoever is no contact has no mails; what was typed stays beside the sentence."""
    await world.due(await world.contact())
    page = (await owner.get(f"/sends?email={email}")).text
    assert words in page
    assert f'value="{email}"' in page
    assert await shown(owner, f"email={email}") == 0


async def test_page_by_page(owner: Visitor, world: World):
    """More than a page is read to its end, no mail twice and none left out."""
    await world.due(*[await world.contact() for _ in range(60)])
    seen: list[str] = []
    path = "/sends?state=waiting"
    while path:
        page = (await owner.get(path)).text
        seen += dict.fromkeys(re.findall(r'href="/sends/([0-9a-f]{32})"', page))
        more = re.search(r'href="(/sends\?[^"]*after=[^"]*)"', page)
        path = more[1].replace("&amp;", "&") if more else ""
    assert len(seen) == len(set(seen)) == 60


async def test_subjects_as_people_see_them(owner: Visitor, world: World):
    """A subject is shown with its recipient's name; how it is written stands beside it."""
    contact = await world.contact(name="Ada", email="ada@example.com")
    campaign = await world.campaign(0)
    (message,) = await world.messages(campaign)
    written = "Hello {{ contact.name | default: 'you' }}"
    await world.change(type(message), message.id, subject=written)
    await world.due(contact, campaign_id=campaign)
    page = (await owner.get("/sends")).text
    assert "Hello Ada" in page
    link = re.search(r'href="(/sends/[0-9a-f]{32})"', page)
    assert link
    text = plain((await owner.get(link[1])).text)
    assert "Subject Hello Ada" in text
    assert "as written now Hello {{" in text
    await world.change(Contact, contact, name=None)
    assert "Hello you" in (await owner.get("/sends")).text


async def test_export(owner: Visitor, rival: Visitor, world: World):
    """What the list shows is a file, safe to open; that it was taken is in the audit log."""
    await world.contact(email="=cmd@example.com")
    ada = await world.contact(email="ada@example.com")
    campaign = await world.due(ada)
    answer = await owner.get(f"/sends/export.csv?campaign={campaign.hex}&state=waiting")
    assert answer.headers["content-disposition"].endswith("sends.csv")
    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (row["email"], row["state"]) == ("ada@example.com", "pending")
    assert row["why"].startswith("Due now")
    told = plain((await owner.get("/settings/audit")).text)
    assert "exported sends" in told
    assert campaign.hex not in told
    none = await owner.get("/sends/export.csv?state=failed")
    assert len(none.content.decode().splitlines()) == 1
    foreign = await rival.get(f"/sends/export.csv?campaign={campaign.hex}")
    assert len(foreign.content.decode().splitlines()) == 1
    audit = plain((await owner.get("/settings/audit")).text)
    assert "xported" in audit
    assert "ada@example.com" not in audit
