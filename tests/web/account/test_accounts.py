"""Sign up, sign in and out, links of our mails, throttles."""

import json
import re
import secrets
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar

from tenantcrm import clock
from tenantcrm.app import create_app
from tenantcrm.database import Database
from tenantcrm.settings import Settings
from tenantcrm.signing import Keyring
from tenantcrm.tenants import passwords
from tenantcrm.tenants.service import people
from tenantcrm.web.throttles import PER_CLIENT
from tests.fixtures.web import PASSWORD, Visitor, serving, visiting
from tests.web.posted_forms import pressed

NEW_PASSWORD = "another four words here"


def fresh_email() -> str:
    return f"{secrets.token_hex(6)}@example.com"


async def found(database: Database, email: str) -> people.SignedUp:
    async with database.control_unit_of_work() as control:
        who = await people.find(control, email)
    assert who is not None
    return who


def reset_link(settings: Settings, who: people.SignedUp, stamp: bytes, **more: int) -> str:
    until = clock.real_now() + timedelta(**(more or {"hours": 1}))
    token = Keyring(settings.secret_keys).sign_user_token(
        "reset-password", who.user_id, until, stamp
    )
    return f"/reset-password/{token}"


async def stamp_of(database: Database, who: people.SignedUp) -> bytes:
    async with database.control_unit_of_work() as control:
        stamp = await people.password_stamp(control, who.user_id)
    assert stamp is not None
    return stamp


async def test_sign_up_signs_in(visitor: Visitor):
    """Signing up leads to the start page of one's own tenant."""
    answer = await visitor.sign_up(fresh_email(), "Bean & Leaf")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Bean &amp; Leaf" in (await visitor.get("/")).text


async def test_sent_twice_signs_up_once(visitor: Visitor):
    """Pressed twice at once, and once more, it makes one account, and each press leads into it."""
    fields = {"business_name": "Bean", "password": PASSWORD, "timezone": "UTC"}
    for answer in await pressed(visitor, "/sign-up", email=fresh_email(), **fields):
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "<title>Home · Bean</title>" in (await visitor.get("/")).text
    # Somebody else who takes the same address is told so, whatever they send.
    email = fresh_email()
    await visitor.sign_up(email)
    assert (await visitor.sign_up(email)).status_code == 422


async def test_sign_up_queues_a_confirmation(visitor: Visitor, database: Database):
    """The confirmation mail is a row of the ledger, without any secret in it."""
    from sqlalchemy import select

    from tenantcrm.delivery.models import Delivery

    email = fresh_email()
    await visitor.sign_up(email)
    who = await found(database, email)
    async with database.unit_of_work(who.tenant_id) as session:
        query = select(Delivery).where(Delivery.tenant_id == who.tenant_id)
        mails = list((await session.execute(query)).scalars())
    assert [(m.kind, m.recipient) for m in mails] == [("system", email)]
    assert who.user_id.hex in str(mails[0].content)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("business_name", "", "needed"),
        ("business_name", "x" * 201, "at most 200"),
        ("email", "nobody", "Expected an address"),
        ("email", "bücher@example.com", "Expected an address"),
        ("password", "short", "at least 10"),
        ("password", "password123", "guessed first"),
        ("timezone", "Mars/Olympus", "not a time zone"),
    ],
)
async def test_refused_form_keeps_what_was_typed(visitor: Visitor, field, value, words):
    """A refused sign-up is 422, says what was expected, and shows what was typed again."""
    fields = {
        "business_name": "Vinr",
        "email": fresh_email(),
        "password": PASSWORD,
        "timezone": "Europe/London",
    }
    answer = await visitor.post("/sign-up", **(fields | {field: value}))
    assert answer.status_code == 422
    assert words in answer.text
    kept = "email" if field != "email" else "business_name"
    assert fields[kept] in answer.text
    assert PASSWORD not in answer.text


async def test_every_fault_at_once(visitor: Visitor):
    """All that is wrong with a form is said in one answer."""
    answer = await visitor.post("/sign-up", business_name="", email="x", password="y")
    for words in ("A business name is needed", "Expected an address", "at least 10"):
        assert words in answer.text


async def test_an_address_signs_up_once(app: Litestar):
    """The second sign-up of an address, in any case, is refused and makes no tenant."""
    email = fresh_email()
    async with visiting(app) as first, visiting(app) as second:
        assert (await first.sign_up(email)).status_code == 303
        answer = await second.sign_up(email.upper())
    assert answer.status_code == 422
    assert "sign in instead" in answer.text


