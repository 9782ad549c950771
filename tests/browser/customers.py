"""A customer at the dashboard of the shared sandbox: signed up, confirmed, with an API key."""

import re
import secrets
from dataclasses import dataclass
from typing import Any

import httpx
from playwright.async_api import Browser, BrowserContext

from tenantcrm.tenants.scopes import SCOPES
from tests.fixtures.sandbox import Running, wait_for
from tests.fixtures.web import CSRF, PASSWORD

SETTINGS = {
    "name": "Vinr Wines",
    "timezone": "Europe/London",
    "postal_address": "1 Cellar Street\nLondon",
}


@dataclass
class Customer:
    """An owner of a tenant of their own.

    ``pages`` is signed in and speaks plain HTTP, for what a test takes for granted; ``api`` carries
    a live key with every scope.
    """

    sandbox: Running
    email: str
    pages: httpx.Client
    api: httpx.Client

    def post(self, path: str, page: str = "/settings/account", **fields: str) -> httpx.Response:
        """Post a form with the token that stands on ``page``."""
        token = CSRF.search(self.pages.get(page).text)
        assert token, f"no form on {page}"
        return self.pages.post(
            path, data={**fields, "_csrf_token": token.group(1) or token.group(2)}
        )

    def contact(self, email: str, **fields: Any) -> dict[str, Any]:
        """Put a contact in, as a backend does."""
        answer = self.api.put(f"/v1/contacts/by-email/{email}", json=fields)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    def campaign(self, **fields: Any) -> dict[str, Any]:
        """Make a campaign over the API; without messages, unless they are given."""
        values = {"name": "Welcome", "contact_filter": "", "preferred_send_time": "10:00"}
        answer = self.api.post("/v1/campaigns", json=values | {"messages": []} | fields)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def open(self, browser: Browser, **options: Any) -> BrowserContext:
        """A browser in which this customer is signed in; to be closed by the test."""
        values: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}} | options
        context = await browser.new_context(base_url=self.sandbox.url, **values)
        await context.add_cookies(
            [
                {"name": c.name, "value": c.value or "", "url": self.sandbox.url}
                for c in self.pages.cookies.jar
            ]
        )
        return context

    def close(self) -> None:
        """Close the connections."""
        self.pages.close()
        self.api.close()


def sign_up(
    sandbox: Running, business: str = "Vinr Wines", *, email: str | None = None
) -> Customer:
    """A new customer: signed up, address confirmed, who they are said, a key made."""
    email = email or f"owner-{secrets.token_hex(5)}@example.com"
    pages = httpx.Client(base_url=sandbox.url, timeout=60)
    api = httpx.Client(base_url=sandbox.url, timeout=60)
    customer = Customer(sandbox, email, pages, api)
    made = customer.post(
        "/sign-up", "/sign-up", business_name=business, email=email, password=PASSWORD,
        timezone="Europe/London",
    )  # fmt: skip
    assert made.status_code == 303, made.text
    mail = wait_for(lambda: sandbox.inbox(email), 60, "the confirmation mail")[0]
    link = re.search(r"/verify-email/\S+", mail["text"])
    assert link
    customer.post(link.group(), link.group())
    saved = customer.post("/settings", "/settings", **SETTINGS, sender_name=business,
                          sender_email=f"hi@{secrets.token_hex(6)}.example.com")  # fmt: skip
    assert saved.status_code == 303, saved.text
    customer.post(
        "/keys", "/keys", name="Backend", mode="live", **{f"scope:{name}": "1" for name in SCOPES}
    )
    shown = customer.pages.get("/keys")
    key = re.search(r"tcrm_live_\w{20,}", shown.text)
    assert key, shown.text
    api.headers["Authorization"] = f"Bearer {key.group()}"
    return customer
