"""Cursors: where the next page of a list begins, as text that clients hand back unread.

A cursor holds the last row's place (a moment and an id) and a fingerprint of the query that it
belongs to. It opens nothing: a forged one only names another place in the client's own list.
"""

import base64
import binascii
import hashlib
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from tenantcrm.errors import InvalidError

_VERSION = b"\x01"
_LENGTH = 1 + 4 + 8 + 16
_LONGEST_KIND = 40
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Place(NamedTuple):
    """The last row of a page: its moment (where rows are ordered by one), its id, and its kind
    (where one thing has several rows).
    """

    at: datetime
    id: UUID
    kind: str = ""


def _fingerprint(query: tuple[object, ...]) -> bytes:
    return hashlib.sha256(repr(query).encode()).digest()[:4]


def show_cursor(place: Place, *query: object) -> str:
    """The cursor behind ``place``; ``query`` is everything that decides what the list holds."""
    micros = (place.at - _EPOCH) // timedelta(microseconds=1)
    moment = micros.to_bytes(8, "big", signed=True)
    raw = _VERSION + _fingerprint(query) + moment + place.id.bytes + place.kind.encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def read_cursor(text: str, *query: object, pointer: str = "/after") -> Place:
    """The place that a cursor names.

    Raises:
        InvalidError: it is not one of ours, or of a list with another filter.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        at = _EPOCH + timedelta(microseconds=int.from_bytes(raw[5:13], "big", signed=True))
        place = Place(at, UUID(bytes=raw[13:_LENGTH]), raw[_LENGTH:].decode("ascii"))
    except (binascii.Error, ValueError, OverflowError):
        raw, place = b"", Place(_EPOCH, UUID(int=0))
    if (
        not _LENGTH <= len(raw) <= _LENGTH + _LONGEST_KIND
        or raw[:1] != _VERSION
        or "\0" in place.kind
    ):
        raise InvalidError.of(
            pointer, "bad_cursor", "This is no cursor; take it from next of the page before"
        )
    if raw[1:5] != _fingerprint(query):
        raise InvalidError.of(
            pointer,
            "bad_cursor",
            "This cursor belongs to another list; keep every other parameter as it was",
        )
    return place