async def test_sign_in_rotates_the_session(app: Litestar):
    """A session id that was planted before signing in is not adopted, and opens nothing."""
    email = fresh_email()
    async with visiting(app) as victim, visiting(app) as thief:
        await victim.sign_up(email)
        await victim.post("/sign-out", page="/settings")
        planted = "planted-by-somebody-else-0123456789abcdefghij"
        victim.http.cookies.set("tcrm_dashboard", planted, domain="127.0.0.1")
        answer = await victim.post("/sign-in", email=email, password=PASSWORD)
        assert answer.status_code == 303
        thief.http.cookies.set("tcrm_dashboard", planted, domain="127.0.0.1")
        stolen = await thief.get("/settings")
    assert (stolen.status_code, stolen.headers["location"]) == (303, "/sign-in?next=%2Fsettings")


async def test_session_cookie_is_out_of_reach(visitor: Visitor):
    """The session's cookie is HttpOnly and SameSite."""
    answer = await visitor.sign_up(fresh_email())
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("tcrm_dash"))
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()


async def test_sign_out_ends_the_session_on_the_server(owner: Visitor, app: Litestar):
    """After signing out, the old cookie opens nothing."""
    old = owner.http.cookies["tcrm_dashboard"]
    await owner.post("/sign-out", page="/settings")
    async with visiting(app) as again:
        again.http.cookies.set("tcrm_dashboard", old, domain="127.0.0.1")
        assert (await again.get("/")).status_code == 303


async def test_wrong_password_and_unknown_address_look_alike(app: Litestar):
    """Nobody learns from signing in which addresses have an account."""
    email = fresh_email()
    async with visiting(app) as visitor:
        await visitor.sign_up(email)
    async with visiting(app) as visitor:
        known = await visitor.post("/sign-in", email=email, password="wrong wrong wrong")
        unknown = await visitor.post("/sign-in", email=fresh_email(), password="wrong wrong")
    assert known.status_code == unknown.status_code == 422
    assert "Address or password are wrong" in known.text
    assert "Address or password are wrong" in unknown.text


async def test_guessing_is_throttled(visitor: Visitor):
    """After ten guesses for one account the answer is 429, and says when to come back."""
    email = fresh_email()
    answers = [
        await visitor.post("/sign-in", email=email, password="wrong wrong") for _ in range(11)
    ]
    assert [a.status_code for a in answers] == [422] * 10 + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1


async def test_signing_in_over_a_page(owner: Visitor, rival: Visitor):
    """The dialog of a page lets in whoever belongs to its business, with a token for its forms."""
    business, htmx = (await owner.get("/")).text, {"HX-Request": "true"}
    tenant, email = re.findall(r'content="([0-9a-f]{32})" data-email="([^"]+)"', business)[0]
    stranger = re.findall(r'data-email="([^"]+)"', (await rival.get("/")).text)[0]
    token = await owner.token("/settings/account")
    held = {"business": tenant, "token": token}
    assert (await owner.get("/session", headers=htmx)).json() == held
    owner.http.cookies.delete("tcrm_dashboard")
    assert (await owner.get("/session", headers=htmx)).status_code == 401
    shown = await owner.get("/sign-in", params={"business": tenant}, headers=htmx)
    assert "<html" not in shown.text
    fields = {"business": tenant, "password": PASSWORD, "_csrf_token": token}
    for refused in ({"email": email, "password": "wrong wrong"}, {"email": stranger}):
        answer = await owner.http.post("/sign-in", data=fields | refused, headers=htmx)
        assert answer.status_code == 422
        assert "tcrm_dashboard" not in owner.http.cookies
    answer = await owner.http.post("/sign-in", data=fields | {"email": email}, headers=htmx)
    assert answer.status_code == 204
    told = json.loads(answer.headers["hx-trigger"])["signed-in"]
    assert told == held
    assert (await owner.get("/session", headers=htmx)).json() == held


async def test_signing_in_without_a_reload(owner: Visitor):
    """A refused sign-in is put into its page, an accepted one loads the next page as a whole."""
    email = re.findall(r'data-email="([^"]+)"', (await owner.get("/settings/account")).text)[0]
    boosted = {"HX-Request": "true", "HX-Boosted": "true"}
    token = await owner.token("/sign-in")
    fields = {"email": email, "_csrf_token": token, "next": "/keys"}
    for password, status in ("wrong wrong", 422), (PASSWORD, 200):
        sent = fields | {"password": password}
        answer = await owner.http.post("/sign-in", data=sent, headers=boosted)
        assert answer.status_code == status
        assert ("<html" in answer.text) == (status == 422)
    assert answer.headers["hx-redirect"] == "/keys"


async def test_a_post_without_token_is_refused(owner: Visitor):
    """Without the CSRF token nothing is changed: 403, with a page that says what to do."""
    answer = await owner.http.post("/settings", data={"name": "Hacked"})
    assert answer.status_code == 403
    assert "reload it" in answer.text
    assert "Hacked" not in (await owner.get("/settings")).text


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
async def test_next_leads_nowhere_else(app: Litestar, target: str):
    """Signing in goes on to pages of ours alone."""
    email = fresh_email()
    async with visiting(app) as visitor:
        await visitor.sign_up(email)
    async with visiting(app) as visitor:
        answer = await visitor.post("/sign-in", email=email, password=PASSWORD, next=target)
    assert answer.headers["location"] == "/"


