"""Rows that are fit to be upserted, as columns of the staging table."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

import msgspec

from tenantcrm.contacts import rules
from tenantcrm.contacts.addresses import Address
from tenantcrm.contacts.rules import Change
from tenantcrm.contacts.schemas import Value
from tenantcrm.ids import tails

NAME, EXTERNAL_ID, TIMEZONE = 1, 2, 4
"""Bits of ``clears``."""
_BITS: Final = {"name": NAME, "external_id": EXTERNAL_ID, "timezone": TIMEZONE}

_BLOCK: Final = 64
"""Bytes that SHA-256 takes at once."""

Columns: TypeAlias = dict[str, Sequence[str | None]]
"""Cells by the name of their column; all columns are of the same length."""


class Staged(NamedTuple):
    """A row of the staging table, but for its hash and the tail of its id.

    A field that is None stays as it is, unless it clears; ``folded``: it is as ``attributes``.
    """

    row: str
    email: str
    email_key: str
    name: str | None = None
    external_id: str | None = None
    timezone: str | None = None
    attributes: str | None = None
    folded: str | None = None
    removed: str | None = None
    """As PostgreSQL writes an array."""
    clears: str | None = None


def staged_change(row: int, change: Change, address: Address) -> Staged:
    """A checked change, in which None clears a field."""
    fields = change.fields
    clears = sum(bit for field, bit in _BITS.items() if fields.get(field, "") is None)
    attributes, folded = _json(change.attributes)
    return Staged(
        str(row),
        address.email,
        address.key,
        fields.get("name"),
        fields.get("external_id"),
        fields.get("timezone"),
        attributes,
        folded,
        # Names of attributes have no character that would have to be quoted.
        f"{{{','.join(change.removed)}}}" if change.removed else None,
        str(clears) if clears else None,
    )


def _json(attributes: Mapping[str, Value]) -> tuple[str | None, str | None]:
    if not attributes:
        return None, None
    kept = msgspec.json.encode(attributes).decode()
    # What has no capitals and no other letters that fold is the same folded.
    if kept.isascii() and kept == kept.lower():
        return kept, None
    return kept, msgspec.json.encode(rules.fold(attributes)).decode()


def columns_of(rows: Sequence[Staged]) -> Columns:
    """Rows as columns."""
    return dict(zip(Staged._fields, zip(*rows, strict=True), strict=True))


def finish(columns: Columns, hash_key: bytes) -> None:
    """Add what is worked out of the others; ``hash_key``: the tenant's, for hashes of addresses."""
    keys: list[str] = columns["email_key"]  # type: ignore[assignment] # every row has one
    columns["email_hash"] = hashes(keys, hash_key)
    columns["tail"] = tails(len(keys))


def hashes(keys: Sequence[str], hash_key: bytes) -> list[str]:
    """What suppressions know these keys of addresses by, as hexadecimal digits.

    This is HMAC (RFC 2104) with SHA-256: the key's part is worked out once, which makes it three
    times as fast as asking for each by itself.
    """
    block = hashlib.sha256(hash_key).digest() if len(hash_key) > _BLOCK else hash_key
    block = block.ljust(_BLOCK, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))
    found: list[str] = []
    for key in keys:
        inside, outside = inner.copy(), outer.copy()
        inside.update(key.encode())
        outside.update(inside.digest())
        found.append(outside.hexdigest())
    return found
