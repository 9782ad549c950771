"""Faults as pages, and text of others that must stay text."""

import gc
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from litestar import Litestar, get

from tenantcrm.app import create_app
from tenantcrm.settings import Settings
from tests.fixtures.web import Visitor, serving, visiting
from tests.web.dashboard.conftest import (
    MESSAGE,
    SETTINGS,
    add_campaign,
    add_contact,
    add_message,
)

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
HTMX = {"HX-Request": "true"}
BOOSTED = HTMX | {"HX-Boosted": "true"}


@get("/explodes")
async def explodes() -> None:
    """Fail as a fault of ours does."""
    raise RuntimeError("secret inside")


@pytest.fixture
async def broken(settings: Settings) -> AsyncIterator[Litestar]:
    app = create_app(replace(settings))
    app.register(explodes)
    async with serving(app):
        yield app


async def test_a_fault_of_ours_tells_nothing_of_its_inside(broken: Litestar):
    """A 500 is a page with the request's id, without a word of what failed."""
    async with visiting(broken) as visitor:
        answer = await visitor.get("/explodes")
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] in answer.text
    assert "Something went wrong" in answer.text
    for inside in ("secret", "RuntimeError", "Traceback", ".py"):
        assert inside not in answer.text


async def test_a_nul_in_an_address_breaks_no_page(owner: Visitor):
    """PostgreSQL takes no NUL; a search for one finds nothing."""
    campaign = await add_campaign(owner)
    message = await add_message(owner, campaign)
    for path in (
        f"{message}?q=%00",
        f"{campaign}/messages/new?q=a%00b",
        f"{campaign}/messages/people?q=%00",
        f"{campaign}/people?reason=%00",
        "/sends?state=skipped&reason=%00",
        "/sends?state=bounced&reason=%00",
        "/sends/export.csv?state=skipped&reason=%00",
    ):
        assert (await owner.get(path)).status_code == 200, path


async def test_a_form_is_bounded_and_remembered_by_nobody(visitor: Visitor):
    """However many large forms and cookies come, none stays in memory; a form of a million fields
    is refused, and one whose text is none as well."""
    form = {"_csrf_token": await visitor.token("/sign-in"), "password": "x"}

    async def send(number: int) -> httpx.Response:
        return await visitor.http.post("/sign-in", data={**form, "email": f"{number}" * 2_000_000})

    await send(0)
    tracemalloc.start()
    for number in range(1, 7):
        assert (await send(number)).status_code == 422
    for number in range(7):
        await visitor.get("/sign-in", headers={"Cookie": f"one={number}{'x' * 400_000}"})
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 3_000_000
    for kind, body, status in (
        ("application/x-www-form-urlencoded", "&".join(f"{n}=" for n in range(1_000_000)), 413),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="email"\r\n\r\n\xff\r\n--b--\r\n',
            400,
        ),
    ):
        answer = await visitor.http.post("/sign-in", content=body, headers={"Content-Type": kind})
        assert (answer.status_code, "Request" in answer.text) == (status, True)


async def test_nothing_there(visitor: Visitor):
    """An address that leads nowhere is a 404 page under the policy of every page."""
    answer = await visitor.get("/no/such/page")
    assert answer.status_code == 404
    assert "nothing at this address" in answer.text
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-request-id"] in answer.text


async def test_the_wrong_method(owner: Visitor):
    """A method that a page does not have is 405, as a page."""
    for method, path in (("DELETE", "/contacts"), ("PUT", "/settings"), ("PATCH", "/keys")):
        token = await owner.token("/settings")
        answer = await owner.http.request(method, path, headers={"x-csrftoken": token})
        assert answer.status_code == 405, path
        assert "Not possible here" in answer.text


async def test_too_large(owner: Visitor):
    """A form of more than 10 MB is 413, as a page; nothing of it is kept."""
    token = await owner.token("/settings")
    body = {"_csrf_token": token, "name": "x" * 10_000_001}
    answer = await owner.http.post("/settings", data=body)
    assert answer.status_code == 413
    assert "too large" in answer.text
    answer = await owner.http.post("/settings", data=body, headers={"x-csrftoken": token})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("multipart/form-data", b"--x\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: nonsense\r\n\r\n\0"),
        ("application/json", b"{}"),
        ("application/x-www-form-urlencoded", b"name=%00&%ff=%ed%a0%80&name=a&name=b"),
        ("nonsense", b"\xff"),
    ],
)
async def test_strange_bodies_do_no_harm(owner: Visitor, kind: str, content: bytes):
    """A form that is none is refused as a page, never a fault of ours."""
    token = await owner.token("/settings")
    headers = {"x-csrftoken": token, "content-type": kind}
    answer = await owner.http.post("/settings", content=content, headers=headers)
    assert answer.status_code in {400, 403, 415, 422}, answer.text
    assert "<html" in answer.text


