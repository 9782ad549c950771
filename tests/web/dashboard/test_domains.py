"""The pages of sending domains, in an installation that is no sandbox, on DNS of the test's own."""

import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from litestar import Litestar
from playwright.async_api import Route, expect

from tenantcrm.app import create_app
from tenantcrm.database import Database
from tenantcrm.delivery.identities.bench import Bench
from tenantcrm.settings import Settings
from tests.browser.chromium import chromium
from tests.browser.watched_page import accessibility, overflow, watch
from tests.fixtures.dns_server import NameServer, txt
from tests.fixtures.fake_identities import FakeIdentities
from tests.fixtures.web import Visitor, serving
from tests.web.dashboard.conftest import (
    SETTINGS,
    add_campaign,
    add_message,
    plain,
    went_to,
)
from tests.web.posted_forms import pressed

HTMX = {"HX-Request": "true"}
PAGE = "/settings/domains"


@pytest.fixture(scope="module")
async def ses() -> AsyncIterator[FakeIdentities]:
    async with FakeIdentities().serving() as ses:
        yield ses


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[NameServer]:
    async with NameServer().serving() as server:
        yield server


@pytest.fixture(scope="module")
async def app(
    settings: Settings, database: Database, ses: FakeIdentities, server: NameServer
) -> AsyncIterator[Litestar]:
    """The application on this SES and this DNS."""
    del database
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "test")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
        app = create_app(replace(settings, ses_endpoint_url=ses.url, ses_region="eu-west-1"))
        box = app.state.services
        bench = Bench(box.database, box.settings, server.resolver())
        app.state.services = replace(box, identities=bench)
        async with serving(app):
            yield app


@pytest.fixture
def domain() -> str:
    return f"d{secrets.token_hex(6)}.com"


async def added(owner: Visitor, domain: str, **more: str) -> str:
    return went_to(await owner.post(PAGE, name=domain, **more))


async def looked(owner: Visitor, page: str) -> str:
    """The page after its button for looking was pressed."""
    assert went_to(await owner.post(f"{page}/check", page=page)) == page
    return (await owner.get(page)).text


def publish(server: NameServer, page: str) -> None:
    """Write every record that the page's zone file names."""
    found = re.search(r'id="zone-file">([^<]+)<', page)
    assert found
    for line in found.group(1).replace("&#34;", '"').splitlines():
        name, _ttl, _class, kind, value = line.split(" ", 4)
        server.set(name.rstrip("."), kind, value)


async def verified(owner: Visitor, domain: str, ses: FakeIdentities, server: NameServer) -> str:
    page = await added(owner, domain)
    publish(server, await looked(owner, page))
    ses.verify(domain)
    assert "Every address of" in await looked(owner, page)
    return page


async def test_added_and_listed(owner: Visitor, domain: str):
    """A domain is added by its name alone; the list leads to its records, each to be copied."""
    page = await added(owner, domain.upper())
    text = (await owner.get(page)).text
    assert domain in (await owner.get(PAGE)).text
    assert "Now set these records" in text
    assert text.count(">Not looked at<") == 7
    text = await looked(owner, page)
    assert text.count(">CNAME</span>") == 3
    assert f"_tenantcrm.{domain}" in text
    assert "feedback-smtp.eu-west-1.amazonses.com" in text
    assert "v=spf1 include:amazonses.com ~all" in text
    assert "0 of 6 records found" in text
    for key in re.findall(r'<copy-button for="([^"]+)"', text):
        assert f'id="{key}"' in text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "A domain is needed"),
        ("name", "gmail.com", "mailbox provider"),
        ("name", "co.uk", "Anybody may have"),
        ("mail_from", "a.b", "Expected one word"),
    ],
)
async def test_refused_with_words(owner: Visitor, field: str, value: str, words: str):
    """What cannot be set up is 422 at its field, with what was typed."""
    fields = {"name": "kept-as-typed.com", field: value}
    answer = await owner.post(PAGE, **fields)
    assert answer.status_code == 422
    assert words in answer.text
    assert f'id="f-{field}-error"' in answer.text
    assert f'value="{fields["name"]}"' in answer.text


