"""What single fields of campaigns and messages may hold. Pure; a fault says what was expected."""

import re
from collections.abc import Callable
from datetime import time
from typing import Any, TypeVar

from tenantcrm.campaigns.calendar import zone_names
from tenantcrm.campaigns.schemas import SenderInput
from tenantcrm.contacts.addresses import normalise
from tenantcrm.contacts.filters import FilterError, parse
from tenantcrm.errors import FieldError, InvalidError

NAME_MOST = 200
SUBJECT_MOST = 998
"""RFC 5322, 2.1.1: the longest line of a header."""
PREHEADER_MOST = 500
TEMPLATE_MOST = 1_000_000
"""Bytes of UTF-8."""
MESSAGES_MOST = 100
LAST_DAY = 3650
LATEST = 8760
FILTER_MOST = 10_000
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
# PostgreSQL's text holds no NUL, and half a surrogate pair has no UTF-8.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")

T = TypeVar("T")


class Faults:
    """Collects what several checks find, so that one answer names it all."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def take(self, check: Callable[..., T], *args: Any, **kwargs: Any) -> T | None:
        """The result of a check, or None when it found faults; they are kept."""
        try:
            return check(*args, **kwargs)
        except InvalidError as fault:
            self.errors.extend(fault.errors)
            return None

    def add(self, pointer: str, code: str, message: str) -> None:
        """Keep one fault."""
        self.errors.append(FieldError(pointer, code, message))

    def close(self, error: type[InvalidError] = InvalidError) -> None:
        """Raise what was found, if anything was."""
        if self.errors:
            raise error(self.errors)


def check_line(text: str, most: int, *, pointer: str, what: str, needed: bool = True) -> str:
    """The trimmed text of one line.

    Raises:
        InvalidError: it is empty though needed, longer than ``most``, or holds control characters.
    """
    text = text.strip()
    if needed and not text:
        raise InvalidError.of(pointer, "required", f"{what} is needed")
    if len(text) > most:
        raise InvalidError.of(
            pointer, "too_long", f"{what} has at most {most} characters; this has {len(text)}"
        )
    if _UNSTORABLE.search(text) or _CONTROL.search(text):
        raise InvalidError.of(
            pointer, "invalid_text", f"{what} is one line without control characters"
        )
    return text


def check_time(text: str, *, pointer: str = "/preferred_send_time") -> time:
    """The wall time in ``HH:MM``.

    Raises:
        InvalidError: it is written otherwise, or no such time exists.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        raise InvalidError.of(
            pointer, "invalid_time", f"{text[:20]!r} is not a time; expected HH:MM, such as 10:00"
        )
    return time(int(found[1]), int(found[2]))


def check_zone(name: str, *, pointer: str = "/timezone") -> str:
    """The zone's name.

    Raises:
        InvalidError: the IANA database has no such zone.
    """
    if name not in zone_names():
        raise InvalidError.of(
            pointer,
            "unknown_timezone",
            f"{name[:60]!r} is not a time zone; expected an IANA name such as Europe/London",
        )
    return name


def check_filter(text: str, *, pointer: str = "/contact_filter") -> str:
    """The filter, as it was written.

    Raises:
        InvalidError: it cannot be read; the message names the place and what was expected there.
    """
    if len(text) > FILTER_MOST:
        raise InvalidError.of(
            pointer,
            "too_long",
            f"A filter has at most {FILTER_MOST} characters; this has {len(text)}",
        )
    try:
        parse(text)
    except FilterError as fault:
        raise fault.at(pointer) from None
    return text


def check_range(number: int, low: int, high: int, *, pointer: str, what: str) -> int:
    """The number.

    Raises:
        InvalidError: it is not from ``low`` to ``high``.
    """
    if not low <= number <= high:
        raise InvalidError.of(
            pointer, "out_of_range", f"{what} is a whole number from {low} to {high}"
        )
    return number


def check_day(day: int, *, pointer: str = "/send_day") -> int:
    """The day on which a message goes out, counted from day 0.

    Raises:
        InvalidError: it is not from minus to plus :data:`LAST_DAY`.
    """
    return check_range(day, -LAST_DAY, LAST_DAY, pointer=pointer, what="A send day")


def check_size(template: str, *, pointer: str = "/html_template") -> str:
    """The template, not blank and not too large.

    Raises:
        InvalidError: it is.
    """
    if not template.strip():
        raise InvalidError.of(pointer, "required", "A message needs a template")
    size = len(template.encode(errors="replace"))
    if size > TEMPLATE_MOST:
        raise InvalidError.of(
            pointer,
            "too_long",
            f"A template has at most {TEMPLATE_MOST:,} bytes; this has {size:,}",
        )
    return template


def check_sender(sender: SenderInput | None) -> dict[str, Any]:
    """The sender's columns; both are None for the tenant's default.

    Raises:
        InvalidError: the name or the address is not acceptable.
    """
    if sender is None:
        return {"sender_name": None, "sender_email": None}
    faults = Faults()
    name = faults.take(
        check_line, sender.name, NAME_MOST, pointer="/sender/name", what="A sender's name"
    )
    address = faults.take(normalise, sender.email, pointer="/sender/email")
    faults.close()
    return {"sender_name": name, "sender_email": address.email if address else None}
