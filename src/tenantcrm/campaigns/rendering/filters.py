"""The filters that differ from python-liquid's: bounded in what they build, and on our clock."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from liquid.builtin.filters.array import join as liquid_join
from liquid.builtin.filters.misc import date as liquid_date
from liquid.builtin.filters.string import replace as liquid_replace
from liquid.exceptions import FilterArgumentError
from liquid.filter import liquid_filter, with_context, with_environment
from liquid.undefined import is_undefined

from tenantcrm.campaigns.rendering import limits
from tenantcrm.campaigns.rendering.budget import TooCostlyError

if TYPE_CHECKING:
    from liquid import Environment, RenderContext

REMOVED = ("safe", "escapejs")
"""``safe`` would print what a stranger typed into a form as HTML; mails have no script."""
CHEAP = frozenset({"default", "size", "first", "last"})
"""Filters that give back what they were given, or a number."""
FACTOR = {
    "date": 20,
    "sort": 4,
    "sort_natural": 4,
    "split": 4,
    "squish": 10,
    "strip_html": 20,
    "truncatewords": 10,
}
"""Filters that cost more than a hundredth of a step for a character."""
_LONGEST_DATE = 64
_LONGEST_FORMAT = 200


def _bounded(size: int) -> None:
    if size > limits.MAX_VALUE:
        raise TooCostlyError(f"a value grows over {limits.MAX_VALUE:,} characters")


def replace(value: object, seq: object, sub: object = "") -> str:
    """As Liquid's, checked before it multiplies two long texts."""
    text, sought, put = (str(part) for part in (value, seq, sub))
    _bounded(len(text) + (text.count(sought) if sought else len(text) + 1) * len(put))
    replaced: str = liquid_replace(value, seq, sub)
    return replaced


@with_environment
def join(value: Iterable[object], separator: object = " ", *, environment: "Environment") -> object:
    """As Liquid's, checked before it multiplies a list by a long separator."""
    if isinstance(value, list | tuple | range):
        _bounded(len(value) * len(str(separator)))
    return liquid_join(value, separator, environment=environment)


@with_context
@liquid_filter
def date(value: object, form: object, *, context: "RenderContext") -> str:
    """A date by ``strftime``; ``now`` is the time of the mail, and numbers are Unix time in UTC.

    What is no date is given back unchanged, as the reference implementation does.
    """
    if is_undefined(value) or value is None:
        return ""
    if len(str(form)) > _LONGEST_FORMAT:
        raise FilterArgumentError("date: the format is too long", token=None)
    try:
        if value in ("now", "today"):
            value = context.resolve("now")
        elif isinstance(value, bool) or len(str(value)) > _LONGEST_DATE:
            return str(value)
        elif isinstance(value, int | float) or str(value).isdigit():
            value = datetime.fromtimestamp(float(str(value)), UTC)
        written: str = liquid_date(value, form, environment=context.env)
    except (ValueError, OverflowError, OSError, RuntimeWarning):
        # The parser warns of time zones that it does not know.
        return str(value)
    return written


def _as_it_is(value: object) -> str:
    return "" if value is None else str(value)


CHANGED: dict[str, Callable[..., object]] = {"replace": replace, "join": join, "date": date}
CHANGED_IN_TEXT: dict[str, Callable[..., object]] = {
    "newline_to_br": _as_it_is,
    "escape": _as_it_is,
    "escape_once": _as_it_is,
}
"""What writes HTML writes none of it into a subject or a text part."""
