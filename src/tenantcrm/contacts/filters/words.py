"""How faults are put into words."""

import re

from tenantcrm.contacts.filters.errors import MisreadError

A_NAME = (
    "the name of a field or an attribute "
    "(lower-case letters, digits and _, beginning with a letter, at most 64)"
)
A_DATE = 'a date such as "2026-01-31" or an instant such as "2026-01-31T09:30:00Z"'
A_CONDITION = "a condition such as language = en"
A_COMPARISON = "a comparison (=, !=, <, <=, >, >= or :)"
A_VALUE = 'a value such as en, 42 or "two words"'
THE_END = "the end of the filter"
LONGEST_SHOWN = 40

_RUN = re.compile(r"[\w.@*-]+|[=<>!&|]+")
_TYPOGRAPHIC = frozenset("“”„«»‘’")
_KEYWORDS = frozenset({"and", "or", "not"})
_MORE = "Write AND or OR between two conditions, and quotes around a value of several words."
_HINTS = {
    "&": "Write AND.",
    "&&": "Write AND.",
    "|": "Write OR.",
    "||": "Write OR.",
    ",": "Write AND or OR between two conditions; a value with a comma goes in quotes.",
    ";": "Write AND or OR between two conditions; a value with a semicolon goes in quotes.",
}


def shown(text: str) -> str:
    """A piece of the filter, short and printable."""
    whole = "".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in text[:LONGEST_SHOWN])
    return whole if len(text) <= LONGEST_SHOWN else whole + "…"


def found_at(text: str, position: int) -> str:
    """What stands at this place: a word, a run of operator signs, or one character."""
    if position >= len(text):
        return THE_END
    run = _RUN.match(text, position)
    return shown(run[0] if run else text[position])


def refusal(text: str, position: int, accepted: set[str], kind: str) -> MisreadError:
    """The fault where the parser stopped.

    ``accepted`` are the terminals of the grammar that could have stood at ``position``; ``kind`` is
    the one that does, where one does.
    """
    found = found_at(text, position)
    if "BARE" in accepted:
        return _no_value(text, position, found)
    if "COMPARATOR" in accepted:
        hint = (
            "A word alone is not searched for; name:ada searches names." if found == THE_END else ""
        )
        return MisreadError(position, found, A_COMPARISON, hint)
    if "NAME" in accepted:
        return MisreadError(position, found, A_CONDITION)
    if kind in {"_AND", "_OR"}:
        hint = "Write (a AND b) OR c, or a AND (b OR c)."
        return MisreadError(position, found, "parentheses where AND and OR meet", hint)
    return MisreadError(position, found, _continuation(accepted), _hint(found))


def _no_value(text: str, position: int, found: str) -> MisreadError:
    character = text[position : position + 1]
    if character in {'"', "'"}:
        expected = f"a closing {character} for the text that begins here"
        return MisreadError(position, THE_END, expected)
    hint = ""
    if character in _TYPOGRAPHIC:
        hint = "Only straight quotes (\" or ') hold a text."
    elif found.casefold() in _KEYWORDS:
        hint = f'Put it in quotes to mean the word itself: "{found}".'
    elif found.startswith("=") and text[position - 1] == "=":
        hint = "One = is enough."
    return MisreadError(position, found, A_VALUE, hint)


def _continuation(accepted: set[str]) -> str:
    words = {"_AND": "AND", "_OR": "OR", "RPAR": "a closing )", "$END": THE_END}
    possible = [word for terminal, word in words.items() if terminal in accepted]
    return " or ".join(filter(None, [", ".join(possible[:-1]), possible[-1]]))


def _hint(found: str) -> str:
    if found in _HINTS:
        return _HINTS[found]
    return _MORE if found[0].isalnum() and found != THE_END else ""
