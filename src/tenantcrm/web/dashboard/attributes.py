"""Attributes as a person writes them: one a line, ``name: value``, values read like JSON's."""

import json
from typing import Any

from tenantcrm.errors import FieldError, InvalidError

SHOWN = 4
"""Attributes of a contact in a list."""


def show_attributes(attributes: dict[str, Any]) -> str:
    """The lines of a contact's attributes; text that reads like something else is quoted."""
    return "\n".join(f"{name}: {shown_value(value)}" for name, value in sorted(attributes.items()))


def read_attributes(text: str) -> dict[str, Any]:
    """The attributes that the lines say.

    Raises:
        InvalidError: a line has no colon, or says a name twice; each line at fault is named.
    """
    found: dict[str, Any] = {}
    faults = []
    # Not splitlines(): a value may hold what only Unicode takes for the end of a line.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not colon or not name:
            words = f"Line {number} reads {line.strip()[:40]!r}; expected name: value"
            faults.append(FieldError("/attributes", "invalid_line", words))
        elif name in found:
            words = f"Line {number} says {name[:40]} a second time"
            faults.append(FieldError("/attributes", "duplicate", words))
        else:
            found[name] = read_value(value)
    if faults:
        raise InvalidError(faults)
    return found


def attribute_text(value: Any) -> str:
    """An attribute's value as it is shown: as JSON has it, text without quotes."""
    return value if isinstance(value, str) else json.dumps(value)


def attribute_line(attributes: dict[str, Any]) -> str:
    """The first few attributes, in one line of a list."""
    named = [f"{name}: {attribute_text(attributes[name])}" for name in sorted(attributes)]
    more = [f"+{len(named) - SHOWN}"] if len(named) > SHOWN else []
    return " · ".join(named[:SHOWN] + more) or "–"


def read_value(text: str) -> Any:
    """What somebody has typed: a number, true or false, else text; quotes make it text."""
    try:
        value = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, str | int | float | bool) else text


def _no_number(name: str) -> None:
    # Python reads NaN and Infinity, which JSON does not have.
    raise ValueError(name)


def shown_value(value: Any) -> str:
    """An attribute's value as the form has it; never empty."""
    if not isinstance(value, str):
        return json.dumps(value)
    plain = value != "" and value == value.strip() and value.isprintable()
    return value if plain and read_value(value) == value else json.dumps(value)
