"""What the tests of the dashboard's pages share: a tenant's owner, and what they have made."""

import re
import secrets

import httpx

from tests.fixtures.web import Visitor

FORM = "/settings/account"
"""A page with a token, for buttons that stand on pages which a test does not look at."""
CAMPAIGN = {
    "name": "Welcome",
    "contact_filter": "language=en",
    "preferred_send_time": "10:00",
    "timezone": "Europe/London",
    "day_zero": "scheduled",
    "late_limit_hours": "12",
    "sender_name": "",
    "sender_email": "",
}
MESSAGE = {
    "subject": "Welcome {{ contact.name | default: 'there' }}",
    "preheader": "",
    "send_day": "0",
    "format": "html",
    "html_template": "<p>Hello {{ contact.name | default: 'there' }}</p>",
}
SETTINGS = {
    "name": "Vinr",
    "timezone": "Europe/London",
    "postal_address": "1 Cellar Street\nLondon",
    "sender_name": "Vinr",
    "sender_email": "hi@example.com",
}


def went_to(answer: httpx.Response) -> str:
    """Where a form led, after it was taken."""
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def add_contact(visitor: Visitor, email: str, **fields: str) -> str:
    """Add a contact by hand; gives the address of its page."""
    return went_to(await visitor.post("/contacts/new", email=email, **fields))


async def add_campaign(visitor: Visitor, **fields: str) -> str:
    """Make a campaign; gives the address of its page."""
    return went_to(await visitor.post("/campaigns/new", **(CAMPAIGN | fields)))


async def add_message(visitor: Visitor, campaign: str, **fields: str) -> str:
    """Write a message; gives the address of its page."""
    return went_to(await visitor.post(f"{campaign}/messages/new", **(MESSAGE | fields)))


async def activated(visitor: Visitor, **fields: str) -> str:
    """An active campaign with one message; gives the address of its page."""
    # Over the installation an address sends for one tenant alone.
    sender = f"hi@{secrets.token_hex(6)}.example.com"
    await visitor.post("/settings", **(SETTINGS | {"sender_email": sender}))
    campaign = await add_campaign(visitor, **fields)
    await add_message(visitor, campaign)
    # Without the minute in which it could be undone: nothing would be sent before it is over.
    answer = await visitor.post(f"{campaign}/activate", page=campaign, at_once="yes")
    assert went_to(answer) == campaign
    return campaign


def plain(page: str) -> str:
    """The words of a page, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())
