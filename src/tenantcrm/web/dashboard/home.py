"""The start page: a checklist from what is really there, then the day at a glance."""

from typing import Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from tenantcrm.campaigns import service as campaigns
from tenantcrm.campaigns.schemas import CampaignView
from tenantcrm.contacts import service as contacts
from tenantcrm.database import TenantSession
from tenantcrm.delivery.identities.reading import can_send
from tenantcrm.delivery.service import sends_by_day, was_tested
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.schemas import Person
from tenantcrm.tenants.service import keys
from tenantcrm.web.dependencies import AnyRequest
from tenantcrm.web.page import show
from tenantcrm.web.templating import number_text

DAYS = 14
SHOWN = 100


class Home(Controller):
    """Where one arrives."""

    @get("/")
    async def home(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """What to do next, what went out, what goes out next."""
        rows = (await campaigns.listed(session, limit=SHOWN)).rows
        total = await contacts.count(session, mode=Mode.LIVE)
        steps = await _steps(session, person, rows, total)
        days = await sends_by_day(session, days=DAYS, zone=person.tenant.timezone)
        active = [row for row in rows if row.state == "active"]
        upcoming = sorted(
            (row for row in active if row.next_send_at), key=lambda row: str(row.next_send_at)
        )
        return await show(
            request,
            person,
            session,
            "home/index.html",
            block="checklist",
            steps=steps,
            done=all(step["done"] for step in steps),
            stats=[
                {"label": "Contacts", "value": number_text(total), "href": "/contacts"},
                {
                    "label": "Active campaigns",
                    "value": number_text(len(active)),
                    "href": "/campaigns",
                },
                {"label": "Sent today", "value": number_text(days[-1][1]), "href": "/sends"},
                {
                    "label": f"Sent in {DAYS} days",
                    "value": number_text(sum(n for _, n in days)),
                    "href": "/sends?state=sent",
                },
            ],
            upcoming=upcoming[:5],
            days=[(f"{day.day} {day:%b}", number) for day, number in days],
        )


async def _steps(
    session: TenantSession, person: Person, rows: list[CampaignView], contacts_total: int
) -> list[dict[str, Any]]:
    def step(title: str, text: str, href: str, action: str, *, done: bool) -> dict[str, Any]:
        return {"title": title, "text": text, "href": href, "action": action, "done": done}

    written = [row for row in rows if row.messages]
    first = f"/campaigns/{rows[0].id.hex}" if rows else "/campaigns/new"
    draft = first
    if written:
        draft = f"/campaigns/{written[0].id.hex}/messages/{written[0].messages[0].id.hex}"
    made = await keys.listed(session)
    return [
        step(
            "Confirm your address",
            "Open the link that we have mailed you.",
            "/settings/account",
            "Your account",
            done=person.email_verified,
        ),
        step(
            "Say who you are",
            "Your postal address stands in every mail; the law asks for it.",
            "/settings",
            "Settings",
            done=bool(person.tenant.postal_address),
        ),
        step(
            "Have a sender verified",
            "A domain of yours with a few records in its DNS, or a single address.",
            "/settings/domains",
            "Sending domains",
            done=await can_send(session),
        ),
        step(
            "Make an API key",
            "Your backend puts contacts in with it.",
            "/keys",
            "Make a key",
            done=any(key.revoked_at is None for key in made),
        ),
        step(
            "Send the first contact",
            "Paste the command that comes with the key; this ticks within seconds.",
            "/contacts",
            "Contacts",
            done=contacts_total > 0,
        ),
        step(
            "Write a campaign and send yourself a test",
            "A filter, a time of day, and a first message.",
            draft,
            "Write",
            done=bool(written) and await was_tested(session),
        ),
        step(
            "Activate it",
            "From then on whoever matches is mailed on their days.",
            first,
            "Campaign",
            done=any(row.activated_at for row in rows),
        ),
    ]
