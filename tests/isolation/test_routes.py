"""Every route, attacked as the wrong tenant, by HTTP. A route nobody knows how to attack fails."""

import json
import re
import secrets
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from litestar import Litestar

from tenantcrm.app import create_app
from tenantcrm.database import Database
from tenantcrm.settings import Settings
from tenantcrm.signing import Keyring, UnsubscribeClaim
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.scopes import SCOPES
from tenantcrm.tenants.service import keys, people, tenants
from tests.conftest import create_database, settings_for
from tests.fixtures.web import Visitor, serving, visiting
from tests.isolation import routes
from tests.isolation.routes import Route
from tests.isolation.rows import TENANT_ROWS, World
from tests.isolation.test_tables import column, insert

HTMX = {"HX-Request": "true"}


@pytest.fixture(scope="module")
async def own(postgres_port: int, redis_url: str) -> Settings:
    """A database of this module's own: the rows of the attacked tenant would look like work."""
    return settings_for(postgres_port, await create_database(postgres_port), redis_url)


@pytest.fixture(scope="module")
async def past(postgres_port: int, own: Settings) -> AsyncIterator[asyncpg.Connection]:
    """A connection past row-level security, to see what really happened."""
    name = own.database_url.rsplit("/", 1)[1]
    connection = await asyncpg.connect(f"postgresql://super@127.0.0.1:{postgres_port}/{name}")
    yield connection
    await connection.close()


@pytest.fixture(scope="module")
async def world(past: asyncpg.Connection) -> World:
    """The tenant that is attacked, with a row in every table."""
    world = World()
    for table, make in TENANT_ROWS.items():
        row = make(world)
        if table == "memberships":
            await insert(past, "users", {
                "id": world.user_id, "email": world.mark, "email_key": world.mark, "name": "",
                "created_at": row["created_at"], "updated_at": row["created_at"],
            })  # fmt: skip
        await insert(past, table, row)
    return world


@pytest.fixture(scope="module")
async def own_database(own: Settings) -> AsyncIterator[Database]:
    database = Database(own)
    yield database
    await database.close()


@pytest.fixture(scope="module")
async def app(own: Settings) -> AsyncIterator[Litestar]:
    app = create_app(own)
    async with serving(app):
        yield app


@pytest.fixture(scope="module")
async def attacker(app: Litestar) -> AsyncIterator[Visitor]:
    """The owner of another tenant, signed in."""
    async with visiting(app) as visitor:
        answer = await visitor.sign_up(f"{secrets.token_hex(6)}@example.com", "Rival")
        assert answer.status_code == 303
        yield visitor


@pytest.fixture(scope="module")
async def attacking_tenant(attacker: Visitor, own_database: Database) -> UUID:
    page = (await attacker.get("/settings/account")).text
    email = re.search(r"[0-9a-f]{12}@example\.com", page)
    assert email
    async with own_database.control_unit_of_work() as control:
        who = await people.find(control, email.group())
    assert who
    return who.tenant_id


async def key_of(database: Database, tenant: UUID, mode: Mode) -> dict[str, str]:
    async with database.unit_of_work(tenant) as session:
        made = await keys.create(session, name="key", mode=mode, scopes=list(SCOPES))
    return {"Authorization": f"Bearer {made.key}"}


@pytest.fixture(scope="module")
async def token(attacker: Visitor) -> str:
    return await attacker.token("/settings/account")


async def snapshot(past: asyncpg.Connection, world: World) -> dict[str, Any]:
    """Every row of the attacked tenant; that a key of its own was used is no change."""
    return {
        table: await past.fetch(
            f"SELECT (to_jsonb(t) - 'last_used_at')::text FROM {table} t"
            f" WHERE {column(table)} = $1 ORDER BY 1",
            world.tenant_id,
        )
        for table in TENANT_ROWS
    }


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
        assert answer.status_code in {200, 201}, answer.text


@pytest.mark.parametrize(
    ("method", "path"),
    [(m, p) for m, p in routes.on("api") if "contact" in p or p.endswith("check")],
)
async def test_test_keys_do_not_reach_live_contacts(
    past, world, attacker, own_database, method: str, path: str
):
    """A tenant's own test key neither sees nor changes its live contacts."""
    if "campaign" in path:
        pytest.skip("campaigns are of no mode")
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
        assert answer.status_code in {200, 201}, answer.text
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


