"""The checklist of the start page: what a first campaign needs, from what is really there."""

from typing import Any

from tenantcrm.campaigns.schemas import CampaignView
from tenantcrm.contacts import service as contacts
from tenantcrm.database import TenantSession
from tenantcrm.delivery.identities.reading import can_send
from tenantcrm.delivery.service import was_tested
from tenantcrm.tenants import rules
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.schemas import Person
from tenantcrm.tenants.service import keys


async def steps(
    session: TenantSession, person: Person, rows: list[CampaignView]
) -> list[dict[str, Any]]:
    """The steps in the order in which most people take them; each is done when it is done."""
    written = [row for row in rows if row.messages]
    first = f"/campaigns/{rows[0].id.hex}" if rows else "/campaigns/starters"
    draft = first
    if written:
        draft = f"/campaigns/{written[0].id.hex}/messages/{written[0].messages[0].id.hex}"
    made = await keys.listed(session)

    def link(action: str, href: str, words: str) -> tuple[str, str]:
        """Where to do it, for those who may."""
        return (href, words) if rules.may(person.role, action) else ("", "")

    people = await contacts.total(session, mode=Mode.LIVE)
    return [
        _step(
            "Confirm your address",
            "Open the link that we have mailed you.",
            link("read", "/settings/account", "Your account"),
            done=person.email_verified,
        ),
        _step(
            "Say who you are",
            "Your postal address stands in every mail; the law asks for it.",
            link("settings", "/settings", "Settings"),
            done=bool(person.tenant.postal_address),
        ),
        _step(
            "Have a sender verified",
            "A domain of yours with a few records in its DNS, or a single address.",
            link("domains", "/settings/domains", "Sending domains"),
            done=await can_send(session),
        ),
        _step(
            "Make an API key",
            "Your backend puts contacts in with it.",
            link("keys", "/keys", "Make a key"),
            done=any(key.revoked_at is None for key in made),
        ),
        _step(
            "Send the first contact",
            "Paste the command that comes with the key; this ticks within seconds.",
            link("read", "/contacts", "Contacts"),
            done=people.number > 0,
        ),
        _step(
            "Write a campaign",
            "A filter, a time of day, and a first message.",
            link("campaigns.edit", first, "Write"),
            done=bool(written),
        ),
        _step(
            "Send yourself a test",
            "The message as a contact would get it, in your own inbox.",
            link("campaigns.edit", draft, "Open the message" if written else "Write it first"),
            done=await was_tested(session),
        ),
        _step(
            "Activate it",
            "From then on whoever matches is mailed on their days.",
            link("campaigns.activate", first, "Campaign"),
            done=any(row.activated_at for row in rows),
        ),
    ]


def _step(title: str, text: str, link: tuple[str, str], *, done: bool) -> dict[str, Any]:
    return {"title": title, "text": text, "href": link[0], "action": link[1], "done": done}


def seen(found: list[dict[str, Any]]) -> str:
    """What a page shows of the steps, so that it is sent again only when that has changed."""
    return "".join("1" if step["done"] else "0" for step in found)
