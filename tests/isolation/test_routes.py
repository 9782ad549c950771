"""Every route, attacked as the wrong tenant, by HTTP. A route nobody knows how to attack fails."""

import json
from uuid import UUID

import asyncpg
import httpx
import pytest

from tenantcrm.database import Database
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.scopes import SCOPES
from tenantcrm.tenants.service import keys
from tests.fixtures.web import Visitor
from tests.isolation import routes
from tests.isolation.conftest import snapshot
from tests.isolation.routes import Route
from tests.isolation.rows import World

HTMX = {"HX-Request": "true"}


async def key_of(database: Database, tenant: UUID, mode: Mode) -> dict[str, str]:
    async with database.unit_of_work(tenant) as session:
        made = await keys.create(session, name="key", mode=mode, scopes=list(SCOPES))
    return {"Authorization": f"Bearer {made.key}"}


async def test_every_route_is_placed():
    """A new route must say on which plane it is; so the tests below reach it."""
    placed = {routes.plane(path) for _, path in routes.routes()}
    assert placed == {"api", "dashboard", "open", "operator"}


@pytest.mark.parametrize(("method", "path"), routes.on("dashboard", parameters=True))
async def test_pages_of_another_are_not_found(
    past, world, attacker: Visitor, token: str, method: str, path: str
):
    """A page or a button of another tenant is 404, shows nothing of it, and changes nothing."""
    address = routes.filled(path, routes.page_values(world))
    before = await snapshot(past, world)
    for headers in ({}, HTMX):
        data = {"_csrf_token": token, "direction": "up"} if method == "POST" else None
        answer = await attacker.http.request(method, address, data=data, headers=headers)
        assert answer.status_code == 404, answer.text
        assert routes.seen_of(world, answer.text, sent=address) == []
    assert await snapshot(past, world) == before


@pytest.mark.parametrize(("method", "path"), routes.on("dashboard", parameters=False))
async def test_own_pages_show_nothing_of_another(
    past, world, attacker: Visitor, token: str, method: str, path: str
):
    """Lists, counts and forms of a tenant show nothing of another one, and change nothing of it."""
    before = await snapshot(past, world)
    data = {"_csrf_token": token, "contact_filter": ""} if method == "POST" else None
    asked = {"contact_filter": "", "q": "", "campaign": world.campaign_id.hex}
    answer = await attacker.http.request(method, path, data=data, params=asked)
    assert answer.status_code in {200, 303, 404, 422}
    assert routes.seen_of(world, answer.text, sent=str(asked)) == []
    assert await snapshot(past, world) == before


async def test_pages_take_no_id_of_another(past, world, attacker: Visitor, token: str):
    """An id of another tenant in a question or a form, beside one's own, is not found either."""
    mine = {"_csrf_token": token, "name": "Mine", "preferred_send_time": "10:00", "timezone": "UTC"}
    made = await attacker.http.post("/campaigns/new", data={**mine, "late_limit_hours": "1"})
    campaign = made.headers["location"]
    text = {"_csrf_token": token, "subject": "s", "send_day": "0", "format": "html"}
    made = await attacker.http.post(f"{campaign}/messages/new", data={**text, "html_template": "h"})
    message = made.headers["location"]
    theirs = routes.page_values(world)
    before = await snapshot(past, world)
    for tail in (f"?as={theirs['contact']}", f"/preview?as={theirs['contact']}"):
        assert (await attacker.get(message + tail)).status_code == 404
    data = {"_csrf_token": token, "as": theirs["contact"]}
    assert (await attacker.http.post(f"{message}/test", data=data)).status_code == 404
    for tail in ("", "/preview"):
        address = f"{campaign}/messages/{theirs['message']}{tail}"
        assert (await attacker.get(address)).status_code == 404
    assert await snapshot(past, world) == before


async def api_attack(
    past: asyncpg.Connection,
    world: World,
    client: httpx.AsyncClient,
    route: Route,
    headers: dict[str, str],
) -> httpx.Response:
    method, path = route
    address = routes.filled(path, routes.api_values(world))
    sent = routes.body(method, path, world)
    before = await snapshot(past, world)
    if (method, path) == routes.UPLOAD:
        headers = {**headers, "Content-Type": "text/csv"}
        answer = await client.post(address, content=routes.FILE, headers=headers)
    else:
        answer = await client.request(method, address, json=sent, headers=headers)
    assert routes.seen_of(world, answer.text, sent=address + json.dumps(sent)) == []
    assert await snapshot(past, world) == before
    return answer


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize(("method", "path"), routes.on("api"))
async def test_calls_of_another_are_not_found(
    past, world, attacker, attacking_tenant, own_database, method: str, path: str, mode: Mode
):
    """A call with another tenant's id is 404; one without shows and changes nothing of it."""
    headers = await key_of(own_database, attacking_tenant, mode)
    answer = await api_attack(past, world, attacker.http, (method, path), headers)
    await past.execute("DELETE FROM contacts WHERE tenant_id = $1", attacking_tenant)
    names = set(routes.names_in(path))
    if mode is Mode.TEST and answer.status_code == 403:
        # Refused to every test key, before anybody looks whose it is.
        assert answer.json()["code"] == "test_key"
    elif names - routes.NATURAL or (names and method in {"GET", "DELETE"}):
        assert answer.status_code == 404, answer.text
    else:
        assert answer.status_code in {200, 201, 202}, answer.text


@pytest.mark.parametrize(
    ("method", "path"),
    [(m, p) for m, p in routes.on("api") if p.startswith(("/v1/contacts", "/v1/filters"))],
)
async def test_test_keys_do_not_reach_live_contacts(
    past, world, attacker, own_database, method: str, path: str
):
    """A tenant's own test key neither sees nor changes its live contacts."""
    headers = await key_of(own_database, world.tenant_id, Mode.TEST)
    route = (method, path)
    if method in {"PUT", "POST"} and set(routes.names_in(path)) <= routes.NATURAL:
        # What it may make is a test contact of its own, beside the live one.
        before = await past.fetchval(
            "SELECT to_jsonb(c)::text FROM contacts c WHERE id = $1", world.contact_id
        )
        address = routes.filled(path, routes.api_values(world))
        answer = await attacker.http.request(
            method, address, json=routes.body(method, path, world), headers=headers
        )
        assert answer.status_code in {200, 201, 202}, answer.text
        assert world.contact_id.hex not in answer.text
        after = await past.fetchval(
            "SELECT to_jsonb(c)::text FROM contacts c WHERE id = $1", world.contact_id
        )
        assert after == before
        await past.execute("DELETE FROM contacts WHERE mode = 'test'")
        return
    # Its keys are rows of the tenant, so they are made before the rows are looked at.
    answer = await api_attack(past, world, attacker.http, route, headers)
    if routes.names_in(path):
        assert answer.status_code == 404, answer.text
