"""Contacts in a browser: lists that survive, actions on thousands, a filter that answers."""

import re

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.browser.customers import Customer
from tests.browser.watched_page import accessibility, overflow, watch

pytestmark = pytest.mark.browser
MANY = 2_400


def add_many(customer: Customer) -> None:
    """Contacts by the thousand, half of them on the plan pro."""
    for start in range(0, MANY, 800):
        people = [
            {"email": f"p{n}@example.com", "name": f"Person {n}",
             "attributes": {"plan": "pro" if n % 2 else "free", "seats": n % 10}}
            for n in range(start, start + 800)
        ]  # fmt: skip
        answer = customer.api.post("/v1/contacts/batch", json={"contacts": people})
        assert answer.status_code == 200, answer.text


async def _sound(page: Page) -> None:
    assert await accessibility(page) == []
    await page.set_viewport_size({"width": 320, "height": 900})
    assert await overflow(page) == 0
    await page.set_viewport_size({"width": 1280, "height": 900})


async def test_a_list_survives(browser: Browser, customer: Customer, signed_in: BrowserContext):
    """Check 6: search, filter and sort survive reload, Back, and being sent to a colleague."""
    for n in range(3):
        customer.contact(f"p{n}@example.com", name=f"Person {n}", attributes={"plan": "pro"})
    customer.contact("other@example.com", attributes={"plan": "pro"})
    page = await signed_in.new_page()
    faults = watch(page)
    await page.goto("/contacts")
    await page.get_by_text("Filter", exact=True).first.click()
    await page.get_by_role("button", name="Add a condition").click()
    await page.get_by_label("What condition 1 compares").select_option("plan")
    await page.get_by_label("Value of condition 1").fill("pro")
    await page.get_by_role("button", name="Apply filter").click()
    await page.get_by_role("link", name="Contact", exact=True).click()
    await page.get_by_role("searchbox").fill("person")
    await expect(page.locator("#contact-count")).to_have_text("3 contacts match")
    await expect(page).to_have_url(re.compile(r"q=person"))
    first = page.locator("tbody tr").first
    await expect(first).to_contain_text("p0@example.com")
    await page.reload()
    await expect(first).to_contain_text("p0@example.com")
    await expect(page.get_by_label("Value of condition 1")).to_have_value("pro")
    await first.get_by_role("link").click()
    await expect(page.get_by_role("heading", name="Person 0")).to_be_visible()
    await page.go_back()
    await expect(page.locator("#contact-count")).to_have_text("3 contacts match")
    await expect(page.get_by_role("searchbox")).to_have_value("person")
    colleague = await customer.open(browser)
    theirs = await colleague.new_page()
    await theirs.goto(page.url)
    await expect(theirs.locator("#contact-count")).to_have_text("3 contacts match")
    await expect(theirs.locator("tbody tr").first).to_contain_text("p0@example.com")
    await colleague.close()
    await _sound(page)
    assert faults == []


async def test_all_that_match(customer: Customer, signed_in: BrowserContext):
    """Check 7: select all that match; the action shows count, consequence, progress, result."""
    add_many(customer)
    page = await signed_in.new_page()
    faults = watch(page)
    await page.goto("/contacts?filter=plan%20%3D%20pro")
    await expect(page.get_by_role("button", name="Erase")).to_be_hidden()
    await page.get_by_label("Select all on this page").check()
    await expect(page.get_by_text("50 selected")).to_be_visible()
    await page.get_by_label("Select all 1,200 matching").check()
    await expect(page.get_by_text("All 1,200 matching selected")).to_be_visible()
    await page.get_by_role("button", name="Set an attribute").click()
    await expect(
        page.get_by_role("heading", name="Set an attribute of 1,200 contacts?")
    ).to_be_visible()
    await expect(page.get_by_text("becomes the value below")).to_be_visible()
    await _sound(page)
    await page.get_by_label("Attribute").fill("segment")
    await page.get_by_label("Value").fill("winter")
    await page.get_by_role("button", name="Set it for 1,200 contacts").click()
    await expect(page).to_have_url(re.compile(r"/contacts/bulk/[0-9a-f]{32}$"))
    await expect(page.get_by_text("1,200 contacts changed.")).to_be_visible(timeout=60_000)
    await _sound(page)
    await page.goto("/contacts?filter=segment%20%3D%20winter%20AND%20email%3Ap100")
    await page.get_by_label("Select all on this page").check()
    await page.get_by_role("button", name="Erase").click()
    await expect(page.get_by_text("cannot be brought back")).to_be_visible()
    await page.get_by_label("Type 5 to confirm").fill("5")
    await page.get_by_role("button", name="Erase 5 contacts").click()
    await expect(page.get_by_text("5 contacts erased.")).to_be_visible(timeout=60_000)
    await page.get_by_role("link", name="Back to contacts").click()
    await expect(page.locator("#contact-count")).to_have_text("2,395 contacts")
    assert faults == []


async def test_a_filter_answers(customer: Customer, signed_in: BrowserContext):
    """Check 11: a changed condition changes count and people, in one line that is read out."""
    for n in range(4):
        customer.contact(f"p{n}@example.com", attributes={"plan": "pro", "seats": n})
    gone = customer.contact("gone@example.com", attributes={"plan": "pro", "seats": 1})
    answer = customer.api.post(f"/v1/contacts/{gone['id']}/unsubscribe")
    assert answer.status_code == 200, answer.text
    page = await signed_in.new_page()
    faults = watch(page)
    await page.goto("/contacts/filter")
    said = page.get_by_role("status").filter(has_text="match")
    await expect(said).to_have_text("4 contacts match and can be mailed.")
    await expect(said).to_have_attribute("aria-live", "polite")
    await page.get_by_role("button", name="Add a condition").click()
    await page.get_by_label("What condition 1 compares").select_option("seats")
    await expect(page.get_by_label("How condition 1 compares")).to_have_value("eq")
    await page.get_by_label("How condition 1 compares").select_option("le")
    await page.get_by_label("Value of condition 1").fill("1")
    await expect(said).to_have_text("2 contacts match and can be mailed.", timeout=2_000)
    people = page.locator(".filter-people")
    await expect(people).to_contain_text("1 more matches but cannot be mailed: 1 unsubscribed.")
    await expect(people).to_contain_text("p1@example.com")
    await expect(people).not_to_contain_text("p2@example.com")
    await expect(page.get_by_label("Value of condition 1")).to_be_focused()
    await _sound(page)
    assert faults == []
