"""The first minutes of a customer, keys, and a team, in a browser: checks 1, 2, 4 and 5."""

import re
import secrets

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.browser.customers import Customer
from tests.browser.watched_page import accessibility, overflow, watch
from tests.fixtures.sandbox import Running, wait_for
from tests.fixtures.web import PASSWORD

pytestmark = pytest.mark.browser
PATIENT = 30_000
"""Milliseconds: what moves by itself does so in seconds, on a machine that has time for it."""


async def stays(page: Page) -> None:
    """Leave a mark in the page that a reload would take away."""
    await page.evaluate("window.neverReloaded = true")


async def stayed(page: Page) -> bool:
    return bool(await page.evaluate("window.neverReloaded === true"))


async def test_from_sign_up_to_a_test_mail(browser: Browser, sandbox: Running):
    """Check 1: five clicks and three fields lead from signing up to a test mail in the inbox."""
    context = await browser.new_context(base_url=sandbox.url)
    page = await context.new_page()
    faults, clicks = watch(page), 0
    email = f"owner-{secrets.token_hex(5)}@example.com"

    async def click(role: str, name: str) -> None:
        nonlocal clicks
        clicks += 1
        await page.get_by_role(role, name=name, exact=True).first.click()  # type: ignore[arg-type] # a role

    await page.goto("/sign-up")
    assert await accessibility(page) == []
    await page.get_by_label("Business name").fill("Vinr Wines")
    await page.get_by_label("Your email").fill(email)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    # The browser's own zone stands there already.
    await expect(page.get_by_label("Time zone")).not_to_have_value("")
    await click("button", "Create account")
    await expect(
        page.get_by_text("0 of 8 steps done").or_(page.get_by_text("1 of 8"))
    ).to_be_visible()
    await click("link", "Write")
    await click("button", "Use this one")
    await page.wait_for_url(re.compile(r"/campaigns/[0-9a-f]{32}"))
    await page.locator('a[href*="/messages/"]:not([href$="/new"])').first.click()
    clicks += 1
    await click("button", "Send me a test")
    mail = wait_for(
        lambda: [m for m in sandbox.inbox(email) if m["subject"].startswith("[Test]")],
        60,
        "the test mail",
    )[0]
    assert mail["text"].strip()
    assert clicks == 5
    assert faults == []
    await context.close()


async def test_the_checklist_ticks_by_itself(
    browser: Browser, sandbox: Running, customer: Customer
):
    """Check 2: the first contact over the API ticks its step on a page that is open, and nothing
    else moves: not the focus, not the page.
    """
    context = await customer.open(browser)
    page = await context.new_page()
    faults = watch(page)
    await page.goto("/")
    step = page.get_by_role("listitem").filter(has_text="Send the first contact")
    await expect(step.get_by_label("Done")).to_have_count(0)
    await stays(page)
    write = page.get_by_role("link", name="Write", exact=True)
    await write.focus()
    customer.contact("ada@example.com", attributes={"language": "en"})
    await expect(step.get_by_label("Done")).to_be_visible(timeout=PATIENT)
    assert await stayed(page)
    assert await accessibility(page) == []
    assert faults == []
    await context.close()


async def test_a_new_key(signed_in: BrowserContext, sandbox: Running):
    """Check 4: a key appears once, with a command that works as it stands; the page hears of the
    first call by itself; after a reload there is its prefix and its last four.
    """
    page = await signed_in.new_page()
    faults = watch(page)
    await page.goto("/keys")
    await page.get_by_label("Name").fill("Production backend")
    await page.get_by_role("button", name="Make key").click()
    key = await page.locator("#new-key").inner_text()
    command = await page.locator("#new-key-curl").inner_text()
    assert key in command
    await expect(page.get_by_text("Waiting for your first call…")).to_be_visible()
    assert await accessibility(page) == []
    await stays(page)
    address = re.search(r"curl -X PUT (\S+)", command)
    body = re.search(r"-d '(.*)'", command)
    assert address
    assert body
    headers = dict(re.findall(r"-H '([^:]+): ([^']+)'", command))
    made = httpx.put(address.group(1), content=body.group(1), headers=headers)
    assert made.status_code == 201, made.text
    await expect(page.get_by_text("the first call has come")).to_be_visible(timeout=PATIENT)
    assert await stayed(page)
    await page.reload()
    content = await page.content()
    assert key not in content
    assert f"{key[:14]}…{key[-4:]}" in content
    rows = page.get_by_role("row").filter(has_text="Production backend")
    await expect(rows).to_have_count(1)
    await page.set_viewport_size({"width": 320, "height": 800})
    assert await overflow(page) == 0
    assert faults == []


