"""What contacts take in and give out. Ids are UUIDs here; the web layer shows them."""

from datetime import datetime
from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

Value: TypeAlias = str | int | float | bool | None
"""An attribute. A date is a string (RFC 3339); None removes the attribute."""


ATTRIBUTES: Final = {
    "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
    "propertyNames": {"pattern": "^[a-z][a-z0-9_]{0,63}$"},
    "maxProperties": 100,
}
"""Attributes, in JSON Schema."""


class ContactInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """What is given of a contact. What is left out stays; None clears; attributes are merged."""

    email: str | UnsetType = UNSET
    name: str | UnsetType | None = UNSET
    external_id: str | UnsetType | None = UNSET
    timezone: str | UnsetType | None = UNSET
    attributes: Annotated[dict[str, Any], Meta(extra_json_schema=ATTRIBUTES)] | UnsetType = UNSET
    """Names to values; each is checked by the rules, so that every fault can be named."""


class NewContact(ContactInput, kw_only=True, forbid_unknown_fields=True):
    """A contact to make."""

    email: str


class Consent(Struct, kw_only=True, forbid_unknown_fields=True):
    """Why somebody may be mailed again: where the consent was given, and when."""

    source: str
    at: datetime


class ContactRow(Struct, frozen=True, kw_only=True):
    """A contact as it is stored."""

    id: UUID
    mode: str
    email: str
    email_key: str
    email_hash: bytes
    name: str | None
    external_id: str | None
    attributes: dict[str, Any]
    timezone: str | None
    status: str
    created_at: datetime
    updated_at: datetime
    paused_until: datetime | None = None
    """Before it the recipient wants no mail; None, or in the past: no pause."""


class Upserted(Struct, frozen=True):
    """What an upsert came to; ``changed`` is false when everything was so already."""

    contact: ContactRow
    created: bool
    changed: bool


class Page(Struct, frozen=True):
    """A page of contacts, and the cursor behind it; None where the list ends."""

    rows: list[ContactRow]
    next: str | None


class Size(Struct, frozen=True):
    """How many; ``exact`` is false where it is an estimate."""

    number: int
    exact: bool = True


class Audience(Struct, frozen=True, kw_only=True):
    """Whom a filter reaches: who can be mailed, and who cannot, by reason.

    ``exact`` is false where the numbers are estimates.
    """

    eligible: int
    excluded: dict[str, int]
    sample: list[ContactRow]
    exact: bool = True
