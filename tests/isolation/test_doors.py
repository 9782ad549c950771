"""Every route without the right key, session, token or link: closed, and nothing changed."""

import pytest
from litestar import Litestar

from tenantcrm.signing import Keyring, UnsubscribeClaim
from tenantcrm.tenants.service import tenants
from tests.fixtures.web import Visitor, visiting
from tests.isolation import routes
from tests.isolation.conftest import snapshot

HTMX = {"HX-Request": "true"}


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
    address = routes.filled(path, routes.page_values(world))
    before = await snapshot(past, world)
    async with visiting(app) as nobody:
        data = {"_csrf_token": await nobody.token("/sign-in")} if method == "POST" else None
        answer = await nobody.http.request(method, address, data=data)
        if method == "POST" and sign_in == "/sign-in":
            # Which carries what was typed; nothing else is in it.
            assert (answer.status_code, 'action="/sign-in"' in answer.text) == (401, True)
        else:
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