async def test_one_mended_record_flips_alone(owner: Visitor, server: NameServer, domain: str):
    """A record that is put right flips its own row; a wrong one shows what was seen there."""
    page = await added(owner, domain)
    before = plain(await looked(owner, page))
    assert before.count("Missing") >= 6
    server.set(f"bounce.{domain}", "TXT", txt("v=spf1 include:amazonses.com ~all"))
    server.set(f"bounce.{domain}", "MX", "10 mx.elsewhere.net.")
    after = plain(await looked(owner, page))
    assert "1 of 6 records found" in after
    assert "Different" in after
    assert "10 mx.elsewhere.net" in after


async def test_verified(owner: Visitor, ses: FakeIdentities, server: NameServer, domain: str):
    """With every record there a domain is verified, and a campaign is active from any address."""
    page = await verified(owner, domain, ses, server)
    text = (await owner.get(page)).text
    assert "6 of 6 records found" in text
    assert "hx-trigger" not in text.split('id="standing"')[1].split(">")[0]
    await owner.post("/settings", **(SETTINGS | {"sender_email": f"anybody@{domain}"}))
    campaign = await add_campaign(owner, name="Spring")
    await add_message(owner, campaign)
    assert (
        went_to(await owner.post(f"{campaign}/activate", page=campaign, at_once="yes")) == campaign
    )
    text = plain((await owner.get(page)).text)
    assert "Spring" in text
    assert "Added" in text
    assert "Verified" in text
    assert went_to(await owner.post(f"{page}/remove", page=page)) == page
    assert "Spring sends from it" in (await owner.get(page)).text
    await owner.post(f"{campaign}/pause", page=campaign)
    assert went_to(await owner.post(f"{page}/remove", page=page)) == PAGE
    assert domain not in (await owner.get(PAGE)).text


async def test_not_verified_is_not_activated(owner: Visitor, domain: str):
    """Until then a campaign is refused, and told where to look."""
    await added(owner, domain)
    await owner.post("/settings", **(SETTINGS | {"sender_email": f"hi@{domain}"}))
    campaign = await add_campaign(owner)
    await add_message(owner, campaign)
    answer = await owner.post(f"{campaign}/activate", page=campaign)
    assert answer.status_code == 422
    assert "Sending domains" in answer.text


async def test_default_sender_of_active_campaigns(
    owner: Visitor, ses: FakeIdentities, server: NameServer, domain: str
):
    """The default sender of an active campaign is not changed to one that may not send."""
    await verified(owner, domain, ses, server)
    await owner.post("/settings", **(SETTINGS | {"sender_email": f"hi@{domain}"}))
    campaign = await add_campaign(owner)
    await add_message(owner, campaign)
    await owner.post(f"{campaign}/activate", page=campaign, at_once="yes")
    answer = await owner.post("/settings", **(SETTINGS | {"sender_email": f"hi@x{domain}"}))
    assert answer.status_code == 422
    assert "An active campaign sends from this address" in answer.text
    assert 'id="f-sender_email-error"' in answer.text
    await owner.post("/settings", **(SETTINGS | {"sender_email": f"new@{domain}"}))
    assert f"new@{domain}" in (await owner.get("/settings")).text


async def test_moves_by_itself(owner: Visitor, domain: str):
    """While it is pending the page asks for its own part again, which stands alone."""
    page = await added(owner, domain)
    text = (await owner.get(page)).text
    assert f'hx-get="{page}" hx-trigger="every 5s"' in text
    part = (await owner.get(page, headers=HTMX)).text
    assert "<html" not in part
    assert 'id="standing"' in part


async def test_dmarc(owner: Visitor, server: NameServer, domain: str):
    """The policy is advised on: absent, broken, and as it is."""
    page = await added(owner, domain)
    assert "Gmail and Yahoo ask" in await looked(owner, page)
    server.set(f"_dmarc.{domain}", "TXT", txt("v=DMARC1; p=nothing"))
    assert "p=nothing is none of" in await looked(owner, page)
    server.set(f"_dmarc.{domain}", "TXT", txt("v=DMARC1; p=reject"))
    text = await looked(owner, page)
    assert "p=reject" in text
    assert "Do not send before" in text


async def test_looking_is_limited(owner: Visitor, domain: str):
    """The button cannot be used to flood SES and name servers."""
    page = await added(owner, domain)
    statuses = [(await owner.post(f"{page}/check", page=page)).status_code for _ in range(11)]
    assert statuses[:10] == [303] * 10
    assert statuses[10] == 429


