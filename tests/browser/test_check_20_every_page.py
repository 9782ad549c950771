"""Check 20: every page is sound. A page that comes new is walked by itself.

No violation of the policy, nothing asked of anybody else, nothing that axe finds, no overflow at
320 px and at 200 % zoom, no layout that shifts, a first view under 200 kB.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import closing, suppress
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page
from playwright.async_api import TimeoutError as TooLongError

from tests.browser import addresses
from tests.browser.customers import sign_up
from tests.browser.watched_page import accessibility, contrast, in_the_dark, overflow, watch
from tests.fixtures.sandbox import Running, wait_for
from tests.gallery.business import Business, fill

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

FIRST_VIEW = 200_000
"""Bytes that come over the wire for a page to somebody who has nothing of it yet."""
SHIFT = 0.025
"""Of the layout: a quarter of what Web Vitals call good. Long tables find their widths late."""
SHIFTS = """new Promise(done => {
  let moved = 0;
  const add = list => list.forEach(one => { if (!one.hadRecentInput) moved += one.value; });
  const seen = new PerformanceObserver(list => add(list.getEntries()));
  seen.observe({ type: "layout-shift", buffered: true });
  setTimeout(() => { add(seen.takeRecords()); done(moved); }, 50);
})"""
"""By how much the layout has shifted since the page began."""
SCROLLED = """[...document.querySelectorAll(".table-scroll, .tabs")]
  .filter(one => one.scrollWidth > one.clientWidth + 1)
  .map(one => one.getAttribute("aria-label") || one.className)"""
"""Tables and tabs of which a part is out of sight on a desk."""
GRAVE = ("serious", "critical")
WIDTHS = {"at 320 px": 320, "at 200 % zoom": 640}


@pytest.fixture(scope="module")
async def business(sandbox: Running) -> AsyncIterator[Business]:
    """A customer with contacts, campaigns in every state, and three weeks of mail."""
    customer = sign_up(sandbox)
    yield await fill(customer)
    customer.close()


async def _walk(
    browser: Browser, sandbox: Running, client: httpx.Client, pages: Iterable[str]
) -> str:
    """What is wrong with each page, a line a fault, as whoever the client is signed in as."""
    found: list[str] = []
    for address in pages:
        # A context each: its cache is empty, as that of whoever comes for the first time.
        context = await _context(browser, sandbox, client)
        try:
            faults = await _faults(context, sandbox.url, address)
            found += [f"{address}: {fault}" for fault in faults]
        finally:
            await context.close()
    return "\n".join(found)


async def _context(browser: Browser, sandbox: Running, client: httpx.Client) -> BrowserContext:
    context = await browser.new_context(
        base_url=sandbox.url,
        viewport={"width": 1280, "height": 900},
        color_scheme="light",
        reduced_motion="reduce",
    )
    await context.add_cookies(
        [{"name": c.name, "value": c.value or "", "url": sandbox.url} for c in client.cookies.jar]
    )
    return context


async def _faults(context: BrowserContext, origin: str, address: str) -> list[str]:
    page = await context.new_page()
    heard = watch(page)
    foreign: list[str] = []
    page.on("request", lambda r: foreign.append(r.url) if _is_foreign(r.url, origin) else None)
    received = await _count_bytes(page)
    answer = await page.goto(address)
    assert answer is not None
    # What a page asks for in the background belongs to its first view; some never stop asking.
    with suppress(TooLongError):
        await page.wait_for_load_state("networkidle", timeout=5_000)
    await page.evaluate("document.fonts.ready")
    # From here on axe knocks at frames that let nobody in, and says so.
    found = [f"status {answer.status}"] * (answer.status != httpx.codes.OK) + list(heard)
    if (moved := await page.evaluate(SHIFTS)) >= SHIFT:
        found.append(f"the layout shifts by {moved:.3f}")
    if received[0] > FIRST_VIEW:
        found.append(f"the first view is {received[0]:,} bytes")
    found += [f"does not fit at 1280 px: {one}" for one in await page.evaluate(SCROLLED)]
    found += [f"axe, light: {one}" for one in await accessibility(page) if one["impact"] in GRAVE]
    await in_the_dark(page)
    found += [f"axe, dark: {one}" for one in await contrast(page)]
    for name, width in WIDTHS.items():
        await page.set_viewport_size({"width": width, "height": 900})
        if wide := await overflow(page):
            found.append(f"{wide} px too wide {name}: {await _too_wide(page)}")
    return [*found, *(f"asks {url}" for url in foreign)]


def _is_foreign(url: str, origin: str) -> bool:
    return not url.startswith((origin, "data:", "blob:", "about:"))


async def _count_bytes(page: Page) -> list[int]:
    received = [0]

    def add(event: dict[str, Any]) -> None:
        received[0] += int(event["encodedDataLength"])

    session = await page.context.new_cdp_session(page)
    await session.send("Network.enable")
    session.on("Network.loadingFinished", add)
    return received


async def _too_wide(page: Page) -> str:
    """The elements that stick out, for whoever has to mend it."""
    found: list[str] = await page.evaluate(
        """() => [...document.querySelectorAll("body *")]
          .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
          .slice(-3).map(e => e.tagName.toLowerCase() + "." + e.className)"""
    )
    return ", ".join(found)


async def test_every_page_of_a_customer(browser: Browser, sandbox: Running, business: Business):
    """The dashboard of a customer with data."""
    client = business.customer.pages
    found = addresses.crawl(client, ("dashboard",), business.known)
    assert found.missing == []
    assert len(found.pages) >= 25
    assert await _walk(browser, sandbox, client, found.pages) == ""


async def test_every_page_without_sign_in(browser: Browser, sandbox: Running, business: Business):
    """Account pages, what mails lead to, the reference, the components."""
    customer = business.customer
    addresses.forgotten(customer)
    wait_for(
        lambda: any("reset-password" in m["text"] for m in sandbox.inbox(customer.email)),
        60,
        "the mail with a new password's link",
    )
    invited = wait_for(lambda: sandbox.inbox("mia@example.com"), 60, "the invitation")
    known = addresses.mailed_links(sandbox, customer.email) + addresses.mailed_links(
        sandbox, invited[0]["to"]
    )
    with httpx.Client(base_url=sandbox.url, timeout=60) as nobody:
        token = addresses.recipients_token(business)
        known.append(addresses.operators_link(sandbox, "new@operator.example"))
        known += [f"/u/{token}", f"/u/{token}/preferences"]
        found = addresses.crawl(nobody, ("open",), known)
        assert found.missing == []
        # The same in the other direction.
        more = [f"/u/{token}?lang=ar", f"/u/{token}/preferences?lang=ja"]
        assert await _walk(browser, sandbox, nobody, [*found.pages, *more]) == ""


async def test_every_page_of_the_operator(browser: Browser, sandbox: Running, business: Business):
    """The operator console, with a tenant in it."""
    with closing(addresses.operator(sandbox)) as client:
        found = addresses.crawl(client, ("operator",), [f"/operator/tenants/{business.tenant.hex}"])
        assert found.missing == []
        assert await _walk(browser, sandbox, client, found.pages) == ""
