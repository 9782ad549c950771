"""The filter of the ledger, as the address says it, and its addresses."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from msgspec import Struct

from tenantcrm.campaigns import service as campaigns
from tenantcrm.contacts import service as contacts
from tenantcrm.contacts.addresses import normalise
from tenantcrm.database import TenantSession
from tenantcrm.delivery.numbers import WITH_REASON, Among, Fate
from tenantcrm.delivery.repository import titles
from tenantcrm.errors import InvalidError, NotFoundError
from tenantcrm.ids import read_hex
from tenantcrm.tenants.models import Mode
from tenantcrm.web.dashboard.activities import REASONS
from tenantcrm.web.dashboard.periods import Chosen, read_period
from tenantcrm.web.dashboard.report_view import BOUNCES, LABELS
from tenantcrm.web.dashboard.timeline import day_text

MOST_CAMPAIGNS = 500
NOBODY = UUID(int=0)
"""A contact that there is not: a list of whose mails is empty."""


class Filter(Struct, frozen=True, kw_only=True):
    """What the page shows, and what was typed to ask for it."""

    among: Among
    chosen: Chosen
    email: str
    faults: dict[str, str]

    @property
    def query(self) -> dict[str, str]:
        """The part of an address that says it again, in a fixed order."""
        among = self.among
        ids = {"campaign": among.campaign_id, "message": among.message_id}
        query = {name: value.hex for name, value in ids.items() if value is not None}
        if self.email:
            query["email"] = self.email
        elif among.contact_id is not None:
            query["contact"] = among.contact_id.hex
        if among.fate is not None:
            query["state"] = str(among.fate)
        if among.reasoned is not None:
            query["reason"] = among.reasoned
        return query | self.chosen.query

    def address(self, **changes: str) -> str:
        """The page with some of it changed; what becomes empty is left out."""
        query = {k: v for k, v in (self.query | changes).items() if v}
        return "/sends?" + urlencode(query) if query else "/sends"


async def read_filter(session: TenantSession, query: Mapping[str, str], zone: str) -> Filter:
    """The filter of an address. What cannot be read is left out, and told.

    Raises:
        NotFoundError: an id in it is none.
    """
    chosen = read_period(query, zone)
    faults = dict(chosen.faults)
    email = query.get("email", "").strip()
    contact = _id(query, "contact")
    if email:
        contact = await _contact(session, email, faults)
    state = query.get("state", "")
    fate = Fate(state) if state in set(Fate) else None
    if state == "pending":
        fate = Fate.WAITING
    among = Among(
        campaign_id=_id(query, "campaign"),
        message_id=_id(query, "message"),
        contact_id=contact,
        fate=fate,
        reason=query.get("reason") if fate in WITH_REASON else None,
        since=chosen.period.since,
        until=chosen.period.until,
    )
    return Filter(among=among, chosen=chosen, email=email, faults=faults)


async def choices(session: TenantSession, found: Filter) -> dict[str, Any]:
    """What can be chosen: campaigns, and the messages of the chosen one."""
    rows = (await campaigns.listed(session, limit=MOST_CAMPAIGNS)).rows
    listed = [(row.id.hex, row.name) for row in rows]
    campaign = found.among.campaign_id
    messages: list[tuple[str, str]] = []
    if campaign is not None:
        if campaign.hex not in {key for key, _ in listed}:
            listed.append((campaign.hex, "A deleted campaign"))
        messages = [
            (one.id.hex, f"Day {day_text(one.send_day)}: {one.subject or 'no subject'}")
            for one in await titles.of_campaign(session, campaign)
        ]
    return {"campaigns": [("", "All campaigns"), *listed], "messages": messages}


async def named(session: TenantSession, found: Filter) -> dict[str, str]:
    """The filter for people who read of it later: campaigns and messages by their names."""
    offered = await choices(session, found)
    names = dict(offered["campaigns"]) | dict(offered["messages"])
    return {
        name: names.get(value, value) if name in {"campaign", "message"} else value
        for name, value in found.query.items()
    }


def told(found: Filter) -> str:
    """The reason that the list is narrowed to, in words."""
    among = found.among
    if among.fate is None or among.reasoned is None:
        return ""
    if among.fate is Fate.BOUNCED:
        words = BOUNCES.get(among.reasoned, among.reasoned)
    else:
        words = REASONS.get(among.reasoned, among.reasoned.replace("_", " "))
    return f"{LABELS[among.fate]}: {words}"


def _id(query: Mapping[str, str], name: str) -> UUID | None:
    text = query.get(name, "")
    return read_hex(text) if text else None


async def _contact(session: TenantSession, email: str, faults: dict[str, str]) -> UUID:
    try:
        key = normalise(email).key
        return (await contacts.get_by_email(session, key, mode=Mode.LIVE)).id
    except InvalidError as fault:
        faults["email"] = fault.errors[0].message
    except NotFoundError:
        faults["email"] = "No contact has this address"
    return NOBODY
