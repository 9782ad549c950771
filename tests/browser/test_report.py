"""Check 18: any number in a report opens exactly those people, and a contact's page says why."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.browser.customers import Customer
from tests.browser.watched_page import accessibility, overflow, watch
from tests.fixtures.sandbox import wait_for

pytestmark = pytest.mark.browser
PATIENT = 90
MESSAGES = [
    {"subject": f"Day {day}", "send_day": day, "html_template": "<p>Hello</p>", "format": "html"}
    for day in (0, 2, 5)
]
NUMBERS = "#funnel a, #exits a, #by-message td > a"
TOTAL = "#total"


def mailed(customer: Customer) -> str:
    """A campaign whose first mail has gone to three people; gives its id."""
    for name in ("ada", "bob", "cleo"):
        customer.contact(f"{name}@example.com", name=name.capitalize())
    made = customer.campaign(day_zero="immediately", messages=MESSAGES)
    answer = customer.api.post(f"/v1/campaigns/{made['id']}/activate")
    assert answer.status_code == 200, answer.text
    report = f"/v1/campaigns/{made['id']}/report"
    wait_for(
        lambda: customer.api.get(report).json()["people"]["delivered"] == 3,
        PATIENT,
        "three people whom a mail was delivered to",
    )
    return str(made["id"]).removeprefix("cam_")


async def opened(page: Page) -> None:
    """Follow every number of the report, and count what it opens."""
    links = await page.locator(NUMBERS).evaluate_all(
        "links => links.map(a => [a.getAttribute('href'), a.firstChild.textContent])"
    )
    assert len(links) >= 5
    for href, number in links:
        await page.goto(href)
        await expect(page.locator(TOTAL)).to_have_text(number.strip())
        await expect(page.locator("main tbody tr")).to_have_count(int(number))


async def test_every_number_opens_its_people(
    signed_in: BrowserContext, customer: Customer, artifacts: Path
):
    """The report of a campaign that has sent: a line, a table, numbers that lead to people."""
    campaign = mailed(customer)
    page = await signed_in.new_page()
    faults = watch(page)
    await page.goto(f"/campaigns/{campaign}/report")
    assert await accessibility(page) == []
    await page.set_viewport_size({"width": 320, "height": 700})
    assert await overflow(page) == 0
    await page.set_viewport_size({"width": 1280, "height": 900})
    await expect(page.locator("#funnel li").first).to_contain_text("Entered")
    await page.screenshot(path=artifacts / "report.png", full_page=True)
    await opened(page)
    # Why the third message has not come to somebody.
    await page.goto(f"/campaigns/{campaign}/people")
    await page.get_by_role("link", name=re.compile("Why ada@example.com")).click()
    third = page.locator("main li, main tr").filter(has_text="Day 5").first
    await expect(third).to_contain_text("To come")
    assert faults == []


async def test_without_script(customer: Customer, browser: Browser):
    """Without script the bars and the table of numbers are there, and links work."""
    campaign = mailed(customer)
    context = await customer.open(browser, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"/campaigns/{campaign}/report")
    await expect(page.locator("time-chart svg.bars")).to_be_visible()
    await page.get_by_role("link", name="30 days").click()
    await expect(page).to_have_url(re.compile(r"from=\d{4}-\d\d-\d\d&to="))
    await context.close()
