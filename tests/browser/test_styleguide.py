"""Components and layouts in a real browser, under the real Content-Security-Policy."""

import mimetypes
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, Request, Route, expect

from tenantcrm.web import sheets
from tenantcrm.web.security_headers import POLICY
from tenantcrm.web.styleguide import styleguide_context
from tenantcrm.web.templating import STATIC
from tests.browser.watched_page import (
    accessibility,
    contrast,
    in_the_dark,
    overflow,
    settled,
    watch,
)
from tests.web.pages import TOKEN, render_pages

pytestmark = pytest.mark.browser

ORIGIN = "http://localhost:8000"
PAGES = render_pages()
BUSINESS = styleguide_context()["shell"].tenant_id
FRAGMENT = '<div id="error-summary" tabindex="-1" role="alert">Not saved</div>'


async def _answer(route: Route) -> None:
    """Stand in for the web process: pages and static files, and refusals of what is posted."""
    path = urlsplit(route.request.url).path
    headers = {"Content-Security-Policy": POLICY}
    if route.request.method == "POST":
        status = 500 if "fail" in (route.request.post_data or "") else 422
        headers |= {"X-Request-Id": "req_42", "Content-Type": "text/html"}
        await route.fulfill(status=status, headers=headers, body=FRAGMENT)
    elif path.startswith("/static/"):
        file = STATIC / path.removeprefix("/static/")
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        body = sheets.site() if path == sheets.PATH else file.read_bytes()
        await route.fulfill(headers=headers | {"Content-Type": kind}, body=body)
    elif path == "/session":
        # A form asks whether it would be taken before it leaves the page.
        await route.fulfill(headers=headers, json={"business": BUSINESS, "token": TOKEN})
    else:
        headers["Content-Type"] = "text/html; charset=utf-8"
        await route.fulfill(headers=headers, body=PAGES[path])


@asynccontextmanager
async def opened(
    browser: Browser, path: str = "/styleguide", **more: object
) -> AsyncIterator[Page]:
    """A page in a context of its own."""
    context = await browser.new_context(**more)  # type: ignore[arg-type] # Playwright's own options
    await context.route("**/*", _answer)
    page = await context.new_page()
    await page.goto(ORIGIN + path)
    yield page
    await context.close()


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("path", sorted(PAGES))
async def test_layouts(browser: Browser, artifacts: Path, path: str, width: int) -> None:
    """Each layout, in both schemes and widths: no violation, no finding of axe, no overflow."""
    name = f"layout-{path.strip('/').replace('/', '-')}-{width}"
    async with opened(
        browser, "/error", color_scheme="light", viewport={"width": width, "height": 900}
    ) as page:
        faults = watch(page)
        await page.goto(ORIGIN + path)
        await settled(page)
        assert await overflow(page) == 0
        await page.screenshot(path=artifacts / f"{name}-light.png", full_page=True)
        assert await accessibility(page) == []
        await in_the_dark(page)
        await page.screenshot(path=artifacts / f"{name}-dark.png", full_page=True)
        assert await contrast(page) == []
        assert faults == []


async def test_confirm_is_modal(browser: Browser) -> None:
    """What destroys asks in a modal dialog, which Escape closes and which wants a typed count."""
    async with opened(browser) as page:
        await page.get_by_text("Delete campaign…").click()
        dialog = page.get_by_role("dialog", name="Delete “Welcome mail English”?")
        await expect(dialog).to_be_visible()
        typed = dialog.get_by_label("Type 12431 to confirm")
        await expect(typed).to_be_focused()
        await typed.fill("12430")
        assert not await typed.evaluate("e => e.checkValidity()")
        await page.keyboard.press("Escape")
        await expect(dialog).to_be_hidden()


async def test_works_without_script(browser: Browser) -> None:
    """Without script the question opens in place, a dialog stands in the page, the menu opens."""
    small = {"width": 375, "height": 800}
    async with opened(browser, java_script_enabled=False, viewport=small) as page:
        await page.get_by_text("Delete campaign…").click()
        await expect(page.get_by_role("button", name="Delete campaign", exact=True)).to_be_visible()
        await expect(page.get_by_role("button", name="Send test")).to_be_visible()
        await page.locator(".phone-nav > summary").click()
        await expect(
            page.locator(".phone-nav").get_by_role("link", name="Contacts")
        ).to_be_visible()


async def test_second_submit_is_dropped(browser: Browser) -> None:
    """Two clicks on a button make one request."""
    async with opened(browser) as page:
        sent: list[Request] = []
        page.on("request", lambda r: sent.append(r) if r.method == "POST" else None)
        await page.get_by_role("button", name="Pause").dblclick()
        await expect(page.get_by_text("Not saved")).to_be_visible()
        assert len(sent) == 1
        assert TOKEN in (sent[0].post_data or "")


async def test_fault_keeps_what_was_typed(browser: Browser) -> None:
    """A 500 leaves the form as it is, names the request, and frees the button."""
    async with opened(browser) as page:
        await page.get_by_role("button", name="Open a dialog").click()
        field = page.get_by_role("dialog").get_by_label("To")
        await field.fill("fail@example.com")
        await page.get_by_role("button", name="Send test").click()
        await expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text(
            "Request req_42"
        )
        await expect(field).to_have_value("fail@example.com")
        await expect(page.get_by_role("button", name="Send test")).not_to_have_attribute(
            "aria-busy", "true"
        )


async def test_refusal_is_shown_and_focused(browser: Browser) -> None:
    """A 422 is swapped in, and the focus goes to the list of faults; the token went along."""
    async with opened(browser) as page:
        await page.get_by_role("button", name="Open a dialog").click()
        async with page.expect_request(lambda r: r.method == "POST") as sent:
            await page.get_by_role("button", name="Send test").click()
        assert (await sent.value).headers["x-csrftoken"] == TOKEN
        await expect(page.get_by_text("Not saved")).to_be_focused()


async def test_times_are_the_viewers(browser: Browser) -> None:
    """A moment shows in the viewer's zone, which it names, with UTC in the hover text."""
    async with opened(browser, timezone_id="Asia/Kolkata") as page:
        due = page.locator(".key-values time").first
        await expect(due).to_have_text("Mon 23 Nov 2026, 15:30 GMT+5:30")
        await expect(due).to_have_attribute("title", "Mon 23 Nov 2026, 10:00 UTC")


async def test_zone_is_detected(browser: Browser) -> None:
    """Sign-up starts with the browser's own zone."""
    async with opened(browser, "/sign-up", timezone_id="Asia/Kolkata") as page:
        await expect(page.get_by_label("Time zone")).to_have_value("Asia/Calcutta")


async def test_copy(browser: Browser) -> None:
    """The copy button puts the text on the clipboard and says so."""
    rights = ["clipboard-read", "clipboard-write"]
    async with opened(browser, permissions=rights) as page:
        await page.get_by_role("button", name="Copy key").click()
        await expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert (await page.evaluate("navigator.clipboard.readText()")).startswith("tcrm_live_")


async def test_keyboard(browser: Browser) -> None:
    """The first Tab reaches the skip link, and Escape closes an open menu."""
    async with opened(browser) as page:
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
        await page.get_by_label("More actions").click()
        await expect(page.get_by_role("link", name="Duplicate")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("link", name="Duplicate")).to_be_hidden()
