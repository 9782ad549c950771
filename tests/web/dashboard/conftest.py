"""What the tests of the dashboard's pages share: a tenant's owner, and what they have made."""

import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from tenantcrm.campaigns.service.keep_out import KeepOut
from tenantcrm.contacts.imports.importer import Importer
from tenantcrm.database import Database
from tenantcrm.settings import Settings
from tenantcrm.signing import Keyring
from tests.conftest import SECRET
from tests.fixtures.web import Visitor
from tests.isolation import routes
from tests.web.dashboard.actions import ROUTES

Settled = Callable[[Visitor, str], Awaitable[str]]
FORM = "/settings/account"
"""A page with a token, for buttons that stand on pages which a test does not look at."""
CAMPAIGN = {
    "name": "Welcome",
    "contact_filter": "language=en",
    "preferred_send_time": "10:00",
    "timezone": "Europe/London",
    "day_zero": "scheduled",
    "late_limit_hours": "12",
    "sender_name": "",
    "sender_email": "",
}
MESSAGE = {
    "subject": "Welcome {{ contact.name | default: 'there' }}",
    "preheader": "",
    "send_day": "0",
    "format": "html",
    "html_template": "<p>Hello {{ contact.name | default: 'there' }}</p>",
}
SETTINGS = {
    "name": "Vinr",
    "timezone": "Europe/London",
    "postal_address": "1 Cellar Street\nLondon",
    "sender_name": "Vinr",
    "sender_email": "hi@example.com",
}


def went_to(answer: httpx.Response) -> str:
    """Where a form led, after it was taken."""
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def add_contact(visitor: Visitor, email: str, **fields: str) -> str:
    """Add a contact by hand; gives the address of its page."""
    return went_to(await visitor.post("/contacts/new", email=email, **fields))


async def add_campaign(visitor: Visitor, **fields: str) -> str:
    """Make a campaign; gives the address of its page."""
    return went_to(await visitor.post("/campaigns/new", **(CAMPAIGN | fields)))


async def add_message(visitor: Visitor, campaign: str, **fields: str) -> str:
    """Write a message; gives the address of its page."""
    return went_to(await visitor.post(f"{campaign}/messages/new", **(MESSAGE | fields)))


async def activated(visitor: Visitor, **fields: str) -> str:
    """An active campaign with one message; gives the address of its page."""
    # Over the installation an address sends for one tenant alone.
    sender = f"hi@{secrets.token_hex(6)}.example.com"
    await visitor.post("/settings", **(SETTINGS | {"sender_email": sender}))
    campaign = await add_campaign(visitor, **fields)
    await add_message(visitor, campaign)
    # Without the minute in which it could be undone: nothing would be sent before it is over.
    answer = await visitor.post(f"{campaign}/activate", page=campaign, at_once="yes")
    assert went_to(answer) == campaign
    return campaign


def plain(page: str) -> str:
    """The words of a page, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.fixture
async def owners(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """A connection that may change a membership."""
    place = settings.database_url.split("@")[1]
    connection = await asyncpg.connect(f"postgresql://super@{place}")
    yield connection
    await connection.close()


@pytest.fixture
async def things(owner: Visitor, owners, tenant_of) -> dict[str, str]:
    """One of each thing that a page's address may name."""
    contact = await add_contact(owner, "ada@example.com")
    campaign = await add_campaign(owner)
    message = await add_message(owner, campaign)
    await owner.post(f"{message}/test", page=message)
    domain = await owner.post("/settings/domains", name=f"d{secrets.token_hex(6)}.com")
    await owner.post("/keys", name="k", mode="live", **{"scope:contacts:read": "1"})
    tenant = await tenant_of(owner)
    me = await owners.fetchval("SELECT user_id FROM memberships WHERE tenant_id = $1", tenant)
    await owners.execute("UPDATE users SET email_verified_at = now() WHERE id = $1", me)
    colleague = await owners.fetchval(
        "INSERT INTO users (id, email, email_key, name, created_at, updated_at)"
        " VALUES (gen_random_uuid(), $1, $1, 'Grace', now(), now()) RETURNING id",
        f"{secrets.token_hex(6)}@example.org",
    )
    await owners.execute(
        "INSERT INTO memberships VALUES ($1, $2, 'viewer', now())", tenant, colleague
    )
    sent_file = await owner.http.post(
        "/contacts/imports/new",
        data={"_csrf_token": await owner.token("/contacts/imports/new")},
        files={"file": ("people.csv", b"email\ngrace@example.com\n")},
    )
    await owner.post("/settings/team", email="edsger@example.com", role="editor")
    invite = await owners.fetchval("SELECT id FROM invites WHERE tenant_id = $1", tenant)
    draft = re.search(r'name="draft" value="(\w+)"', (await owner.get(message)).text)
    sent = re.search(r'href="/sends/([0-9a-f]{32})"', (await owner.get("/sends")).text)
    key = re.search(r"/keys/([0-9a-f]{32})/revoke", (await owner.get("/keys")).text)
    assert draft
    assert sent
    assert key
    return {
        "contact": contact.rsplit("/", 1)[1],
        "campaign": campaign.rsplit("/", 1)[1],
        "message": message.rsplit("/", 1)[1],
        "delivery": sent.group(1),
        "draft": draft.group(1),
        "key_id": key.group(1),
        "import_id": sent_file.headers["location"].rsplit("/", 1)[1],
        "domain": domain.headers["location"].rsplit("/", 1)[1],
        "version": "1",
        "bulk": await _bulk(owner, contact.rsplit("/", 1)[1]),
        "member": colleague.hex,
        "invite": invite.hex,
    }


