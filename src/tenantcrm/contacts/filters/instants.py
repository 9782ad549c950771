"""Dates and instants in SQL: one rule for fields, attributes and literals.

Where either side is a date without a time, the UTC days are compared; else the instants.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Text, and_, case, cast, false, func, literal

from tenantcrm.contacts.filters.ast import COMPARE, Operator
from tenantcrm.contacts.filters.literals import (
    DATE_PATTERN,
    INSTANT_PATTERN,
    OFFSET_PATTERN,
    Moment,
)

_INSTANT = DateTime(timezone=True)
# The driver sends these two as -infinity and infinity, which equal no instant.
_ENDS = frozenset({datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)})


def in_sql(moment: datetime) -> ColumnElement[datetime]:
    """A bound instant."""
    if moment in _ENDS:
        return cast(literal(moment.isoformat(), Text), _INSTANT)
    return literal(moment, _INSTANT)


def compare_column(
    column: ColumnElement[datetime], how: Operator, moment: Moment
) -> ColumnElement[bool]:
    """Compare a timestamptz column; ranges of the bare column, so that an index can serve."""
    first, last = in_sql(moment.start), in_sql(moment.last)
    match how:
        case Operator.LESS | Operator.AT_LEAST:
            return _bool(how, column, first)
        case Operator.AT_MOST | Operator.GREATER:
            return _bool(how, column, last)
        case _ if moment.whole_day:
            return and_(column >= first, column <= last)
        case _:
            return column == first


def compare_text(text: ColumnElement[str], how: Operator, moment: Moment) -> ColumnElement[bool]:
    """Compare a text that may be a date or an instant; false where it is neither, or missing."""
    is_date = text.regexp_match(f"^{DATE_PATTERN}$")
    is_instant = text.regexp_match(f"^{INSTANT_PATTERN}$")
    has_offset = text.regexp_match(f"{OFFSET_PATTERN}$")
    # PostgreSQL rounds what is finer than microseconds; Python, and so this language, cuts it.
    cut = func.regexp_replace(text, r"(\.[0-9]{6})[0-9]+", r"\1")
    day = cast(text.concat("T00:00:00Z"), _INSTANT)
    exact = case((has_offset, cast(cut, _INSTANT)), else_=cast(cut.concat("Z"), _INSTANT))
    instant = func.date_trunc("day", exact, "UTC") if moment.whole_day else exact
    return case(
        (is_date, _bool(how, day, in_sql(moment.day))),
        (is_instant, _bool(how, instant, in_sql(moment.start))),
        else_=false(),
    )


def _bool(how: Operator, left: Any, right: Any) -> ColumnElement[bool]:
    result: ColumnElement[bool] = COMPARE[how](left, right)
    return result
