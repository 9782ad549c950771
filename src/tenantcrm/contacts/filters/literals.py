"""What a piece of text can be read as: a number, a boolean, a date or an instant."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

# Bounded, so that neither Decimal nor PostgreSQL's numeric (up to 131,072 digits) overflows.
NUMBER = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,3})?")

# The two patterns below are read by Python and by PostgreSQL alike, and match only what both can
# convert: PostgreSQL 15 has no conversion that answers a bad date with NULL instead of an error.
DATE_PATTERN = (
    r"(?!0000)(?:[0-9]{4}-(?:"
    r"(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    r"|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    r"|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    r"|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)"
)
"""A day of the calendar, years 0001 to 9999, leap years counted."""
OFFSET_PATTERN = r"(?:[Zz]|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])"
# An offset on the first or the last day could lead out of the years that a datetime holds.
INSTANT_PATTERN = (
    rf"(?!(?:0001-01-01|9999-12-31).*[+-]){DATE_PATTERN}[Tt ]"
    r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?"
    rf"{OFFSET_PATTERN}?"
)
"""RFC 3339, and ISO 8601 without seconds or without offset (then it is UTC)."""

_DATE = re.compile(DATE_PATTERN, re.ASCII)
_INSTANT = re.compile(INSTANT_PATTERN, re.ASCII)
_DATE_SHAPE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ][0-9:.+\-Zz ]*)?", re.ASCII)
_BOOLEANS = {"true": True, "false": False}
_LAST = timedelta(days=1) - timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time, or (``whole_day``) the UTC day that begins at ``start``."""

    start: datetime
    whole_day: bool

    @property
    def day(self) -> datetime:
        """The midnight, in UTC, that begins its day."""
        return self.start.replace(hour=0, minute=0, second=0, microsecond=0)

    @property
    def last(self) -> datetime:
        """The last microsecond of it: PostgreSQL keeps no finer one."""
        return self.start + _LAST if self.whole_day else self.start


def as_number(text: str) -> Decimal | None:
    """The number that the text is, if it is one."""
    return Decimal(text) if NUMBER.fullmatch(text) else None


def as_boolean(text: str) -> bool | None:
    """True or false for those two words, in any case."""
    return _BOOLEANS.get(text.casefold())


def as_moment(text: str) -> Moment | None:
    """The date or the instant that the text is, if it is one. Finer than microseconds is cut."""
    if _DATE.fullmatch(text):
        return Moment(datetime.fromisoformat(text).replace(tzinfo=UTC), whole_day=True)
    if _INSTANT.fullmatch(text):
        read = datetime.fromisoformat(text.upper())
        aware = read if read.tzinfo else read.replace(tzinfo=UTC)
        return Moment(aware.astimezone(UTC), whole_day=False)
    return None


def looks_like_date(text: str) -> bool:
    """Whether somebody meant a date, well or badly written."""
    return _DATE_SHAPE.fullmatch(text) is not None
