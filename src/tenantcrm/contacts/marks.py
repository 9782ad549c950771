"""Cursors of sorted lists: a place as text that addresses carry. Pure.

Like :mod:`tenantcrm.cursors`, but for orders whose key is a text.
"""

import base64
import binascii
import hashlib
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from tenantcrm.contacts.repository.lists import Mark
from tenantcrm.errors import InvalidError

_LONGEST = 4_000


def show_mark(mark: Mark, *query: object) -> str:
    """The cursor at a place; ``query`` is everything that decides what the list holds."""
    key = mark.key.isoformat() if isinstance(mark.key, datetime) else mark.key
    packed = msgspec.msgpack.encode([mark.part, key, mark.id.bytes])
    return base64.urlsafe_b64encode(_fingerprint(query) + packed).rstrip(b"=").decode()


def read_mark(text: str, *query: object, moment: bool) -> Mark:
    """The place that a cursor names; ``moment``: its key is one.

    Raises:
        InvalidError: it is no cursor of this list.
    """
    bad = InvalidError.of(
        "/after", "bad_cursor", "This is no cursor of this list; go to its first page"
    )
    if len(text) > _LONGEST:
        raise bad
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        part, key, number = msgspec.msgpack.decode(raw[4:], type=tuple[int, str | None, bytes])
        at = datetime.fromisoformat(key or "").astimezone(UTC) if moment else key
        mark = Mark(part, at, UUID(bytes=number))
    except (binascii.Error, ValueError, OverflowError, msgspec.DecodeError):
        raise bad from None
    if raw[:4] != _fingerprint(query) or (key and "\x00" in key):
        raise bad
    return mark


def _fingerprint(query: tuple[object, ...]) -> bytes:
    return hashlib.sha256(repr(query).encode()).digest()[:4]
