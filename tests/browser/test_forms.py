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


async def _end_session(page: Page) -> None:
    await page.context.clear_cookies(name="tcrm_dashboard")


async def _sign_in_again(page: Page, password: str = PASSWORD) -> None:
    """In the dialog over the page, which knows the address."""
    dialog = page.get_by_role("dialog", name="Sign in to go on")
    await expect(dialog.get_by_label("Email")).to_have_value(re.compile("@example.com$"))
    await dialog.get_by_label("Password", exact=True).fill(password)
    await dialog.get_by_role("button", name="Sign in").click()


async def test_an_ended_session_loses_nothing(page: Page):
    """Whoever saves after the session ended signs in over the page, and then it is saved."""
    faults = watch(page)
    await page.goto("/settings")
    # A browser that was closed meanwhile has lost the token of its forms, and no more.
    await page.context.clear_cookies(name="tcrm_csrf")
    await page.get_by_label("Postal address").fill("2 Cellar Street")
    await page.get_by_role("button", name="Save settings").click()
    await expect(page.get_by_text("Saved.")).to_be_visible()
    await page.goto("/settings")
    await page.get_by_label("Postal address").fill("1 Cellar Street")
    await page.context.clear_cookies(name="tcrm_csrf")
    await _end_session(page)
    await page.get_by_role("button", name="Save settings").click()
    await _sign_in_again(page, "not the password")
    await expect(page.get_by_text("Signing in did not work")).to_be_visible()
    await _sign_in_again(page)
    await expect(page.get_by_text("Saved.")).to_be_visible()
    await expect(page.get_by_label("Postal address")).to_have_value("1 Cellar Street")
    # The refusals themselves are what the console speaks of.
    assert [one for one in faults if not re.search("40[13]|422", one)] == []


async def test_an_ended_session_loses_no_file(page: Page):
    """A chosen file stays chosen, and goes when the person has signed in over the page."""
    await page.goto("/contacts/imports/new")
    file = {"name": "people.csv", "mimeType": "text/csv", "buffer": b"email\nada@example.com\n"}
    await page.get_by_label("File").set_input_files(files=[file])
    await _end_session(page)
    await page.get_by_role("button", name="Upload").click()
    await page.get_by_role("button", name="Not now").click()
    await page.context.clear_cookies(name="tcrm_csrf")
    await page.get_by_role("button", name="Upload").click()
    await _sign_in_again(page)
    await expect(page.get_by_role("heading", name="people.csv")).to_be_visible()


async def test_an_ended_session_loses_no_consent(page: Page):
    """Where a consent was given is still there after the session has ended."""
    await _add(page, "ada@example.com")
    await page.locator("summary", has_text="Unsubscribe").click()
    await _end_session(page)
    await page.get_by_role("button", name="Unsubscribe", exact=True).click()
    await _sign_in_again(page)
    source = page.get_by_label("Where consent was given")
    await source.fill("By telephone")
    await _end_session(page)
    await page.get_by_role("button", name="Subscribe again").click()
    await expect(source).to_have_value("By telephone")
    await _sign_in_again(page)
    await expect(page.get_by_text("may be mailed again")).to_be_visible()


async def test_back_finds_no_expired_page(page: Page):
    """Behind forms that were refused, and behind a sign-out, Back leads to pages that open."""
    email = await page.locator("meta[name=business]").get_attribute("data-email")
    await page.goto("/contacts/imports/new")
    file = {"name": "people.csv", "mimeType": "text/csv", "buffer": b""}
    await page.get_by_label("File").set_input_files(files=[file])
    await page.get_by_role("button", name="Upload").click()
    await expect(page.get_by_text("The file is empty")).to_be_visible()
    await page.goto("/contacts")
    await page.go_back()
    await expect(page.get_by_role("heading", name="Import contacts")).to_be_visible()
    await page.locator("details.account summary").click()
    await page.get_by_role("button", name="Sign out").first.click()
    await expect(page.get_by_text("You are signed out.")).to_be_visible()
    await page.go_back()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    for password in ("not the password", PASSWORD):
        await page.get_by_label("Email").fill(email or "")
        await page.get_by_label("Password", exact=True).fill(password)
        await page.get_by_role("button", name="Sign in").click()
        if password != PASSWORD:
            await expect(page.get_by_text("Address or password are wrong")).to_be_visible()
    await expect(page.get_by_role("heading", name="Import contacts")).to_be_visible()
    await page.go_back()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