async def test_behind_a_proxy_each_client_counts_alone(app: Litestar):
    """Whoever wears out the patience for one address keeps nobody else out, who comes through the
    same proxy; what a client says of itself counts for nothing."""
    network = f"198.51.{secrets.randbelow(256)}"

    async def ask(peer: str, said: str) -> int:
        transport = httpx.ASGITransport(app=app, client=(peer, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            visitor = Visitor(client)
            client.headers["X-Forwarded-For"] = said
            return (await visitor.post("/forgot-password", email=fresh_email())).status_code

    worn = [await ask("127.0.0.1", f"10.0.0.{n}, {network}.1") for n in range(PER_CLIENT[1] + 3)]
    assert (worn[0], worn[-1]) == (303, 429)
    assert await ask("127.0.0.1", f"{network}.2") == 303
    stranger = f"203.0.{secrets.randbelow(256)}.9"
    told = [await ask(stranger, f"{network}.{n + 3}") for n in range(PER_CLIENT[1] + 3)]
    assert told[-1] == 429


async def test_reset_link_works_once(app: Litestar, database: Database, settings: Settings):
    """A reset link sets the password, ends open sessions, and does not work again."""
    email = fresh_email()
    async with visiting(app) as visitor:
        await visitor.sign_up(email)
        who = await found(database, email)
        link = reset_link(settings, who, await stamp_of(database, who))
        async with visiting(app) as reader:
            for answer in await pressed(reader, link, password=NEW_PASSWORD):
                assert answer.headers["location"] == "/sign-in"
            assert (await reader.get(link)).status_code == 404
            signed_in = await reader.post("/sign-in", email=email, password=NEW_PASSWORD)
            assert signed_in.status_code == 303
        assert (await visitor.get("/")).status_code == 303


async def test_a_password_stays_while_sessions_cannot_end(
    app: Litestar, database: Database, settings: Settings
):
    """While Redis does not answer, nothing changes: the link says so, and works afterwards."""
    email = fresh_email()
    async with visiting(app) as visitor:
        await visitor.sign_up(email)
        who = await found(database, email)
        link = reset_link(settings, who, await stamp_of(database, who))
        without = create_app(replace(settings, redis_url="redis://127.0.0.1:1/0"))
        async with serving(without), visiting(without) as reader:
            answer = await reader.post(link, password=NEW_PASSWORD)
            assert (answer.status_code, "not possible right now" in answer.text) == (503, True)
        assert (await visitor.get("/")).status_code == 200
        assert (await visitor.post(link, password=NEW_PASSWORD)).status_code == 303
        assert (await visitor.get("/")).status_code == 303


async def test_bad_reset_links_look_alike(visitor: Visitor, database: Database, settings: Settings):
    """Forged, expired, stale and foreign links are the same 404 page."""
    email = fresh_email()
    await visitor.sign_up(email)
    who = await found(database, email)
    stamp = await stamp_of(database, who)
    good = reset_link(settings, who, stamp)
    nobody = people.SignedUp(tenant_id=who.tenant_id, user_id=uuid4())
    verify = Keyring(settings.secret_keys).sign_user_token(
        "verify-email", who.user_id, clock.real_now() + timedelta(hours=1)
    )
    bad = [
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        reset_link(settings, who, stamp, hours=-1),
        reset_link(settings, who, passwords.stamp("older")),
        reset_link(settings, nobody, stamp),
        f"/reset-password/{verify}",
        "/reset-password/x",
        "/reset-password/" + "A" * 5000,
    ]
    answers: list[httpx.Response] = [await visitor.get(link) for link in bad]
    assert {a.status_code for a in answers} == {404}


async def test_verify_link_changes_nothing_when_opened(
    visitor: Visitor, database: Database, settings: Settings
):
    """A scanner that opens the link confirms nothing; the click does."""
    email = fresh_email()
    await visitor.sign_up(email)
    who = await found(database, email)
    token = Keyring(settings.secret_keys).sign_user_token(
        "verify-email", who.user_id, clock.real_now() + timedelta(hours=1)
    )
    await visitor.get(f"/verify-email/{token}")
    assert "not confirmed yet" in (await visitor.get("/settings/account")).text
    await visitor.post(f"/verify-email/{token}")
    assert "is confirmed" in (await visitor.get("/settings/account")).text


async def test_forgot_password_tells_nobody(visitor: Visitor):
    """The answer is the same for a known and an unknown address."""
    email = fresh_email()
    await visitor.sign_up(email)
    known = await visitor.post("/forgot-password", email=email)
    unknown = await visitor.post("/forgot-password", email=fresh_email())
    assert known.status_code == unknown.status_code == 303
    assert known.headers["location"] == unknown.headers["location"]
    assert "on its way" in (await visitor.get(known.headers["location"])).text
