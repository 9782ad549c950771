"""Identifiers: UUIDv7 inside, a three-letter prefix and hex outside."""

from uuid import UUID

from uuid_utils.compat import uuid7

from tenantcrm.errors import NotFoundError

CONTACT, CAMPAIGN, MESSAGE, DELIVERY = "con", "cam", "msg", "dlv"
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
    if head != prefix or len(digits) != 32:  # noqa: PLR2004
        raise NotFoundError
    try:
        return UUID(hex=digits)
    except ValueError:
        raise NotFoundError from None