async def test_a_file_is_no_text(owner: Visitor):
    """A file in the place of a text is refused with words."""
    token = await owner.token("/settings")
    answer = await owner.http.post(
        "/settings", files={"name": ("a.txt", b"x")}, headers={"x-csrftoken": token}
    )
    assert answer.status_code == 422
    assert "name is text" in answer.text


async def test_an_ended_session_keeps_what_was_typed(owner: Visitor):
    """A form sent in the background after the session ended is 401, and the page stays."""
    token = await owner.token("/settings")
    owner.http.cookies.delete("tcrm_dashboard")
    for headers in (HTMX, BOOSTED):
        answer = await owner.http.post(
            "/settings", data=SETTINGS, headers=headers | {"x-csrftoken": token}
        )
        assert (answer.status_code, answer.text) == (401, "")
        assert "hx-redirect" not in answer.headers


async def test_forms_are_sent_in_the_background(owner: Visitor):
    """Forms with much to lose are sent by htmx, to an address that GET shows as well."""
    campaign = await add_campaign(owner)
    contact = await add_contact(owner, "ada@example.com")
    message = await add_message(owner, campaign)
    for page in (
        "/contacts/new",
        f"{contact}/edit",
        "/campaigns/new",
        f"{campaign}/settings",
        f"{campaign}/messages/new",
        message,
        "/settings",
    ):
        text = (await owner.get(page)).text
        form = text.split("<main")[1].split('hx-boost="true"')[0].rsplit("<form", 1)[1]
        action = form.split('action="')[1].split('"')[0]
        assert (await owner.get(action)).status_code == 200, page
        assert action == page


async def test_a_boosted_form_gets_whole_pages(owner: Visitor):
    """Sent in the background, a refused form is a whole page with 422, a taken one a redirect."""
    token = await owner.token("/settings")
    headers = BOOSTED | {"x-csrftoken": token}
    refused = await owner.http.post("/settings", data={"name": ""}, headers=headers)
    assert refused.status_code == 422
    assert "<html" in refused.text
    taken = await owner.http.post("/settings", data=SETTINGS, headers=headers)
    assert taken.status_code == 303


async def test_text_of_others_stays_text(owner: Visitor):
    """Names, attributes, subjects and campaign names with markup in them are shown as they are."""
    await owner.post("/settings", **(SETTINGS | {"name": EVIL, "postal_address": EVIL}))
    contact = await add_contact(
        owner, "ada@example.com", name=EVIL, external_id=EVIL, attributes=f"note: {EVIL}"
    )
    campaign = await add_campaign(owner, name=EVIL, contact_filter="note:script")
    message = await add_message(owner, campaign, subject=EVIL, preheader=EVIL)
    await owner.post(f"{message}/test", page=message)
    await owner.post("/keys", name=EVIL, mode="live", **{"scope:contacts:read": "1"})
    refused = await owner.post(
        f"{campaign}/messages/new", **(MESSAGE | {"html_template": "{% " + EVIL + " %}"})
    )
    paths = (
        "/", "/contacts", f"/contacts?q={EVIL}", "/contacts?filter=" + EVIL, contact,
        f"{contact}/edit", "/campaigns", campaign, f"{campaign}/settings", f"{campaign}/people",
        f"{campaign}/activity", message, "/sends", "/keys", "/settings", "/settings/account",
        "/contacts/filter?contact_filter=" + EVIL, f"/sends?state={EVIL}",
    )  # fmt: skip
    pages = [refused, *[await owner.get(path) for path in paths]]
    for page in pages:
        assert page.status_code in {200, 422}, page.url
        assert "<script>alert" not in page.text, page.url
        assert "<img src=x" not in page.text, page.url
    assert "&lt;script&gt;" in pages[1].text
