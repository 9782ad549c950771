"""Identifiers: UUIDv7 inside, a three-letter prefix and hex outside."""

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
