"""The message editor in a browser: checks 13, 14 and 17, and what it does while one types."""

import asyncio
import json
import re

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.browser.customers import Customer
from tests.browser.watched_page import accessibility, overflow, watch
from tests.fixtures.sandbox import wait_for
from tests.fixtures.web import PASSWORD

pytestmark = pytest.mark.browser
HTML = "<p>Hello {{ contact.name | default: 'you' }}</p>\n<p>{{ contact.plan | default: '-' }}</p>"


def message_page(customer: Customer, template: str = HTML, form: str = "html") -> tuple[str, str]:
    """The pages of a campaign and of its one message."""
    message = {"subject": "Welcome {{ contact.name | default: 'you' }}", "send_day": 0,
               "html_template": template, "format": form}  # fmt: skip
    made = customer.campaign(messages=[message])
    campaign = f"/campaigns/{made['id'].removeprefix('cam_')}"
    return campaign, f"{campaign}/messages/{made['messages'][0]['id'].removeprefix('msg_')}"


async def saved(page: Page, words: str = "All changes saved") -> None:
    await expect(page.locator("#save-state")).to_have_text(words)


async def test_13_seen_as_a_named_contact(signed_in: BrowserContext, customer: Customer):
    """Desktop, phone, dark and plain text show the values of the contact who was searched for."""
    customer.contact("grace@example.com", name="Grace Hopper", attributes={"plan": "gold"})
    customer.contact("bob@example.com", name="Bob", attributes={"plan": "tin"})
    _, address = message_page(customer)
    page = await signed_in.new_page()
    faults = watch(page)
    await page.goto(address)
    await page.locator(".seen-as summary").click()
    await page.get_by_label("Find a contact").fill("hopp")
    await page.get_by_role("radio", name="Grace Hopper").check()
    await expect(page.locator("#facts")).to_contain_text("Welcome Grace Hopper")
    await page.locator(".seen-as summary").click()
    frame = page.frame_locator("#mail-stage iframe:not(.mail-frame-next)")
    for view in ("Phone", "Dark", "Plain text", "Desktop"):
        await page.locator("label.segment", has_text=view).click()
        stage = "text" if view == "Plain text" else view.lower()
        await expect(page.locator("#mail-stage")).to_have_class(re.compile(f"mail-stage-{stage}"))
        await expect(frame.locator("body")).to_contain_text("Hello Grace Hopper")
        await expect(frame.locator("body")).to_contain_text("gold")
    await page.get_by_label("Template").fill("<p>Unsaved {{ contact.plan | default: '-' }}</p>")
    await expect(frame.locator("body")).to_contain_text("Unsaved gold")
    assert await accessibility(page) == []
    assert faults == []


async def _at_line(page: Page, number: int) -> None:
    """The cursor of the editor stands there; asked from outside, as the policy lets no text run."""
    async with asyncio.timeout(20):
        line = "document.querySelector('code-editor')?.editor?.line()"
        while await page.evaluate(line) != number:
            await page.wait_for_timeout(50)


async def test_14_what_is_broken_blocks_and_leads_to_its_spot(
    signed_in: BrowserContext, customer: Customer
):
    """Activation names a variable without a fallback and a link without an address, each a link."""
    broken = "<p>Hello</p>\n<p>{{ contact.plan }}</p>\n<a href=''>Our cellar</a>"
    campaign, address = message_page(customer, broken)
    page = await signed_in.new_page()
    await page.goto(f"{campaign}/activate")
    await expect(page.get_by_text("contact.plan has no fallback")).to_be_visible()
    await page.get_by_role("link", name="Our cellar").click()
    await expect(page).to_have_url(re.compile(re.escape(address) + r"\?line=3"))
    await _at_line(page, 3)
    await page.locator(".finding-spot", has_text="Line 2").click()
    await _at_line(page, 2)
    await page.get_by_label("Template").fill("<p>{{ contact.plan | default: 'x' }}</p>")
    await expect(page.locator("#preflight-count")).to_have_text("Nothing in the way")
    await page.keyboard.press("Control+s")
    await saved(page)
    await page.goto(f"{campaign}/activate")
    await expect(page.get_by_text("has no fallback")).to_have_count(0)


