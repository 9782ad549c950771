"""Forms and lists in a browser: what moves without a reload, and what is never lost."""

import re
import secrets
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.watched_page import watch
from tests.fixtures.sandbox import Running
from tests.fixtures.web import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
async def page(browser: Browser, sandbox: Running) -> AsyncIterator[Page]:
    """A page of somebody who has just signed up."""
    context = await browser.new_context(base_url=sandbox.url)
    page = await context.new_page()
    await page.goto("/sign-up")
    await page.get_by_label("Business name").fill("Vinr")
    await page.get_by_label("Your email").fill(f"{secrets.token_hex(5)}@example.com")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_label("Time zone").fill("Europe/London")
    await page.get_by_role("button", name="Create account").click()
    await expect(page.get_by_role("heading", name="Home")).to_be_visible()
    yield page
    await context.close()


async def _add(page: Page, email: str) -> None:
    await page.goto("/contacts/new")
    await page.get_by_label("Email").fill(email)
    await page.get_by_role("button", name="Add contact").click()
    await expect(page.get_by_text(f"{email} is added.")).to_be_visible()


async def test_searching_swaps_the_list_and_the_count(page: Page):
    """While one types, the list and the counting line follow, and the address keeps it."""
    faults = watch(page)
    await _add(page, "ada@example.com")
    await _add(page, "grace@example.com")
    await page.goto("/contacts")
    count = page.locator("#contact-count")
    await expect(count).to_have_text("2 contacts")
    for text, words in (("gra", "1 contact matches"), ("nobody", "0 contacts match")):
        await page.get_by_role("searchbox").fill(text)
        await expect(count).to_have_text(words)
        await expect(page.locator("#contact-list")).to_have_count(1)
        await expect(count).to_have_attribute("aria-live", "polite")
    await page.get_by_role("searchbox").fill("gra")
    await expect(page.get_by_role("link", name="grace@example.com")).to_be_visible()
    await expect(page).to_have_url(re.compile(r"q=gra"))
    await page.get_by_text("Filter", exact=True).first.click()
    await page.get_by_role("button", name="Edit as text").click()
    await page.get_by_label("The filter as text").fill('email = "*@example.com"')
    await page.get_by_role("button", name="Apply filter").click()
    await expect(page).to_have_url(re.compile(r"q=gra.*filter=|filter=.*q=gra"))
    await expect(page.locator("#contact-count")).to_have_text("1 contact matches")
    assert faults == []


async def test_a_refused_form_is_read_out_and_kept(page: Page):
    """A refused form comes back without a reload, with the focus on what is wrong."""
    await page.goto("/contacts/new")
    await page.get_by_label("Email").fill("ada@example.com")
    await page.get_by_label("Attributes").fill("no colon")
    await page.get_by_role("button", name="Add contact").click()
    await expect(page.locator("#error-summary")).to_be_focused()
    await expect(page.get_by_label("Email")).to_have_value("ada@example.com")
    await expect(page).to_have_url(re.compile(r"/contacts/new$"))
    await page.get_by_label("Attributes").fill("plan: pro")
    await page.get_by_role("button", name="Add contact").click()
    await expect(page.get_by_text("ada@example.com is added.")).to_be_visible()


async def test_an_ended_session_loses_nothing(page: Page):
    """Saving after the session ended says so in place; signed in again, the same form is taken."""
    await page.goto("/settings")
    email = await page.locator(".account-email, .account-name").first.text_content()
    await page.get_by_label("Postal address").fill("1 Cellar Street")
    await page.context.clear_cookies(name="tcrm_dashboard")
    await page.get_by_role("button", name="Save settings").click()
    await expect(page.get_by_text("You have been signed out.")).to_be_visible()
    await expect(page.get_by_label("Postal address")).to_have_value("1 Cellar Street")
    other = await page.context.new_page()
    await other.goto("/sign-in")
    await other.get_by_label("Email").fill(email or "")
    await other.get_by_label("Password", exact=True).fill(PASSWORD)
    await other.get_by_role("button", name="Sign in").click()
    await expect(other.get_by_role("heading", name="Home")).to_be_visible()
    await page.get_by_role("button", name="Save settings").click()
    await expect(page.get_by_text("Saved.")).to_be_visible()


async def test_an_ended_session_loses_no_consent(page: Page):
    """Where a consent was given is still there after the session has ended."""
    await _add(page, "ada@example.com")
    await page.locator("summary", has_text="Unsubscribe").click()
    await page.get_by_role("button", name="Unsubscribe", exact=True).click()
    source = page.get_by_label("Where consent was given")
    await source.fill("By telephone")
    await page.context.clear_cookies(name="tcrm_dashboard")
    await page.get_by_role("button", name="Subscribe again").click()
    await expect(page.get_by_text("You have been signed out.")).to_be_visible()
    await expect(source).to_have_value("By telephone")
