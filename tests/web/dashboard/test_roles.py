"""What a viewer may do: read everything, and change nothing."""

import re
import secrets
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest

from tenantcrm.settings import Settings
from tests.fixtures.web import Visitor
from tests.isolation import routes
from tests.web.dashboard.conftest import (
    FORM,
    SETTINGS,
    add_campaign,
    add_contact,
    add_message,
)

FORMS = {
    "/contacts/new",
    "/contacts/{contact:str}/edit",
    "/campaigns/new",
    "/campaigns/{campaign:str}/settings",
    "/campaigns/{campaign:str}/messages/new",
    "/campaigns/{campaign:str}/activate",
    "/campaigns/starters",
}
"""Pages that are there to change something."""
OF_ONESELF = {"/settings/account/verify", "/settings/account/password", "/sandbox/skip"}
"""Buttons that change nothing of the tenant's."""
BY_HAND = {"/styleguide", "/sandbox/skip"}
TABLES = ("tenants", "contacts", "campaigns", "messages", "api_keys", "suppressions", "activities")


@pytest.fixture
async def owners(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """A connection that may change a membership."""
    port = settings.database_url.rsplit(":", 1)[1]
    connection = await asyncpg.connect(f"postgresql://super@127.0.0.1:{port}")
    yield connection
    await connection.close()


async def everything(connection: asyncpg.Connection, tenant: UUID) -> dict[str, list[str]]:
    return {
        table: [
            row[0]
            for row in await connection.fetch(
                f"SELECT to_jsonb(t)::text FROM {table} t"
                f" WHERE {'id' if table == 'tenants' else 'tenant_id'} = $1 ORDER BY 1",
                tenant,
            )
        ]
        for table in TABLES
    }


@pytest.fixture
async def things(owner: Visitor) -> dict[str, str]:
    """One of each thing that a page's address may name."""
    contact = await add_contact(owner, "ada@example.com")
    campaign = await add_campaign(owner)
    message = await add_message(owner, campaign)
    await owner.post(f"{message}/test", page=message)
    domain = await owner.post("/settings/domains", name=f"d{secrets.token_hex(6)}.com")
    await owner.post("/keys", name="k", mode="live", **{"scope:contacts:read": "1"})
    sent = re.search(r'href="/sends/([0-9a-f]{32})"', (await owner.get("/sends")).text)
    key = re.search(r"/keys/([0-9a-f]{32})/revoke", (await owner.get("/keys")).text)
    assert sent
    assert key
    return {
        "contact": contact.rsplit("/", 1)[1],
        "campaign": campaign.rsplit("/", 1)[1],
        "message": message.rsplit("/", 1)[1],
        "delivery": sent.group(1),
        "key_id": key.group(1),
        "domain": domain.headers["location"].rsplit("/", 1)[1],
        "version": "1",
    }


@pytest.fixture
async def viewer(owner: Visitor, things, owners, tenant_of) -> Visitor:
    """The same person, once they may only look."""
    del things  # They are made while they still may.
    tenant = await tenant_of(owner)
    await owners.execute("UPDATE memberships SET role = 'viewer' WHERE tenant_id = $1", tenant)
    return owner


async def test_a_viewer_reads_everything(viewer: Visitor, things: dict[str, str]):
    """Every page that shows something opens, without a button that changes anything."""
    for method, path in routes.on("dashboard"):
        if method != "GET" or path in FORMS | BY_HAND:
            continue
        page = await viewer.get(routes.filled(path, things))
        assert page.status_code == 200, path
        posts = set(re.findall(r'method="post" action="([^"]+)"', page.text))
        allowed = {"/sign-out", *OF_ONESELF}
        if path in {"/settings", "/campaigns/{campaign:str}/messages/{message:str}"}:
            # The form shows what is stored; it has no button.
            assert "Save" not in page.text
            continue
        assert posts <= allowed, path


async def test_a_viewer_changes_nothing(viewer: Visitor, things: dict[str, str], owners, tenant_of):
    """Every button and every form for changing something is 403, and nothing is changed."""
    tenant = await tenant_of(viewer)
    before = await everything(owners, tenant)
    token = await viewer.token(FORM)
    for method, path in routes.on("dashboard"):
        changes = method == "POST" and path not in OF_ONESELF
        if not changes and path not in FORMS:
            continue
        fields = {**SETTINGS, "_csrf_token": token}
        address = routes.filled(path, things)
        answer = await viewer.http.request(
            method, address, data=fields if method == "POST" else None
        )
        assert answer.status_code == 403, f"{method} {path}"
        assert "Your role does not allow this" in answer.text
    assert await everything(owners, tenant) == before
