"""The ledger: who got which mail, in few bytes, a million of them in seconds."""

import sqlite3
from datetime import UTC, datetime
from functools import lru_cache

import msgspec

_decode_recipients = msgspec.json.Decoder(tuple[str, ...]).decode
_decode_tags = msgspec.json.Decoder(tuple[tuple[str, str], ...]).decode


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A recipient of a mail, as the ledger says it."""

    id: int
    """Of the mail, in order of arrival; the entries of one mail have the same."""
    message_id: str
    to: str
    tags: dict[str, str]
    received_at: str
    """On the clock of the sandbox: RFC 3339, UTC, in milliseconds."""
    bulk: bool
    tenant: str | None


def ledger(db: sqlite3.Connection, after: int, limit: int) -> tuple[list[Entry], int, int]:
    """The mails after an id, oldest first; how many they are, and the id of the last of them."""
    rows = db.execute(
        "SELECT id, message_id, received_at, recipients, tags, bulk, tenant FROM mails "
        "WHERE id > ? ORDER BY id LIMIT ?",
        (after, limit),
    ).fetchall()
    entries = [
        Entry(number, message_id, to, dict(_decode_tags(tags)), _shown(at), bool(bulk), tenant)
        for number, message_id, at, recipients, tags, bulk, tenant in rows
        for to in _decode_recipients(recipients)
    ]
    return entries, len(rows), rows[-1][0] if rows else after


def _shown(at: float) -> str:
    second = int(at)
    return f"{_second(second)}.{int((at - second) * 1000):03d}Z"


@lru_cache(maxsize=64)
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
