"""The customer whom the tests of pages start from can do what they take for granted."""

import pytest
from playwright.async_api import BrowserContext, expect

from tests.browser.customers import Customer

pytestmark = pytest.mark.browser


async def test_a_customer_is_signed_in_and_may_send(customer: Customer, signed_in: BrowserContext):
    """Their contacts come in over the API, and their pages show them."""
    customer.contact("ada@example.com", name="Ada Lovelace", attributes={"language": "en"})
    page = await signed_in.new_page()
    await page.goto("/contacts")
    await expect(page.get_by_role("link", name="ada@example.com")).to_be_visible()
