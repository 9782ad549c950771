"""Fill a sandbox with a business that has been at it for three weeks."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import httpx

from tests.browser.customers import Customer
from tests.fixtures.sandbox import wait_for
from tests.gallery import people
from tests.gallery.campaigns import CAMPAIGNS
from tests.gallery.history import History


@dataclass
class Business:
    """A filled tenant. ``campaigns``: as the API gives them, the main one last.

    ``known``: pages that nothing links to, because they come of what was done.
    """

    customer: Customer
    tenant: UUID
    campaigns: list[dict[str, Any]]
    contacts: list[dict[str, Any]]
    known: list[str] = field(default_factory=list)

    @property
    def main(self) -> dict[str, Any]:
        """The campaign that the pictures show."""
        return self.campaigns[-1]


async def fill(customer: Customer, count: int = 40) -> Business:
    """Contacts over the API, campaigns in every state, three weeks of mail, some trouble."""
    contacts = [customer.contact(email, **fields) for email, fields in people.contacts(count)]
    campaigns = []
    for state, fields in CAMPAIGNS:
        made = customer.campaign(**fields)
        for step in {"active": ["activate"], "paused": ["activate", "pause"]}.get(state, []):
            done = customer.api.post(f"/v1/campaigns/{made['id']}/{step}")
            assert done.status_code == httpx.codes.OK, done.text
        campaigns.append(customer.api.get(f"/v1/campaigns/{made['id']}").json())
    tenant = UUID(hex=customer.api.get("/v1/me").json()["tenant"]["id"].partition("_")[2])
    business = Business(customer, tenant, campaigns, contacts)
    await _write_history(business)
    customer.sandbox.command("deliveries", "recount", "--tenant", tenant.hex, "--repair")
    _settle_in(customer)
    _import(customer)
    business.known.append(_bulk(customer))
    return business


async def _write_history(business: Business) -> None:
    url = re.sub(
        r"^postgresql\+asyncpg", "postgresql", business.customer.sandbox.ready["database_url"]
    )
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL app.tenant_id = '{business.tenant}'")
            history = History(connection, business.tenant, datetime.now(UTC))
            await connection.execute(
                "UPDATE contacts SET created_at = now() - random() * interval '60 days' "
                "WHERE tenant_id = $1",
                business.tenant,
            )
            by_language = _ids(business, lambda a: a["language"] == "en")
            await history.enter(business.main, by_language)
            await history.enter(
                business.campaigns[-2], _ids(business, lambda a: a["plan"] == "free")
            )
            await history.finish()
    finally:
        await connection.close()


def _ids(business: Business, matches: Any) -> list[UUID]:
    return [
        UUID(hex=contact["id"].partition("_")[2])
        for contact in business.contacts
        if matches(contact["attributes"])
    ]


def _settle_in(customer: Customer) -> None:
    """What an owner does besides: a domain, a second key, colleagues."""
    name = f"mail.{customer.email.split('@')[0]}.example.com"
    made = customer.post("/settings/domains", "/settings/domains", name=name, mail_from="bounce")
    assert made.status_code == httpx.codes.SEE_OTHER, made.text
    scope = {"scope:contacts:write": "1"}
    customer.post("/keys", "/keys", name="Shop (staging)", mode="test", **scope)
    for email, role in (("mia@example.com", "editor"), ("tom@example.com", "viewer")):
        customer.post("/settings/team", "/settings/team", email=email, role=role)


def _import(customer: Customer) -> None:
    """A file with odd headers, of which a few rows cannot be taken."""
    people = [f"guest{n}@tasting.example.com;Guest;Number {n};Bath" for n in range(1, 25)]
    rows = ["E-Mail;Vorname;Nachname;Ort", *people, "nobody;No;Address;Bath", "=1+1;A;B;C"]
    answer = customer.api.post(
        "/v1/contact-imports", content="\n".join(rows), headers={"Content-Type": "text/csv"}
    )
    assert answer.status_code == httpx.codes.ACCEPTED, answer.text
    where = answer.headers["Location"]
    wait_for(
        lambda: customer.api.get(where).json()["state"] not in {"checking", "importing"},
        60,
        "the end of the import",
    )


def _bulk(customer: Customer) -> str:
    """Something done to many contacts at once; gives where it is told."""
    query = {"what": "set", "all": "1", "filter": "plan = pro"}
    page = customer.pages.get("/contacts/bulk", params=query).text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    action = re.search(r'<form method="post" action="(/contacts/bulk[^"]*)"', page)
    assert action, page
    done = customer.pages.post(
        unescape(action.group(1)), data=hidden | {"attribute": "guest_list", "value": "true"}
    )
    assert done.status_code == httpx.codes.SEE_OTHER, done.text
    return str(done.headers["location"])


def mailed_link(business: Business) -> str:
    """The path of the link in a mail that has arrived, of a campaign that mails at once."""
    customer, email = business.customer, f"ada@{business.tenant.hex[-6:]}.example.com"
    customer.contact(email, name="Ada")
    message = {"subject": "Hello", "send_day": 0, "html_template": "<p>Hello</p>", "format": "html"}
    made = customer.campaign(
        name="A word", contact_filter=f'email = "{email}"', day_zero="immediately",
        messages=[message],
    )  # fmt: skip
    done = customer.api.post(f"/v1/campaigns/{made['id']}/activate")
    assert done.status_code == httpx.codes.OK, done.text
    mail = wait_for(lambda: customer.sandbox.inbox(email), 60, "a mail with a link")[0]
    return urlsplit(mail["headers"]["List-Unsubscribe"].strip("<>")).path
