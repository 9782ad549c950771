"""Check 19: unsubscribing, and undoing it, with JavaScript off, from a mail that has arrived."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, expect

from tests.browser.customers import Customer
from tests.fixtures.sandbox import wait_for

pytestmark = pytest.mark.browser


def _start(customer: Customer, name: str) -> None:
    """A campaign that mails whoever there is at once."""
    message = {"subject": name, "send_day": 0, "html_template": "<p>Hello</p>", "format": "html"}
    made = customer.campaign(name=name, day_zero="immediately", messages=[message])
    done = customer.api.post(f"/v1/campaigns/{made['id']}/activate")
    assert done.status_code == 200, done.text


def _mails(customer: Customer, email: str, subject: str) -> list[dict[str, Any]]:
    return [mail for mail in customer.sandbox.inbox(email) if mail["subject"] == subject]


async def test_leaving_and_coming_back_without_script(browser: Browser, customer: Customer):
    """Opening changes nothing, the button takes effect before the next send, undo works."""
    mark = customer.email.partition("@")[0]
    ada, grace = f"ada-{mark}@example.com", f"grace-{mark}@example.com"
    contact = customer.contact(ada, name="Ada", attributes={"language": "de"})
    customer.contact(grace)
    _start(customer, "First")
    (mail,) = wait_for(lambda: _mails(customer, ada, "First"), 60, "the first mail")
    assert "Abmelden" in mail["html"]
    link = urlsplit(mail["headers"]["List-Unsubscribe"].strip("<>")).path
    context = await browser.new_context(base_url=customer.sandbox.url, java_script_enabled=False)
    page = await context.new_page()
    for _ in range(2):
        await page.goto(link)
    await expect(page.get_by_role("heading", name="Von Vinr Wines abmelden?")).to_be_visible()
    await page.get_by_role("link", name="English").click()
    await expect(page.get_by_text("a•••@example.com")).to_be_visible()
    assert customer.api.get(f"/v1/contacts/{contact['id']}").json()["status"] == "subscribed"

    await page.get_by_role("button", name="Unsubscribe", exact=True).click()
    await expect(page.get_by_role("heading", name="You are unsubscribed")).to_be_visible()
    assert customer.api.get(f"/v1/contacts/{contact['id']}").status_code == 404
    _start(customer, "Second")
    wait_for(lambda: _mails(customer, grace, "Second"), 60, "the second mail to who stayed")
    assert _mails(customer, ada, "Second") == []

    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_role("heading", name="You are subscribed again")).to_be_visible()
    back = customer.api.get(f"/v1/contacts/{contact['id']}").json()
    assert (back["status"], back["email"], back["name"]) == ("subscribed", ada, "Ada")
    wait_for(lambda: _mails(customer, ada, "Second"), 60, "the second mail, after coming back")
    assert len(_mails(customer, ada, "First")) == 1
    await page.goto(link + "/preferences?lang=en")
    await page.get_by_role("button", name="Pause for 30 days").click()
    await expect(
        page.get_by_role("heading", name=re.compile("Mail is paused until"))
    ).to_be_visible()
    await context.close()
