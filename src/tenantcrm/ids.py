"""Identifiers: UUIDv7 inside, a three-letter prefix and hex outside."""

import os
from uuid import UUID

from uuid_utils.compat import uuid7

from tenantcrm.errors import NotFoundError

CONTACT, CAMPAIGN, MESSAGE, DELIVERY = "con", "cam", "msg", "dlv"
HEX_DIGITS = 32
IMPORT = "imp"
KEY, TENANT, ACTIVITY, USER = "key", "ten", "act", "usr"


def new_id() -> UUID:
    """A new UUIDv7: ordered by time, so that indexes grow at one end."""
    return uuid7()


TIME_DIGITS = 12
"""Of a UUIDv7: the milliseconds that it begins with."""


def tails(count: int) -> list[str]:
    """What is behind the time in as many UUIDv7 of the same instant: 20 hex digits each, in order.

    The version; how far each is, of 4,096; the variant; 60 random bits.
    """
    noise = os.urandom(8 * count).hex()
    return [
        f"7{(n << 12) // count:03x}8{noise[start : start + 15]}"
        for n, start in enumerate(range(0, 16 * count, 16))
    ]


def show_id(prefix: str, value: UUID) -> str:
    """The outside form, such as ``con_0192…`` (prefix, underscore, 32 hex digits)."""
    return f"{prefix}_{value.hex}"


def read_id(prefix: str, text: str) -> UUID:
    """The UUID in an outside id. What is not an id of this kind does not exist: NotFoundError."""
    head, _, digits = text.partition("_")
    if head != prefix:
        raise NotFoundError
    return read_hex(digits)


def read_hex(text: str) -> UUID:
    """The UUID in 32 hex digits, as pages' addresses carry it; else it does not exist.

    Raises:
        NotFoundError: the text is something else.
    """
    if len(text) != HEX_DIGITS:
        raise NotFoundError
    try:
        return UUID(hex=text)
    except ValueError:
        raise NotFoundError from None
