"""The filter language: which contacts a campaign, a list or a count is about.

The core of AIP-160 (https://google.aip.dev/160); ``docs/filters.md`` is the page for users. What is
decided here where AIP-160 leaves it open, or differs from it:

* AND and OR mixed without parentheses are refused: the standard binds OR tighter, which surprises.
* Two conditions side by side are refused: a filter decides who gets mail, so a forgotten word or a
  missing quote is asked for and not guessed as AND. A word alone is refused for the same reason.
* ``:`` on text is "contains"; on a number, a boolean or a point in time it is "equals".
* A literal is read as the stored value is typed. A value of another type, like a missing one,
  equals nothing and is neither before nor after anything; ``!=`` is exactly ``NOT =``.
* A date without a time is a whole UTC day: equal within it, less before it, greater after it.
* AND, OR and NOT are read in any case, and have to be quoted to be values.

``parse`` reads, ``show`` writes, ``matches`` and ``explain`` judge one contact in memory;
``compile.compile_filter`` makes SQL.
"""

from tenantcrm.contacts.filters.ast import Expression, asked_of, fields_of
from tenantcrm.contacts.filters.errors import FilterError
from tenantcrm.contacts.filters.match import ContactValues, explain, matches
from tenantcrm.contacts.filters.parser import MAX_CONDITIONS, MAX_DEPTH, MAX_LENGTH, parse
from tenantcrm.contacts.filters.show import show

__all__ = [
    "MAX_CONDITIONS",
    "MAX_DEPTH",
    "MAX_LENGTH",
    "ContactValues",
    "Expression",
    "FilterError",
    "asked_of",
    "explain",
    "fields_of",
    "matches",
    "parse",
    "show",
]