async def test_revoking_a_key(customer: Customer, signed_in: BrowserContext, sandbox: Running):
    """Check 5: after revoking a key its next call is 401, and another key works on; a key that is
    replaced works beside its successor.
    """
    page = await signed_in.new_page()
    await page.goto("/keys")
    await page.get_by_label("Name").fill("Old system")
    await page.get_by_role("button", name="Make key").click()
    key = await page.locator("#new-key").inner_text()

    def call(key: str) -> int:
        headers = {"Authorization": f"Bearer {key}"}
        return httpx.get(f"{sandbox.url}/v1/me", headers=headers).status_code

    assert call(key) == 200
    row = page.get_by_role("row").filter(has_text="Old system")
    await row.get_by_role("button", name="Replace").click()
    await page.get_by_role("dialog").get_by_role("button", name="Replace key").click()
    await expect(page.get_by_text("It takes the place of")).to_be_visible()
    successor = await page.locator("#new-key").inner_text()
    assert (call(key), call(successor)) == (200, 200)
    await page.goto("/keys")
    await (
        page.get_by_role("row").filter(has_text=key[-4:]).get_by_text("Revoke", exact=True).click()
    )
    await page.get_by_role("dialog").get_by_role("button", name="Revoke key").click()
    await expect(page.get_by_text("The key is revoked.")).to_be_visible()
    assert (call(key), call(successor)) == (401, 200)
    assert customer.api.get("/v1/me").status_code == 200


async def test_somebody_joins_by_mail(
    browser: Browser, customer: Customer, signed_in: BrowserContext, sandbox: Running
):
    """An invitation comes by mail; its link leads into the team, in the role that was chosen."""
    page = await signed_in.new_page()
    faults = watch(page)
    email = f"grace-{secrets.token_hex(5)}@example.com"
    await page.goto("/settings/team")
    await page.get_by_label("Email").fill(email)
    await page.get_by_label("Viewer").check()
    await page.get_by_role("button", name="Send invitation").click()
    await expect(page.get_by_text(f"{email} is invited as viewer.")).to_be_visible()
    assert await accessibility(page) == []
    mail = wait_for(lambda: sandbox.inbox(email), 60, "the invitation")[0]
    assert "invites you to Vinr Wines" in mail["subject"]
    link = re.search(r"https?://\S+/invitation/\S+", mail["text"])
    assert link
    other = await browser.new_context(base_url=sandbox.url)
    theirs = await other.new_page()
    faults += watch(theirs)
    await theirs.goto(link.group())
    assert await accessibility(theirs) == []
    await theirs.get_by_label("Your name").fill("Grace Hopper")
    await theirs.get_by_label("Choose a password").fill(PASSWORD)
    await theirs.get_by_role("button", name="Create my account and join").click()
    await expect(theirs.get_by_text("Welcome to Vinr Wines.")).to_be_visible()
    await theirs.goto("/keys")
    await expect(theirs.get_by_role("button", name="Make key")).to_have_count(0)
    await theirs.goto("/settings/team")
    await expect(theirs.get_by_role("link", name="Audit")).to_have_count(0)
    await page.goto("/settings/audit")
    await expect(page.get_by_text("Grace Hopper joined member")).to_be_visible()
    assert await accessibility(page) == []
    for path in ("/settings/audit", "/settings/team", "/settings/usage", "/"):
        await page.set_viewport_size({"width": 320, "height": 800})
        await page.goto(path)
        assert await overflow(page) == 0, path
        assert await accessibility(page) == [], path
    assert faults == []
    await other.close()
