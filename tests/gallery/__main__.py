"""``make screenshots``: every screen in light, dark and phone width, and a page that shows them.

``make screenshots ARGS="report campaigns"`` takes some anew. Starts a sandbox of its own, fills it
with three weeks of an invented business, and walks every
page that the routes have. A screen that is new is in the next gallery by itself.
"""

import asyncio
import sys
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Literal

import httpx
from PIL import Image
from playwright.async_api import Browser, Page

from tests.browser import addresses
from tests.browser.chromium import chromium
from tests.browser.customers import sign_up
from tests.browser.watched_page import end_animations
from tests.fixtures.sandbox import Running, running
from tests.gallery.business import Business, fill, mailed_link
from tests.gallery.screens import Screen, screens_of
from tests.sandbox.support import open_folder

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
PEOPLE = 240
FORMS: tuple[tuple[str, int, Literal["light", "dark"]], ...] = (
    ("light", 1280, "light"),
    ("dark", 1280, "dark"),
    ("phone", 390, "light"),
)
TALLEST, COLOURS = 1700, 96


async def main(wanted: list[str]) -> None:
    """Take all pictures (or those of the screens with these names), then write the page."""
    with open_folder() as folder, running(folder / "home", "--no-demo") as sandbox:
        customer = sign_up(sandbox, "Vinr Wines", email="ines@vinr.example")
        business = await fill(customer, PEOPLE)
        async with chromium() as browser:
            taken = await _dashboard(browser, business, wanted)
            taken += await _without_sign_in(browser, sandbox, business, wanted)
        customer.close()
    write_page(taken)


async def _dashboard(browser: Browser, business: Business, wanted: list[str]) -> list[Screen]:
    client = business.customer.pages
    known = [f"/campaigns/{business.main['id'][4:]}", *_telling(business), *business.known]
    found = addresses.crawl(client, ("dashboard",), known)
    screens = screens_of(found.by_route)
    await _take(browser, business.customer.sandbox, client, _only(screens, wanted))
    return screens


def _only(screens: list[Screen], wanted: list[str]) -> list[Screen]:
    return [screen for screen in screens if not wanted or screen.name in wanted]


def _telling(business: Business) -> list[str]:
    """The pages of a person who is in the campaign that is shown, and of a mail to them."""
    rows = business.customer.api.get(f"/v1/campaigns/{business.main['id']}/deliveries").json()
    mails = [row for row in rows["data"] if row["state"] == "delivered" and row["contact_id"]]
    mail = mails[len(mails) // 2]
    return [f"/contacts/{mail['contact_id'][4:]}", f"/sends/{mail['id'][4:]}"]


async def _without_sign_in(
    browser: Browser, sandbox: Running, business: Business, wanted: list[str]
) -> list[Screen]:
    with httpx.Client(base_url=sandbox.url, timeout=60) as nobody:
        link = mailed_link(business)
        known = [link, f"{link}/preferences"]
        found = addresses.crawl(nobody, ("open",), known)
        screens = screens_of(found.by_route)
        screens += [
            Screen("unsubscribe-german", "Unsubscribe, in German", f"{link}?lang=de"),
            Screen("unsubscribe-arabic", "Unsubscribe, in Arabic", f"{link}?lang=ar"),
        ]
        await _take(browser, sandbox, nobody, _only(screens, wanted))
    return screens


async def _take(
    browser: Browser, sandbox: Running, client: httpx.Client, screens: Iterable[Screen]
) -> None:
    cookies = [
        {"name": c.name, "value": c.value or "", "url": sandbox.url} for c in client.cookies.jar
    ]
    context = await browser.new_context(
        base_url=sandbox.url, reduced_motion="reduce", timezone_id="Europe/London"
    )
    await context.add_cookies(cookies)  # type: ignore[arg-type] # its own type of dict
    page = await context.new_page()
    for screen in screens:
        await page.emulate_media(color_scheme="light")
        await page.set_viewport_size({"width": 1280, "height": 800})
        await page.goto(screen.address)
        await page.evaluate("document.fonts.ready")
        # What comes in the background: counts, previews, charts.
        await page.wait_for_timeout(500)
        for form, width, scheme in FORMS:
            await page.emulate_media(color_scheme=scheme)
            await page.set_viewport_size({"width": width, "height": 800})
            await page.wait_for_timeout(100)
            await end_animations(page)
            _save(await _picture(page), FOLDER / f"{screen.name}-{form}.png")
    await context.close()


async def _picture(page: Page) -> bytes:
    """The whole page in a window as tall as it is: what sticks to the edge sticks there."""
    size = page.viewport_size
    assert size is not None
    tall = await page.evaluate("document.documentElement.scrollHeight")
    await page.set_viewport_size(
        {"width": size["width"], "height": max(500, min(int(tall), TALLEST))}
    )
    return await page.screenshot()


def _save(picture: bytes, path: Path) -> None:
    """With so few colours that the whole gallery stays small; nobody sees the difference."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(BytesIO(picture)) as image:
        flat = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        flat.save(path, optimize=True)


def write_page(screens: list[Screen]) -> None:
    """The gallery, and nothing beside it that no screen has any more."""
    kept = {f"{screen.name}-{form}.png" for screen in screens for form, *_ in FORMS}
    for old in FOLDER.glob("*.png"):
        if old.name not in kept and old.name != "inbox.png":
            old.unlink()
    lines = [
        "# Screens", "",
        "Every screen of tenantcrm in light, dark and on a phone, of an invented business. Made by",
        "`make screenshots`; nothing here is edited by hand.", "",
    ]  # fmt: skip
    for screen in screens:
        pictures = " ".join(
            f'<a href="{screen.name}-{form}.png"><img src="{screen.name}-{form}.png" '
            f'alt="{screen.title}, {form}" height="260"></a>'
            for form, *_ in FORMS
        )
        lines += [f"## {screen.title}", "", pictures, ""]
    (FOLDER / "README.md").write_text("\n".join(lines))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
