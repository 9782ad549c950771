"""What a campaign may say of its calendar, and how keys are written. Pure."""

import re
from collections.abc import Iterable, Sequence
from datetime import date

from tenantcrm.campaigns.fields import LAST_DAY, Faults, check_range
from tenantcrm.errors import InvalidError

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""In the order of ISO 8601: Monday is 1."""
DATES_MOST = 366
ENROLLMENT = "enrollment"
ATTRIBUTE = "attribute:"
KEY_MOST = 80
_ATTRIBUTE_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def check_weekdays(names: Sequence[str], *, pointer: str = "/skip_weekdays") -> list[int]:
    """ISO numbers of the weekdays on which nothing is sent, in order.

    Raises:
        InvalidError: a name is none of a weekday, or no weekday would be left.
    """
    faults = Faults()
    found = set()
    for place, name in enumerate(names):
        if name.lower() in WEEKDAYS:
            found.add(WEEKDAYS.index(name.lower()) + 1)
        else:
            faults.add(
                f"{pointer}/{place}",
                "unknown_weekday",
                f"{name[:20]!r} is not a weekday; expected one of {', '.join(WEEKDAYS)}",
            )
    if len(found) == len(WEEKDAYS):
        faults.add(
            pointer, "no_day_left", "All seven weekdays are skipped; leave one on which mails go"
        )
    faults.close()
    return sorted(found)


def check_dates(texts: Sequence[str], *, pointer: str = "/skip_dates") -> list[date]:
    """The single days on which nothing is sent, in order.

    Raises:
        InvalidError: one is no date of the calendar, or there are too many of them.
    """
    if len(texts) > DATES_MOST:
        raise InvalidError.of(
            pointer, "too_many", f"At most {DATES_MOST} dates; this has {len(texts)}"
        )
    faults = Faults()
    found = set()
    for place, text in enumerate(texts):
        try:
            found.add(_date(text))
        except ValueError:
            faults.add(
                f"{pointer}/{place}",
                "invalid_date",
                f"{text[:20]!r} is not a date; expected one such as 2026-12-25",
            )
    faults.close()
    return sorted(found)


def _date(text: str) -> date:
    if not _DATE.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def check_anchor(text: str, *, pointer: str = "/anchor") -> str | None:
    """The date attribute that day 0 is; None: the day of enrolment.

    Raises:
        InvalidError: it is neither ``enrollment`` nor ``attribute:`` with a name.
    """
    if text == ENROLLMENT:
        return None
    name = text.removeprefix(ATTRIBUTE)
    if name == text or not _ATTRIBUTE_NAME.fullmatch(name):
        raise InvalidError.of(
            pointer,
            "invalid_anchor",
            f"{text[:80]!r} is no anchor; expected enrollment, or attribute: and the name of a "
            "date attribute, such as attribute:trial_ends_at",
        )
    return name


def show_anchor(stored: str | None) -> str:
    """The anchor as it is written outside."""
    return ENROLLMENT if stored is None else ATTRIBUTE + stored


def check_gap(days: int | None, *, pointer: str = "/reentry_gap_days") -> int | None:
    """Days after which a contact may come in again; None: never.

    Raises:
        InvalidError: it is not from 1 to :data:`LAST_DAY`.
    """
    if days is None:
        return None
    return check_range(
        days, 1, LAST_DAY, pointer=pointer, what="The gap before a contact comes in again, in days,"
    )


def check_key(text: str, *, pointer: str = "/key") -> str:
    """The key.

    Raises:
        InvalidError: it is not made of small letters, digits and single hyphens.
    """
    if len(text) > KEY_MOST or not _KEY.fullmatch(text):
        raise InvalidError.of(
            pointer,
            "invalid_key",
            f"A key is made of a to z, 0 to 9 and single hyphens, at most {KEY_MOST} of them, such "
            "as welcome-english",
        )
    return text


def key_from(words: str, taken: Iterable[str], *, empty: str) -> str:
    """A key made of words, with a number behind it where it is taken."""
    plain = re.sub(r"\{[{%].*?[%}]\}", " ", words)
    slug = "-".join(re.findall(r"[a-z0-9]+", plain.lower()))[:60].strip("-") or empty
    used, number, key = set(taken), 1, slug
    while key in used:
        number += 1
        key = f"{slug}-{number}"
    return key
