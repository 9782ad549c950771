"""A row that is fit to be upserted, as the statements of a batch take it."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

from tenantcrm.contacts import rules
from tenantcrm.contacts.addresses import Address
from tenantcrm.contacts.rules import Change
from tenantcrm.contacts.schemas import Value

NAME, EXTERNAL_ID, TIMEZONE = 1, 2, 4
"""Bits of ``clears``."""
_BITS: Final = {"name": NAME, "external_id": EXTERNAL_ID, "timezone": TIMEZONE}
_EMPTY: Final = "{}"


class Staged(NamedTuple):
    """The columns of the staging table. A field that is None stays as it is, unless it clears."""

    row: int
    email: str
    email_key: str
    email_hash: bytes
    name: str | None
    external_id: str | None
    timezone: str | None
    attributes: str
    folded: str
    removed: list[str]
    clears: int


def staged(
    row: int,
    address: Address,
    hash_key: bytes,
    attributes: Mapping[str, Value],
    *,
    name: str | None = None,
    external_id: str | None = None,
    timezone: str | None = None,
    removed: list[str] | None = None,
    clears: int = 0,
) -> Staged:
    """Put a row together; ``hash_key``: the tenant's key for the hashes of addresses."""
    kept = folded = _EMPTY
    if attributes:
        kept = msgspec.json.encode(attributes).decode()
        # What has no capitals and no other letters that fold is the same folded.
        plain = kept.isascii() and kept == kept.lower()
        folded = kept if plain else msgspec.json.encode(rules.fold(attributes)).decode()
    return Staged(
        row,
        address.email,
        address.key,
        hmac.digest(hash_key, address.key.encode(), hashlib.sha256),
        name,
        external_id,
        timezone,
        kept,
        folded,
        removed or [],
        clears,
    )


def staged_change(row: int, change: Change, address: Address, hash_key: bytes) -> Staged:
    """The same of a checked change, in which None clears a field."""
    fields = change.fields
    return staged(
        row,
        address,
        hash_key,
        change.attributes,
        name=fields.get("name"),
        external_id=fields.get("external_id"),
        timezone=fields.get("timezone"),
        removed=change.removed,
        clears=sum(bit for field, bit in _BITS.items() if fields.get(field, "") is None),
    )
