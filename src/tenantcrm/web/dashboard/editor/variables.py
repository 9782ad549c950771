"""The variables that a message may hold, as the editor offers them."""

from collections.abc import Mapping
from typing import Any

from tenantcrm.campaigns.schemas import CampaignView
from tenantcrm.tenants.schemas import Person

_SHOWN = 40


def variables_of(
    attributes: Mapping[str, Any], person: Person, campaign: CampaignView
) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Groups of variables; of each its name, a value as an example, and what to insert."""
    tenant = person.tenant
    contact = [
        ("contact.name", "Ada Lovelace", "{{ contact.name | default: 'there' }}"),
        ("contact.email", "ada@example.com", "{{ contact.email }}"),
    ]
    own = [
        (f"contact.{name}", _short(value), f"{{{{ contact.{name} | default: '…' }}}}")
        for name, value in attributes.items()
        if name not in {"name", "email"}
    ]
    rest = [
        ("tenant.name", tenant.name, "{{ tenant.name }}"),
        ("tenant.postal_address", _short(tenant.postal_address), "{{ tenant.postal_address }}"),
        ("campaign.name", campaign.name, "{{ campaign.name }}"),
        ("unsubscribe_url", "the link to leave", "{{ unsubscribe_url }}"),
        ("now", "today's date", "{{ now | date: '%d %B %Y' }}"),
    ]
    groups = [("Contact", contact), ("Your attributes", own), ("Mail", rest)]
    return [(name, group) for name, group in groups if group]


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
