"""Importing in a browser: odd headers, a closed tab, and people who have unsubscribed."""

import csv
import io
import re

import httpx
import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.browser.customers import Customer
from tests.browser.watched_page import accessibility, overflow, watch
from tests.fixtures.web import CSRF

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
PATIENCE = 150_000
ODD = "E-Mail Address;Vorname;Nachname;Kundennummer;Größe\n"


async def upload(page: Page, data: bytes, name: str = "kunden.csv") -> None:
    await page.goto("/contacts/imports/new")
    file = {"name": name, "mimeType": "text/csv", "buffer": data}
    await page.get_by_label("File", exact=True).set_input_files(file)  # type: ignore[arg-type]
    await page.get_by_role("button", name="Upload").click()
    await expect(page.get_by_role("heading", name="Columns", exact=True)).to_be_visible(
        timeout=PATIENCE
    )


async def figures(page: Page) -> list[str]:
    """New, updated, unchanged, invalid and unsubscribed, as the page shows them."""
    await expect(page.get_by_text("Stay unsubscribed")).to_be_visible(timeout=PATIENCE)
    return [re.sub(r"\D", "", text) for text in await page.locator(".stat-value").all_inner_texts()]


async def test_odd_headers_semicolons_and_a_mark(signed_in: BrowserContext, customer: Customer):
    """Check 8: such a file maps without editing, and the check's counts are those of the import."""
    customer.contact("p1@example.com", name="P 1 One", attributes={"grosse": 170})
    customer.contact("p2@example.com", name="Somebody Else")
    rows = "".join(f"p{n}@example.com;P {n};One;;170\n" for n in range(1, 41))
    rows += "nobody;;;;\np3@example.com;;;;\n"
    page = await signed_in.new_page()
    faults = watch(page)
    await upload(page, ("\ufeff" + ODD + rows).encode())
    chosen = await page.locator('select[name^="to-"]').evaluate_all("all => all.map(s => s.value)")
    assert chosen == ["email", "first_name", "last_name", "external_id", "attribute"]
    assert await accessibility(page) == []
    await page.get_by_role("button", name="Check the file").click()
    said = await figures(page)
    assert await accessibility(page) == []
    await page.get_by_role("button", name="Import 40 contacts").click()
    await expect(page.get_by_text("38 new and 2 updated contacts.")).to_be_visible(timeout=PATIENCE)
    assert await figures(page) == said == ["38", "2", "0", "2", "0"]
    await page.set_viewport_size({"width": 320, "height": 800})
    assert await overflow(page) == 0
    assert faults == []


async def test_a_closed_tab(signed_in: BrowserContext, customer: Customer):
    """Check 9: it goes on without the tab; reopened it tells the truth, then gives the errors."""
    rows = "".join(f"p{n}@example.com,{n}\n" for n in range(25_000)) + "nobody,1\n"
    page = await signed_in.new_page()
    await upload(page, ("email,n\n" + rows).encode(), "many.csv")
    address = page.url
    await page.get_by_role("button", name="Check the file").click()
    await expect(page.locator("live-progress, .stat-value").first).to_be_visible(timeout=PATIENCE)
    await page.close()
    page = await signed_in.new_page()
    faults = watch(page)
    await page.goto(address)
    await page.get_by_role("button", name="Import 25,000 contacts").click(timeout=PATIENCE)
    shown = page.locator("live-progress, .notice-success").first
    await expect(shown).to_be_visible(timeout=PATIENCE)
    await page.close()
    page = await signed_in.new_page()
    await page.goto(address)
    said = page.get_by_text("25,000 new and 0 updated contacts.")
    await expect(said).to_be_visible(timeout=PATIENCE)
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="Download as CSV").click()
    text = (await (await waiting.value).path()).read_text("utf-8-sig")
    ((_, *header), (row, why, *cells)) = csv.reader(io.StringIO(text))
    assert (header, row, cells) == (["error", "email", "n"], "25002", ["nobody", "1"])
    assert "@-sign" in why
    assert faults == []


async def test_nobody_is_resubscribed(signed_in: BrowserContext, customer: Customer):
    """Check 10: whoever has unsubscribed is counted, updated, and stays unsubscribed."""
    contact = customer.contact("left@example.com")
    customer.api.post(f"/v1/contacts/{contact['id']}/unsubscribe").raise_for_status()
    page = await signed_in.new_page()
    await upload(page, b"email,name,status\nleft@example.com,Left,subscribed\n")
    await page.get_by_role("button", name="Check the file").click()
    assert await figures(page) == ["0", "1", "0", "0", "1"]
    await page.get_by_role("button", name="Import 1 contact").click()
    await expect(page.get_by_text("0 new and 1 updated contacts.")).to_be_visible(timeout=PATIENCE)
    found = customer.api.get(f"/v1/contacts/{contact['id']}").json()
    assert (found["name"], found["status"]) == ("Left", "unsubscribed")


def test_without_script(customer: Customer):
    """The same by forms and reloads alone, over a real server."""
    new, pages = "/contacts/imports/new", customer.pages
    token = CSRF.search(pages.get(new).text)
    assert token
    form = {"_csrf_token": token.group(1) or token.group(2)}
    files = {"file": ("p.csv", b"email,plan\nada@example.com,pro\n", "text/csv")}
    path = pages.post(new, data=form, files=files).headers["location"]
    assert pages.post(path, data=form).status_code == 303
    _reload(pages, path, "Import 1 contact")
    assert pages.post(f"{path}/start", data=form).status_code == 303
    _reload(pages, path, "1 new and 0 updated")


def _reload(pages: httpx.Client, path: str, words: str) -> None:
    for _ in range(600):
        page = pages.get(path).text
        if words in page:
            return
        assert 'http-equiv="refresh"' in page, page
    raise AssertionError(words)
