"""What a contact may hold. Pure functions; every fault is named with its JSON pointer."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from msgspec import UNSET

from tenantcrm.contacts.addresses import Address, normalise
from tenantcrm.contacts.filters.literals import as_moment
from tenantcrm.contacts.schemas import Consent, ContactInput, ContactRow, Value
from tenantcrm.errors import FieldError, InvalidError
from tenantcrm.tenants.rules import check_timezone

NAME_MOST = 200
EXTERNAL_ID_MOST = 200
ATTRIBUTES_MOST = 100
TEXT_MOST = 1000
NUMBER_MOST = 10**30
"""Whole numbers below it are kept exactly; others as a double."""
FAULTS_MOST = 100
SOURCE_MOST = 500
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
# PostgreSQL's text and jsonb hold no NUL, and half a surrogate pair has no UTF-8.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]")
# Only what is plainly meant as a date: a part number like 5551-23-45 is not.
_MEANT_AS_DATE = re.compile(r"(?:19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}(?:[Tt ][0-9].*)?", re.ASCII)
_CLOCKS_DIFFER = timedelta(minutes=5)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Change:
    """What is to become of a contact, checked. ``fields`` has the given ones of name,
    external_id and timezone; ``attributes`` those to set, ``removed`` those to take away.
    """

    address: Address | None
    fields: dict[str, str | None]
    attributes: dict[str, Value]
    removed: list[str]

    def attributes_after(self, before: Mapping[str, Value]) -> dict[str, Value]:
        """A contact's attributes once this change is made."""
        merged = {**before, **self.attributes}
        return {name: value for name, value in merged.items() if name not in self.removed}

    def differs(self, row: ContactRow) -> bool:
        """Whether the change (its address aside) changes anything in the row."""
        if any(getattr(row, name) != value for name, value in self.fields.items()):
            return True
        if any(name in row.attributes for name in self.removed):
            return True
        return any(
            name not in row.attributes or not _equal(row.attributes[name], value)
            for name, value in self.attributes.items()
        )


def _equal(left: Value, right: Value) -> bool:
    """As PostgreSQL's jsonb has it: ``true`` is not 1, 1.0 is, and numbers are what is written."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return Decimal(str(left)) == Decimal(str(right))
    return left == right


def fold(attributes: Mapping[str, Value]) -> dict[str, Value]:
    """The attributes with strings case-folded: what equality in filters asks."""
    return {k: v.casefold() if isinstance(v, str) else v for k, v in attributes.items()}


def check_contact(given: ContactInput) -> Change:
    """What is given of a contact, checked.

    Raises:
        InvalidError: with every fault.
    """
    faults: list[FieldError] = []
    address = None
    if given.email is not UNSET:
        address = _take(faults, normalise, given.email)
    fields: dict[str, str | None] = {}
    for name, check in _FIELDS.items():
        value = getattr(given, name)
        if value is not UNSET:
            fields[name] = None if value is None else _take(faults, check, value)
    attributes, removed = _attributes(faults, given.attributes or {})
    if faults:
        raise InvalidError(faults[:FAULTS_MOST])
    return Change(address, fields, attributes, removed)


def _take(faults: list[FieldError], check: Callable[[str], T], value: str) -> T | None:
    try:
        return check(value)
    except InvalidError as fault:
        faults.extend(fault.errors)
        return None


def _line(text: str, most: int, pointer: str, what: str) -> str:
    text = text.strip()
    if len(text) > most:
        raise InvalidError.of(pointer, "too_long", f"{what} has at most {most} characters")
    if _CONTROL.search(text):
        raise InvalidError.of(pointer, "invalid_text", f"{what} holds no control characters")
    return text


def check_name(text: str) -> str | None:
    """The name; None when there is nothing in it.

    Raises:
        InvalidError: it is too long, or holds control characters.
    """
    return _line(text, NAME_MOST, "/name", "A name") or None


def storable(text: str) -> str:
    """The text, with what PostgreSQL cannot hold replaced."""
    return _UNSTORABLE.sub("\ufffd", text)


def check_external_id(text: str, *, pointer: str = "/external_id") -> str:
    """The external id.

    Raises:
        InvalidError: it is empty, too long, or holds control characters.
    """
    found = _line(text, EXTERNAL_ID_MOST, pointer, "An external id")
    if not found:
        raise InvalidError.of(pointer, "required", "An external id is not empty; null clears it")
    return found


_FIELDS: dict[str, Callable[[str], str | None]] = {
    "name": check_name,
    "external_id": check_external_id,
    "timezone": check_timezone,
}


def _attributes(
    faults: list[FieldError], given: Mapping[str, Any]
) -> tuple[dict[str, Value], list[str]]:
    kept: dict[str, Value] = {}
    removed: list[str] = []
    for name, value in given.items():
        pointer = "/attributes/" + name.replace("~", "~0").replace("/", "~1")
        fault = name_fault(name) or value_fault(value)
        if fault:
            faults.append(FieldError(pointer, *fault))
        elif value is None:
            removed.append(name)
        else:
            kept[name] = value
    if len(kept) > ATTRIBUTES_MOST:
        faults.insert(0, too_many_attributes(len(kept)))
    return kept, removed


def too_many_attributes(count: int) -> FieldError:
    """A contact would have more attributes than it may."""
    return FieldError(
        "/attributes",
        "too_many_attributes",
        f"A contact has at most {ATTRIBUTES_MOST} attributes; this would be {count}",
    )


def name_fault(name: str) -> tuple[str, str] | None:
    """The code and the words for what is wrong with an attribute's name."""
    if _NAME.fullmatch(name):
        return None
    words = (
        "An attribute's name has lower-case letters, digits and _, begins with a letter, "
        "and has at most 64 characters"
    )
    return "invalid_attribute_name", words


