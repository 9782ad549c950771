"""The customer's journey in a browser: sign-up, key, campaign, mail in the inbox, unsubscribe."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.browser.watched_page import accessibility, settled, watch
from tests.fixtures.sandbox import Running, wait_for
from tests.fixtures.web import PASSWORD

pytestmark = pytest.mark.browser

OWNER = "owner@journey.example.com"
CONTACT = "grace@journey.example.com"
TEMPLATE = """<html><body style="font-family: sans-serif">
<h1>Hello {{ contact.name | default: 'there' }}</h1>
<p>Welcome to {{ tenant.name }}. You write in {{ contact.language }}.</p>
</body></html>"""


@pytest.fixture
async def context(browser: Browser, sandbox: Running) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(
        base_url=sandbox.url, viewport={"width": 1280, "height": 900}
    )
    yield context
    await context.close()


class Album:
    """A picture of each step, which is checked on the way: these pages have what only this journey
    brings. Every page in every form is check 20's and the gallery's.
    """

    def __init__(self, folder: Path, page: Page) -> None:
        self.folder = folder
        self.page = page

    async def take(self, name: str) -> None:
        page = self.page
        await settled(page)
        assert await accessibility(page) == [], name
        await page.screenshot(path=self.folder / f"{name}.png", full_page=True)


async def test_from_sign_up_to_unsubscribe(
    context: BrowserContext, sandbox: Running, artifacts: Path
):
    """A new customer gets from the sign-up form to a mail that its recipient leaves by."""
    page = await context.new_page()
    faults = watch(page)
    album = Album(artifacts, page)

    await page.goto("/sign-up")
    await album.take("sign-up")
    await page.get_by_label("Business name").fill("Vinr Wines")
    await page.get_by_label("Your email").fill(OWNER)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_label("Time zone").fill("Europe/London")
    await page.get_by_role("button", name="Create account").click()
    await expect(page.get_by_role("heading", name="Home")).to_be_visible()
    await album.take("home-new")

    await _confirm_address(page, sandbox)
    await page.goto("/settings")
    await page.get_by_label("Postal address").fill("1 Cellar Street\nLondon")
    await page.get_by_role("button", name="Save settings").click()
    await expect(page.get_by_text("Saved.")).to_be_visible()
    await album.take("settings")

    key = await _make_key(page, album)
    answer = httpx.put(
        f"{sandbox.url}/v1/contacts/by-email/{CONTACT}",
        headers={"Authorization": f"Bearer {key}"},
        json={"name": "Grace Hopper", "attributes": {"language": "en"}},
    )
    assert answer.status_code == 201, answer.text

    await _write_campaign(page, album)
    await page.get_by_role("button", name="Send me a test").click()
    await expect(page.get_by_text("is on its way")).to_be_visible()
    test_mails = wait_for(
        lambda: [m for m in sandbox.inbox(OWNER) if "Welcome" in m["subject"]], 20, "the test mail"
    )
    assert "Hello Grace Hopper" in test_mails[0]["text"]

    await page.get_by_role("link", name="Back to the campaign").click()
    await page.get_by_role("link", name="Activate").click()
    await expect(page.get_by_text("1 contact matches now")).to_be_visible()
    await album.take("campaign-activate")
    await page.get_by_label("Start at once").check()
    await page.get_by_role("button", name="Activate").click()
    await expect(page.get_by_text("The campaign is active.")).to_be_visible()
    await album.take("campaign")
    mail = wait_for(lambda: sandbox.inbox(CONTACT), 20, "the welcome mail")[0]
    assert mail["subject"] == "Welcome Grace Hopper"

    await _read_and_leave(context, sandbox, mail, artifacts)
    await page.goto("/contacts")
    await expect(page.get_by_text("No contacts yet")).to_be_visible()
    # Chromium logs the refused form, which this journey posts on purpose.
    assert [fault for fault in faults if "422" not in fault] == []


async def _confirm_address(page: Page, sandbox: Running) -> None:
    mail = wait_for(lambda: sandbox.inbox(OWNER), 20, "the confirmation mail")[0]
    link = re.search(r"https?://\S+/verify-email/\S+", mail["text"])
    assert link
    await page.goto(link.group())
    await page.get_by_role("button", name="Confirm my address").click()
    await expect(page.get_by_text("Your address is confirmed.")).to_be_visible()


async def _make_key(page: Page, album: Album) -> str:
    await page.goto("/keys")
    await page.get_by_label("Name").fill("Production backend")
    await page.get_by_role("button", name="Make key").click()
    await expect(page.get_by_text("shown this once")).to_be_visible()
    await album.take("keys-made")
    found = re.search(r"tcrm_live_\w+", await page.locator("main").inner_text())
    assert found
    await page.goto("/keys")
    assert found.group() not in await page.content()
    return found.group()


async def _write_campaign(page: Page, album: Album) -> None:
    await page.goto("/campaigns/new")
    await page.get_by_label("Name", exact=True).fill("Welcome mail English")
    await page.get_by_role("button", name="Edit as text").click()
    await page.get_by_label("The filter as text").fill("language=en")
    said = page.locator(".filter-said")
    await expect(said).to_contain_text("1 contact matches and can be mailed.")
    await page.get_by_label("The filter as text").fill("language=")
    await expect(said).to_contain_text("Expected a value")
    await page.get_by_label("The filter as text").fill("language=en")
    await expect(said).to_contain_text("1 contact matches and can be mailed.")
    await page.get_by_label("At once").check()
    await album.take("campaign-new")
    await page.get_by_role("button", name="Create campaign").click()
    await page.get_by_role("link", name="Write a message").click()
    await page.get_by_label("Subject").fill("Welcome {{ contact.name }")
    await page.get_by_label("Format").select_option("html")
    await page.get_by_label("Template").fill(TEMPLATE)
    await page.get_by_role("button", name="Save message").click()
    await expect(page.locator(".field-error").first).to_be_visible()
    await page.get_by_label("Subject").fill("Welcome {{ contact.name | default: 'you' }}")
    await page.get_by_role("button", name="Save message").click()
    await expect(page.get_by_text("The message is saved.")).to_be_visible()
    frame = page.frame_locator("iframe.mail-frame")
    await expect(frame.get_by_text("Hello Grace Hopper")).to_be_visible()
    await album.take("message")


async def _read_and_leave(
    context: BrowserContext, sandbox: Running, mail: dict[str, str], artifacts: Path
) -> None:
    inbox = await context.new_page()
    await inbox.goto(sandbox.ready["inbox_url"])
    await inbox.screenshot(path=artifacts / "inbox.png", full_page=True)
    link = mail["headers"]["List-Unsubscribe"].strip("<>")
    reader = await context.browser.new_context(java_script_enabled=False)  # type: ignore[union-attr] # it has one
    page = await reader.new_page()
    await page.goto(link)
    await expect(page.get_by_role("heading", name="Unsubscribe from Vinr Wines?")).to_be_visible()
    await page.screenshot(path=artifacts / "unsubscribe.png")
    await page.get_by_role("button", name="Unsubscribe").click()
    await expect(page.get_by_role("heading", name="You are unsubscribed")).to_be_visible()
    await page.screenshot(path=artifacts / "unsubscribed.png")
    await reader.close()
