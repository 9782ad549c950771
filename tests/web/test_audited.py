"""Every change is in the audit log: each route that makes one is named with its entry."""

import re
import secrets
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest

from tenantcrm.settings import Settings
from tests.fixtures.web import Visitor
from tests.isolation import routes
from tests.web.api.conftest import bearer
from tests.web.audited import AUDITED, CAMPAIGN, CONTACT, EXEMPT, INVITE, MEMBER, V1, V1_CONTACT
from tests.web.dashboard.conftest import MESSAGE, SETTINGS, add_campaign, add_message

SCOPES = {
    f"scope:{name}": "1"
    for name in ("contacts:read", "contacts:write", "campaigns:read", "campaigns:write")
}
FORM = "/settings/account"


def test_every_change_is_named():
    """A new route that changes something is audited, or says why it is not."""
    changing = {route for route in routes.on("dashboard", "api") if route[0] not in {"GET", "HEAD"}}
    assert changing == AUDITED.keys() | EXEMPT.keys()
    assert not AUDITED.keys() & EXEMPT.keys()
    assert all(EXEMPT.values())


class Log:
    """The audit log of one tenant, past row-level security."""

    def __init__(self, connection: asyncpg.Connection, tenant: UUID) -> None:
        self.connection = connection
        self.tenant = tenant
        self.seen = 0

    async def new(self) -> list[asyncpg.Record]:
        """The entries since the last look."""
        rows = await self.connection.fetch(
            "SELECT * FROM audit_entries WHERE tenant_id = $1 ORDER BY at, id", self.tenant
        )
        fresh, self.seen = rows[self.seen :], len(rows)
        return fresh

    async def told(self, route: tuple[str, str]) -> None:
        """The route's entry has come, with the id of what it is about and who did it."""
        entries = await self.new()
        found = [(row["subject"], row["action"]) for row in entries]
        assert AUDITED[route] in found, f"{route}: {found}"
        for row in entries:
            assert re.fullmatch(r"(user|key):[0-9a-f-]{32,36}", row["actor"]), row
            assert row["subject_id"] or row["subject"] == "settings", row
            if row["subject"] == "contact":
                assert row["name"] == ""
                assert "ada" not in str(row["changes"]).lower()


@pytest.fixture
async def log(owner: Visitor, settings: Settings, tenant_of) -> AsyncIterator[Log]:
    place = settings.database_url.split("@")[1]
    connection = await asyncpg.connect(f"postgresql://super@{place}")
    tenant = await tenant_of(owner)
    await connection.execute(
        "UPDATE users SET email_verified_at = now() WHERE id IN"
        " (SELECT user_id FROM memberships WHERE tenant_id = $1)",
        tenant,
    )
    yield Log(connection, tenant)
    await connection.close()


async def press(owner: Visitor, log: Log, route: tuple[str, str], **fields: str) -> str:
    """Press a button whose path is full; gives where it led, or the page."""
    values = fields.pop("values", {})
    answer = await owner.post(routes.filled(route[1], values), page=FORM, **fields)
    assert answer.status_code in {200, 303}, f"{route}: {answer.status_code} {answer.text[:2000]}"
    await log.told(route)
    return answer.headers.get("location", answer.text)


async def test_settings_keys_and_team(owner: Visitor, log: Log):
    """Settings, keys, domains and the team."""
    await press(owner, log, ("POST", "/settings"), **(SETTINGS | {"name": "Bean & Leaf"}))
    await press(owner, log, ("POST", "/checklist"), hide="1")
    await press(owner, log, ("POST", "/keys"), name="k", mode="live", **SCOPES)
    key = re.search(r"/keys/([0-9a-f]{32})/revoke", (await owner.get("/keys")).text)
    assert key
    values = {"key_id": key.group(1)}
    await press(owner, log, ("POST", "/keys/{key_id:str}/rotate"), values=values, overlap="1h")
    await press(owner, log, ("POST", "/keys/{key_id:str}/revoke"), values=values)
    domain = await press(
        owner, log, ("POST", "/settings/domains"), name=f"d{secrets.token_hex(6)}.com"
    )
    values = {"domain": domain.rsplit("/", 1)[1]}
    await press(owner, log, ("POST", "/settings/domains/{domain:str}/remove"), values=values)
    await press(owner, log, ("POST", "/settings/team"), email="g@example.com", role="editor")
    invite = await log.connection.fetchval(
        "SELECT id FROM invites WHERE tenant_id = $1", log.tenant
    )
    await press(owner, log, ("POST", f"{INVITE}/resend"), values={"invite": invite.hex})
    await press(owner, log, ("POST", f"{INVITE}/withdraw"), values={"invite": invite.hex})
    member = await log.connection.fetchval(
        "INSERT INTO users (id, email, email_key, name, created_at, updated_at)"
        " VALUES (gen_random_uuid(), $1, $1, 'Grace', now(), now()) RETURNING id",
        f"{secrets.token_hex(6)}@example.org",
    )
    for role in ("viewer", "owner"):
        await log.connection.execute(
            "INSERT INTO memberships VALUES ($1, $2, 'viewer', now()) ON CONFLICT DO NOTHING",
            log.tenant,
            member,
        )
        values = {"member": member.hex}
        if role == "viewer":
            await press(owner, log, ("POST", f"{MEMBER}/role"), values=values, role="editor")
            await press(owner, log, ("POST", f"{MEMBER}/remove"), values=values)
    await log.connection.execute("UPDATE memberships SET role = 'owner' WHERE user_id = $1", member)
    await press(owner, log, ("POST", "/settings/team/leave"))