def value_fault(value: Any) -> tuple[str, str] | None:
    """The code and the words for what is wrong with an attribute's value, from JSON."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        return _text_fault(value)
    if isinstance(value, int | float):
        if not math.isfinite(value) or abs(value) >= NUMBER_MOST:
            return "number_too_large", "A number lies between -1e30 and 1e30"
        return None
    return "invalid_type", "An attribute is a string, a number, a boolean, a date or null"


def _text_fault(text: str) -> tuple[str, str] | None:
    if len(text) > TEXT_MOST:
        return "too_long", f"A text has at most {TEXT_MOST} characters; this has {len(text)}"
    if _UNSTORABLE.search(text):
        return "invalid_text", "A text holds no NUL and no half of a surrogate pair"
    if _MEANT_AS_DATE.fullmatch(text) and as_moment(text) is None:
        return (
            "invalid_date",
            "There is no such date or time; expected 2026-01-31 or 2026-01-31T09:30:00Z",
        )
    return None


def check_consent(consent: Consent, now: datetime) -> dict[str, str]:
    """A consent, as the activity keeps it.

    Raises:
        InvalidError: the source is empty or long, or the moment lacks its zone or is to come.
    """
    faults: list[FieldError] = []
    source = _take(
        faults,
        lambda text: _line(text, SOURCE_MOST, "/consent/source", "The source of a consent"),
        consent.source,
    )
    if source == "":
        faults.append(FieldError("/consent/source", "required", "Say where consent was given"))
    if consent.at.tzinfo is None:
        faults.append(
            FieldError("/consent/at", "invalid_time", "Expected a time with its zone (RFC 3339)")
        )
    elif consent.at > now + _CLOCKS_DIFFER:
        faults.append(FieldError("/consent/at", "in_the_future", "Consent was given in the past"))
    if faults:
        raise InvalidError(faults)
    return {"source": str(source), "at": consent.at.isoformat()}


def mask(email: str) -> str:
    """An address that its owner knows and nobody else learns: ``a•••@example.com``."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}•••@{domain}"