@pytest.mark.parametrize(("method", "path"), routes.on("api"))
async def test_calls_need_a_key(app: Litestar, world, method: str, path: str):
    """Without a key every call is 401, and a browser's session is no key."""
    address = routes.filled(path, routes.api_values(world))
    async with visiting(app) as nobody:
        for headers in ({}, {"Authorization": "Bearer tcrm_live_forged"}):
            answer = await nobody.http.request(method, address, json={}, headers=headers)
            assert answer.status_code == 401, answer.text


@pytest.mark.parametrize(("method", "path"), routes.on("dashboard", "operator"))
async def test_pages_need_a_sign_in(past, app: Litestar, world, method: str, path: str):
    """Without a session every page leads to its sign-in, and nothing happens."""
    sign_in = "/operator/sign-in" if routes.plane(path) == "operator" else "/sign-in"
    if path == "/styleguide":
        pytest.skip("shows components alone, and is only there in a sandbox")
    address = routes.filled(path, routes.page_values(world))
    before = await snapshot(past, world)
    async with visiting(app) as nobody:
        data = {"_csrf_token": await nobody.token("/sign-in")} if method == "POST" else None
        answer = await nobody.http.request(method, address, data=data)
        assert answer.status_code == 303, answer.text
        assert answer.headers["location"].startswith(f"{sign_in}?next=")
        kept = await nobody.http.request(method, address, data=data, headers=HTMX)
        assert (kept.status_code, kept.text) == (401, "")
    assert await snapshot(past, world) == before


@pytest.mark.parametrize(("method", "path"), routes.on("dashboard", "operator", parameters=None))
async def test_buttons_need_their_token(attacker: Visitor, world, method: str, path: str):
    """A form that does not come from our page, session or not, is refused."""
    if method != "POST":
        return
    address = routes.filled(path, routes.page_values(world))
    answer = await attacker.http.request(method, address, data={"_csrf_token": "forged"})
    assert answer.status_code == 403


@pytest.mark.parametrize(("method", "path"), routes.on("operator"))
async def test_a_tenants_session_is_no_operators(
    past, world, attacker: Visitor, token: str, method: str, path: str
):
    """A tenant's owner opens no page of the console, whichever cookie carries the session."""
    address = routes.filled(path, routes.page_values(world))
    before = await snapshot(past, world)
    session, csrf = attacker.http.cookies["tcrm_dashboard"], attacker.http.cookies["tcrm_csrf"]
    data = {"_csrf_token": token, "reason": "x"} if method == "POST" else None
    for cookies in ({}, {"Cookie": f"tcrm_operator={session}; tcrm_csrf={csrf}"}):
        answer = await attacker.http.request(method, address, data=data, headers=cookies)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/operator/sign-in")
    assert await snapshot(past, world) == before


@pytest.mark.parametrize("purpose", ["claimed", "foreign", "other purpose", "nonsense"])
@pytest.mark.parametrize(
    ("method", "path"), [(m, p) for m, p in routes.on("open", parameters=True) if "token" in p]
)
async def test_links_of_another_are_not_found(
    past, world, attacker: Visitor, attacking_tenant, own, own_database, token: str,
    method: str, path: str, purpose: str,
):  # fmt: skip
    """A link that was not signed for exactly this is 404, and changes nothing."""
    ring = Keyring(own.secret_keys)
    async with own_database.unit_of_work(attacking_tenant) as session:
        facts = await tenants.facts(session)
    claim = UnsubscribeClaim(world.tenant_id, world.campaign_id, world.contact_id, bytes(32))
    forged = {
        # Signed with the attacker's own salt, for the attacked tenant.
        "claimed": ring.sign_unsubscribe(claim, facts.salt),
        # Signed for the attacked tenant by another installation's secret.
        "foreign": Keyring(["x" * 40]).sign_unsubscribe(claim, b"s" * 16),
        "other purpose": "A" * 120,
        "nonsense": "x",
    }[purpose]
    before = await snapshot(past, world)
    data = {"_csrf_token": token, "password": "four words of mine"} if method == "POST" else None
    address = routes.filled(path, {"token": forged})
    answer = await attacker.http.request(method, address, data=data)
    assert answer.status_code == 404
    assert await snapshot(past, world) == before


async def test_static_files_lead_nowhere_else(attacker: Visitor):
    """The folder of static files gives nothing from outside of it."""
    for path in ("../app.py", "%2e%2e/app.py", "..%2fapp.py", "css/../../page.py", "/etc/passwd"):
        answer = await attacker.get(f"/static/{path}")
        assert answer.status_code == 404
