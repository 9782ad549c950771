"""Which screens the gallery shows, in which order and under which name: one table."""

import re
from collections.abc import Mapping
from typing import NamedTuple


class Screen(NamedTuple):
    """A picture to take. ``name``: of its files."""

    name: str
    title: str
    address: str


NAMES: dict[str, tuple[str, str]] = {
    "/": ("home", "Home"),
    "/contacts": ("contacts", "Contacts"),
    "/contacts/new": ("contact-new", "Add a contact"),
    "/contacts/{contact:str}": ("contact", "A contact: its story, and what comes next"),
    "/contacts/{contact:str}/edit": ("contact-edit", "Edit a contact"),
    "/contacts/imports": ("imports", "Imports"),
    "/contacts/imports/new": ("import-new", "Import a file"),
    "/contacts/imports/{import_id:str}": ("import", "One import"),
    "/contacts/bulk/{bulk:str}": ("bulk", "Many contacts at once"),
    "/campaigns": ("campaigns", "Campaigns"),
    "/campaigns/new": ("campaign-new", "New campaign"),
    "/campaigns/starters": ("campaign-starters", "Start from a written sequence"),
    "/campaigns/{campaign:str}": ("campaign", "A campaign by day"),
    "/campaigns/{campaign:str}/settings": ("campaign-settings", "Who gets it, and when"),
    "/campaigns/{campaign:str}/people": ("campaign-people", "The people in a campaign"),
    "/campaigns/{campaign:str}/people/{contact:str}": ("campaign-why", "Why, and why not"),
    "/campaigns/{campaign:str}/forecast": ("campaign-forecast", "The simulator"),
    "/campaigns/{campaign:str}/report": ("report", "Report"),
    "/campaigns/{campaign:str}/activity": ("campaign-activity", "What happened in a campaign"),
    "/campaigns/{campaign:str}/history": ("campaign-history", "Versions of a campaign"),
    "/campaigns/{campaign:str}/activate": ("campaign-activate", "Activation"),
    "/campaigns/{campaign:str}/messages/new": ("message-new", "New message"),
    "/campaigns/{campaign:str}/messages/{message:str}": ("message", "A message"),
    "/sends": ("sends", "Sends: the ledger"),
    "/sends/{delivery:str}": ("send", "One mail, and why it stands where it stands"),
    "/keys": ("keys", "API keys"),
    "/settings": ("settings", "Settings"),
    "/settings/domains": ("domains", "Sending domains"),
    "/settings/domains/{domain:str}": ("domain", "A sending domain"),
    "/settings/team": ("team", "Team"),
    "/settings/audit": ("audit", "Audit log"),
    "/settings/usage": ("usage", "Usage"),
    "/settings/account": ("account", "Your account"),
    "/sign-up": ("sign-up", "Sign up"),
    "/sign-in": ("sign-in", "Sign in"),
    "/forgot-password": ("forgot-password", "Forgotten password"),
    "/u/{token:str}": ("unsubscribe", "Unsubscribe"),
    "/u/{token:str}/preferences": ("preferences", "Mail preferences"),
    "/docs": ("api-reference", "API reference"),
}
"""Route to name and title; what is not here comes last, named by its address."""
LEFT_OUT = (
    "/styleguide", "/verify-email", "/reset-password", "/invitation", "/operator",
    "/contacts/count", "/contacts/filter", "/keys/",
)  # fmt: skip
"""Parts of other screens, what only a mail leads to, and what is another's."""


def screens_of(found: Mapping[str, str]) -> list[Screen]:
    """The screens of these addresses, by route, in the order of the table."""
    known = [Screen(*NAMES[route], found[route]) for route in NAMES if route in found]
    others = [
        Screen(_name(route), _title(route), address)
        for route, address in sorted(found.items())
        if route not in NAMES and not route.startswith(LEFT_OUT)
    ]
    return known + others


def _name(route: str) -> str:
    return re.sub(r"[^a-z]+", "-", re.sub(r"\{(\w+):\w+\}", r"\1", route)).strip("-")


def _title(route: str) -> str:
    return _name(route).replace("-", " ").capitalize()