async def test_17_two_tabs_one_message(signed_in: BrowserContext, customer: Customer):
    """The second save shows both versions and waits for a choice; nothing is written over."""
    _, address = message_page(customer)
    first, second = await signed_in.new_page(), await signed_in.new_page()
    for page, subject in ((first, "Mine"), (second, "Theirs")):
        await page.goto(address)
        await page.get_by_label("Subject").fill(subject)
        await saved(page, "Not saved yet")
    await first.get_by_role("button", name="Save message").click()
    await saved(first)
    await second.keyboard.press("Control+s")
    await saved(second, "Not saved")
    await expect(second.locator(".conflict")).to_contain_text("Mine")
    await expect(second.get_by_label("Subject")).to_have_value("Theirs")
    # What the preview asks for meanwhile, while one types, is another matter.
    async with second.expect_response(address) as answered:
        await second.get_by_role("button", name="Save message").click()
    assert (await answered.value).status == 422
    await expect(second.locator(".conflict")).to_be_focused()
    await second.get_by_role("button", name="Replace the stored one with mine").click()
    await saved(second)
    await first.reload()
    await expect(first.get_by_label("Subject")).to_have_value("Theirs")


async def test_blocks_by_keyboard_to_the_inbox(signed_in: BrowserContext, customer: Customer):
    """Blocks are added and moved in place with the focus kept; the test mail is what was shown."""
    campaign, _ = message_page(customer)
    page = await signed_in.new_page()
    faults = watch(page)
    await page.goto(f"{campaign}/messages/new?format=blocks")
    await page.get_by_label("Subject").fill("In blocks")
    await page.get_by_label("Add a block").click()
    await page.locator("#add-end").get_by_role("button", name="Button").click()
    await expect(page.get_by_label("Words")).to_be_focused()
    await page.keyboard.type("Our cellar")
    await page.get_by_label("Leads to").fill("https://a.example/cellar")
    await page.get_by_role("button", name="Move block 3 up").press("Enter")
    await expect(page.locator("#said")).to_have_text("Button is now 2 of 3.")
    await expect(page.get_by_role("button", name="Move block 2 up")).to_be_focused()
    await expect(page.get_by_label("Words")).to_have_value("Our cellar")
    assert await accessibility(page) == []
    await page.set_viewport_size({"width": 320, "height": 800})
    assert await overflow(page) == 0
    await page.get_by_role("button", name="Save message").click()
    await expect(page.get_by_text("The message is saved.")).to_be_visible()
    await page.get_by_role("button", name="Send me a test").click()
    await expect(page.get_by_text("is on its way")).to_be_visible()
    [mail] = wait_for(
        lambda: [m for m in customer.sandbox.inbox(customer.email) if "In blocks" in m["subject"]],
        60,
        "the test mail",
    )
    assert mail["subject"] == "[Test] In blocks"
    assert "https://a.example/cellar" in mail["html"]
    assert "Our cellar (https://a.example/cellar)" in mail["text"]
    assert "Unsubscribe" in mail["text"]
    assert faults == []


async def test_an_ended_session_keeps_what_was_typed(signed_in: BrowserContext, customer: Customer):
    """Whoever saves after the session ended signs in over the text, and then it is saved."""
    _, address = message_page(customer, json.dumps({"blocks": [{"type": "divider"}]}), "blocks")
    page = await signed_in.new_page()
    await page.goto(address)
    await page.get_by_label("Subject").fill("Typed")
    # All of them, as after a sign-out elsewhere: the preview is refused beside what is saved.
    await signed_in.clear_cookies()
    async with page.expect_response(re.compile("/draft$")) as preview:
        await page.keyboard.press("Control+s")
        await saved(page, "Not saved")
    assert (await preview.value).status == 403
    dialog = page.get_by_role("dialog", name="Sign in to go on")
    await page.evaluate("fetch('/session')")
    await expect(dialog.get_by_role("alert")).to_have_count(0)
    await dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    await dialog.get_by_role("button", name="Sign in").click()
    await saved(page)
    await expect(page.get_by_label("Subject")).to_have_value("Typed")
