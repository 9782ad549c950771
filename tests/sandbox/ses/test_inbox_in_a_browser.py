"""The inbox as a person has it before them."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.chromium import chromium
from tests.browser.watched_page import accessibility, overflow, watch
from tests.sandbox.ses.running import raw, simple
from tests.sandbox.ses.told import configured

pytestmark = pytest.mark.browser
HTML = (
    b"From: Vinr <hi@example.com>\r\nSubject: Welcome\r\n"
    b"List-Unsubscribe: <https://example.com/u/token>\r\n"
    b"Content-Type: text/html; charset=utf-8\r\n\r\n"
    b"<body onload='document.title = 1'><h1>Hello</h1><a href='%b'>Unsubscribe</a>"
    b"<script>document.body.innerHTML = 'hacked'</script>"
)


@pytest.fixture(scope="module")
async def browser():
    """A headless Chromium for these tests."""
    async with chromium() as opened:
        yield opened


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
async def test_every_page_is_sound(ses, client, someone, browser: Browser, scheme, width):
    """List and mail break no policy, fit a telephone, and axe finds nothing, light and dark."""
    await client.send_email(**raw(HTML % b"https://example.com/", someone))
    number = ses.messages(to=someone)[0]["id"]
    context = await browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 800}
    )
    page = await context.new_page()
    faults = watch(page)
    paths = ["/inbox", f"/inbox?to={someone}", "/inbox?to=nobody-has-this"]
    paths += [f"/inbox/{number}?show={part}" for part in ("text", "headers", "source")]
    for path in paths:
        await page.goto(ses.url + path)
        assert await accessibility(page) == [], path
        assert await overflow(page) == 0, path
    assert faults == []
    await context.close()


async def test_new_mail_appears_by_itself(ses, client, someone, browser: Browser):
    """An open list shows a mail that arrives, and keeps what was typed into the search."""
    page = await browser.new_page()
    await page.goto(f"{ses.url}/inbox")
    await page.get_by_role("searchbox").fill("half a wo")
    await client.send_email(**simple(someone, "Just arrived"))
    row = page.get_by_role("link", name=someone)
    await expect(row).to_be_visible()
    await expect(page.get_by_role("searchbox")).to_have_value("half a wo")
    await row.click()
    await expect(page.get_by_role("heading", name="Just arrived")).to_be_visible()
    await page.close()


async def test_a_link_in_a_mail_opens_a_new_tab(ses, client, someone, browser: Browser):
    """The frame runs no script of the mail, and its link opens a page of its own that works."""
    await client.send_email(**raw(HTML % f"{ses.url}/inbox".encode(), someone))
    page = await browser.new_page()
    await page.goto(f"{ses.url}/inbox/{ses.messages(to=someone)[0]['id']}")
    frame = page.frame_locator("iframe")
    await expect(frame.get_by_role("heading", name="Hello")).to_be_visible()
    async with page.expect_popup() as opening:
        await frame.get_by_role("link", name="Unsubscribe").click()
    opened = await opening.value
    await expect(opened.get_by_role("searchbox")).to_be_visible()
    await opened.get_by_role("searchbox").fill(someone)
    await opened.get_by_role("button", name="Find").click()
    await expect(opened.get_by_role("link", name=someone)).to_be_visible()
    await opened.close()
    await page.close()


async def test_without_script(ses, client, someone, browser: Browser):
    """Search, mail and tabs work with JavaScript off."""
    await client.send_email(**simple(someone, "Plain", "The text part"))
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{ses.url}/inbox")
    await page.get_by_role("searchbox").fill(someone)
    await page.get_by_role("button", name="Find").click()
    await page.get_by_role("link", name="Plain").click()
    await expect(page.get_by_text("The text part")).to_be_visible()
    await page.get_by_role("link", name="Source").click()
    await expect(page.get_by_text("Subject: Plain")).to_be_visible()
    await context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_click_lets_it_happen(ses, client, someone, browser: Browser, scheme):
    """A click on Complain is told, the page shows it, and axe finds nothing beside the mail."""
    name = await configured(client, ses)
    await client.send_email(**simple(someone), ConfigurationSetName=name)
    number = ses.messages(to=someone)[0]["id"]
    page = await browser.new_page(color_scheme=scheme)
    faults = watch(page)
    await page.goto(f"{ses.url}/inbox/{number}")
    await page.get_by_role("button", name="Complain").click()
    await expect(page.get_by_role("listitem").filter(has_text="Complaint")).to_be_visible()
    assert await accessibility(page) == []
    assert await overflow(page) == 0
    assert faults == []
    await page.close()