async def test_contacts(owner: Visitor, log: Log):
    """Contacts by hand and over the API: what was done, with no word of whom."""
    made = await press(owner, log, ("POST", "/contacts/new"), email="ada@example.com")
    values = {"contact": made.rsplit("/", 1)[1]}
    fields = {"email": "ada@example.com", "name": "Ada", "attributes": "plan: pro"}
    await press(owner, log, ("POST", f"{CONTACT}/edit"), values=values, **fields)
    await press(owner, log, ("POST", f"{CONTACT}/unsubscribe"), values=values)
    made = await press(owner, log, ("POST", "/contacts/new"), email="ada2@example.com")
    values = {"contact": made.rsplit("/", 1)[1]}
    await press(owner, log, ("POST", f"{CONTACT}/delete"), values=values)
    headers = bearer(await owner.make_key(**SCOPES))

    async def put() -> str:
        answer = await owner.http.put(
            "/v1/contacts/by-email/ada3@example.com", json={}, headers=headers
        )
        return str(answer.json()["id"])

    contact = await put()
    await log.new()
    consent = {"consent": {"source": "form", "at": "2026-01-01T00:00:00Z"}}
    for route, body in (
        (("POST", f"{V1_CONTACT}/unsubscribe"), None),
        (("POST", f"{V1_CONTACT}/resubscribe"), consent),
        (("DELETE", V1_CONTACT), None),
        (("DELETE", "/v1/contacts/by-email/{email:path}"), None),
    ):
        if "by-email" in route[1]:
            await put()
            await log.new()
        path = routes.filled(route[1], {"contact_id": contact, "email": "ada3@example.com"})
        answer = await owner.http.request(route[0], path, json=body, headers=headers)
        assert answer.is_success, answer.text
        await log.told(route)


async def test_campaigns(owner: Visitor, log: Log):
    """Campaigns: made, started, stopped, put away, deleted."""
    sender = f"hi@{secrets.token_hex(6)}.example.com"
    await owner.post("/settings", **(SETTINGS | {"sender_email": sender}))
    campaign = await add_campaign(owner)
    await log.told(("POST", "/campaigns/new"))
    message = await add_message(owner, campaign)
    await log.told(("POST", f"{CAMPAIGN}/messages/new"))
    await owner.post(message, **(MESSAGE | {"subject": "Changed", "version": "1"}))
    (entry,) = await log.new()
    assert (entry["subject"], entry["action"]) == ("campaign", "changed")
    assert "Changed" in str(entry["changes"])
    values = {"campaign": campaign.rsplit("/", 1)[1]}
    await press(owner, log, ("POST", f"{CAMPAIGN}/activate"), values=values, at_once="yes")
    await press(owner, log, ("POST", f"{CAMPAIGN}/pause"), values=values)
    await press(owner, log, ("POST", f"{CAMPAIGN}/duplicate"), values=values)
    await press(owner, log, ("POST", f"{CAMPAIGN}/archive"), values=values)
    await press(owner, log, ("POST", f"{CAMPAIGN}/unarchive"), values=values)
    await press(owner, log, ("POST", f"{CAMPAIGN}/delete"), values=values)


async def test_campaigns_of_backends(owner: Visitor, log: Log):
    """The same over the API, in the name of the key."""
    sender = f"hi@{secrets.token_hex(6)}.example.com"
    await owner.post("/settings", **(SETTINGS | {"sender_email": sender}))
    headers = bearer(await owner.make_key(**SCOPES))
    await log.new()
    message = {
        "subject": MESSAGE["subject"], "send_day": 0, "html_template": MESSAGE["html_template"],
    }  # fmt: skip
    campaign = {"name": "C", "contact_filter": "", "preferred_send_time": "10:00"}
    values: dict[str, str] = {"version": "1"}
    for route, body in (
        (("POST", "/v1/campaigns"), campaign | {"messages": [message]}),
        (("PATCH", V1), {"name": "D"}),
        (("PUT", V1), campaign | {"messages": [message], "timezone": "Asia/Tokyo"}),
        (("POST", f"{V1}/versions/{{version:int}}/restore"), None),
        (("POST", f"{V1}/test-send"), None),
        (("POST", f"{V1}/activate"), None),
        (("POST", f"{V1}/pause"), None),
        (("DELETE", V1), None),
    ):
        sent: dict[str, object] | None = body
        if route[1].endswith("test-send"):
            shown = await owner.http.get(routes.filled(V1, values), headers=headers)
            sent = {"to": "own@example.com", "message_id": shown.json()["messages"][0]["id"]}
        path = routes.filled(route[1], values)
        answer = await owner.http.request(route[0], path, json=sent, headers=headers)
        assert answer.is_success, f"{route}: {answer.text}"
        if route == ("POST", "/v1/campaigns"):
            values["campaign_id"] = answer.json()["id"]
        await log.told(route)
