"""Attributes as a person writes them: one a line, ``name: value``, values read like JSON's."""

import json
from typing import Any

from tenantcrm.errors import FieldError, InvalidError


def show_attributes(attributes: dict[str, Any]) -> str:
    """The lines of a contact's attributes; text that reads like something else is quoted."""
    return "\n".join(f"{name}: {_shown(value)}" for name, value in sorted(attributes.items()))


def read_attributes(text: str) -> dict[str, Any]:
    """The attributes that the lines say.

    Raises:
        InvalidError: a line has no colon, or says a name twice; each line at fault is named.
    """
    found: dict[str, Any] = {}
    faults = []
    for number, line in enumerate(text.splitlines(), 1):
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
            found[name] = _read(value)
    if faults:
        raise InvalidError(faults)
    return found


def _read(text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, str | int | float | bool) else text


def _shown(value: Any) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    plain = _read(value) == value and value == value.strip() and "\n" not in value
    return value if plain and value else json.dumps(value, ensure_ascii=False)