async def test_mail_service_is_away(owner: Visitor, ses: FakeIdentities, domain: str):
    """Where SES cannot be asked the form comes back with what was typed, and says so."""
    ses.away = True
    try:
        answer = await owner.post(PAGE, name=domain)
    finally:
        ses.away = False
    assert answer.status_code == 503
    assert "could not be asked" in answer.text
    assert domain in answer.text


async def test_anothers(owner: Visitor, rival: Visitor, domain: str):
    """Another's domain is not found, by no way."""
    page = await added(owner, domain)
    assert (await rival.get(page)).status_code == 404
    for button in ("check", "remove"):
        answer = await rival.post(f"{page}/{button}", page="/settings/account")
        assert answer.status_code == 404
    assert domain in (await owner.get(PAGE)).text


async def test_sandbox(app: Litestar, ses: FakeIdentities, owner: Visitor, domain: str):
    """A sandbox says that DNS is not looked at, and verifies at once."""
    box = app.state.services
    bench = replace(box.identities, settings=replace(box.settings, sandbox_home=Path()))
    app.state.services = replace(box, identities=bench)
    ses.add(domain)
    ses.verify(domain)
    try:
        page = await added(owner, domain)
    finally:
        app.state.services = box
    assert "Verified" in plain((await owner.get(page)).text)


async def test_the_checklist_leads_there(owner: Visitor):
    """The start page's list has a step for it."""
    assert f'href="{PAGE}"' in (await owner.get("/")).text


@pytest.mark.browser
async def test_in_a_browser(owner: Visitor, ses: FakeIdentities, server: NameServer, domain: str):
    """Check 3: a record that is put right flips its row alone, without a reload; a wrong one shows
    what was seen there. The page fits a phone, and has nothing that axe objects to.
    """

    async def answer(route: Route) -> None:
        """The application itself, with its own headers: its policy binds the page."""
        url = urlsplit(route.request.url)
        headers = {
            name: value
            for name, value in route.request.headers.items()
            if name.startswith("hx-") or name == "accept"
        }
        found = await owner.get(url.path, headers=headers)
        headers = {k: v for k, v in found.headers.items() if k != "set-cookie"}
        await route.fulfill(status=found.status_code, headers=headers, body=found.content)

    path = await added(owner, domain)
    publish(server, await looked(owner, path))
    server.set(f"bounce.{domain}", "MX", "10 mx.elsewhere.net.")
    server.failing.add(f"_dmarc.{domain}")
    await looked(owner, path)
    async with chromium() as browser:
        for scheme, width in (("light", 1280), ("dark", 320)):
            page = await browser.new_page(
                base_url="http://127.0.0.1:8000",
                color_scheme=scheme,
                viewport={"width": width, "height": 800},
            )
            faults = watch(page)
            await page.route("**/*", answer)
            await page.goto(path)
            await expect(page.get_by_text("5 of 6 records found")).to_be_visible()
            await expect(page.get_by_text("10 mx.elsewhere.net")).to_be_visible()
            badges = page.locator(".dns-record .badge")
            before = await badges.all_inner_texts()
            await expect(page.get_by_role("button", name="Copy").first).to_be_visible()
            assert await overflow(page) == 0
            assert await accessibility(page) == []
            server.set(f"bounce.{domain}", "MX", "10 feedback-smtp.eu-west-1.amazonses.com.")
            await looked(owner, path)
            await expect(page.get_by_text("6 of 6 records found")).to_be_visible(timeout=20_000)
            after = await badges.all_inner_texts()
            assert [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]] == [
                ("Different", "Found")
            ]
            await expect(page.get_by_text("10 mx.elsewhere.net")).to_have_count(0)
            assert faults == []
            server.set(f"bounce.{domain}", "MX", "10 mx.elsewhere.net.")
            await looked(owner, path)
            await page.close()


async def test_refused_as_often_as_it_is_sent(owner: Visitor):
    """A form that was refused is not taken for done: it is looked at each time."""
    for answer in await pressed(owner, "/settings/domains", name="no domain"):
        assert answer.status_code == 422
    good = f"d{secrets.token_hex(6)}.com"
    led = {went_to(answer) for answer in await pressed(owner, "/settings/domains", name=good)}
    assert len(led) == 1