async def _bulk(owner: Visitor, contact: str) -> str:
    """A bulk action that nobody works at."""
    form = {"what": "clear", "ids": contact, "attribute": "plan", "token": uuid4().hex}
    page = f"/contacts/bulk?what=clear&id={contact}"
    answer = await owner.post("/contacts/bulk", page=page, **form)
    return answer.headers["location"].rsplit("/", 1)[1]


@pytest.fixture
async def settled(database: Database) -> AsyncIterator[Settled]:
    """The page of an import once a worker has been at it."""
    importer = Importer(database, Keyring((SECRET,)), KeepOut)

    async def settled(visitor: Visitor, path: str) -> str:
        while "<live-progress" in (page := (await visitor.get(path)).text):
            await importer.sweep()
            await importer.idle()
        return page

    yield settled
    await importer.stop(5)


@pytest.fixture
async def places(
    owner: Visitor,
    rival: Visitor,
    things: dict[str, str],
    owners: asyncpg.Connection,
    tenant_of,
    settled: Settled,
) -> list[str]:
    """The addresses of the pages, in every state that has a form of its own."""
    tenant, other = await tenant_of(owner), await tenant_of(rival)
    await owners.execute(
        "INSERT INTO memberships SELECT $1, user_id, 'viewer', now() FROM memberships"
        " WHERE tenant_id = $2 AND role = 'owner'",
        other,
        tenant,
    )
    second = await add_message(owner, f"/campaigns/{things['campaign']}", send_day="2")
    active = await activated(owner, name="Active", contact_filter="language=xx")
    await add_message(owner, active, send_day="3")
    gone = await add_contact(owner, "gone@example.com")
    await owner.post(f"{gone}/unsubscribe", page=gone)
    more = [active, second, gone]
    for name in ("Undone", "Hurried", "Archived"):
        page = await add_campaign(owner, name=name, contact_filter="language=xx")
        await add_message(owner, page)
        step = "archive" if name == "Archived" else "activate"
        assert (await owner.post(f"{page}/{step}", page=page)).status_code == 303
        more.append(page)
    more += [await _checked(owner, settled) for _ in range(2)]
    await owners.execute(
        "UPDATE deliveries SET state = 'unknown', reason = 'silent' WHERE tenant_id = $1"
        " AND kind = 'test'",
        tenant,
    )
    another = secrets.token_hex(6)
    await owners.execute(
        "INSERT INTO users (id, email, email_key, name, created_at, updated_at)"
        " VALUES ($1, $2, $2, 'Hopper', now(), now())",
        UUID(hex=2 * another + another[:8]),
        f"{another}@example.net",
    )
    await owners.execute(
        "INSERT INTO memberships VALUES ($1, $2, 'owner', now())",
        tenant,
        UUID(hex=2 * another + another[:8]),
    )
    await owners.execute(
        "UPDATE users SET email_verified_at = NULL WHERE name = '' AND id IN"
        " (SELECT user_id FROM memberships WHERE tenant_id = $1)",
        tenant,
    )
    bulk = f"/contacts/bulk?what=clear&id={things['contact']}"
    known = [
        routes.filled(path, things)
        for method, path in ROUTES
        if method == "GET" and not path.endswith("/events")
    ]
    return [*known, bulk, "/campaigns?state=archived", *more]


async def _checked(owner: Visitor, settled: Settled) -> str:
    """The page of an import that waits to be started."""
    file = f"email\n{secrets.token_hex(4)}@example.com\n".encode()
    answer = await owner.http.post(
        "/contacts/imports/new",
        data={"_csrf_token": await owner.token("/contacts/imports/new")},
        files={"file": ("more.csv", file)},
    )
    page = str(answer.headers["location"])
    await owner.post(page)
    await settled(owner, page)
    return page
