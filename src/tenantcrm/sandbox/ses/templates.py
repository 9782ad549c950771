"""Fill the variables of a template in: ``{{name}}``, and nothing else of Handlebars.

A value goes in as it is: SES does not escape HTML (developer guide, "Advanced email
personalization"). Where a variable has no value SES takes the mail, sends none and publishes a
rendering failure; the simulator refuses it at once, so that nobody waits for a mail.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

import msgspec

from tenantcrm.sandbox.ses.errors import BadRequestError

_VARIABLE = re.compile(r"\{\{\{?\s*([A-Za-z_][\w-]*(?:\.[\w-]+)*)\s*\}?\}\}")
Values = Mapping[str, object]
_decode = msgspec.json.Decoder(dict[str, object]).decode


def values_in(data: str | None) -> Values:
    """What the variables stand for, from the JSON in a request.

    Raises:
        BadRequestError: it is no JSON object.
    """
    if not data:
        return {}
    try:
        return _decode(data)
    except msgspec.DecodeError:
        raise BadRequestError("Template data is not a JSON object.") from None


@lru_cache(maxsize=256)
def compiled(source: str) -> Sequence[str]:
    """A template in pieces: text, the name of a variable, text, and so on.

    Raises:
        BadRequestError: it has something that is not simulated.
    """
    pieces = _VARIABLE.split(source)
    if any("{{" in text for text in pieces[::2]):
        raise BadRequestError("The template has more than {{name}}, which is not simulated.")
    return tuple(pieces)


def filled(pieces: Sequence[str], values: Values) -> str:
    """The text with every variable filled in.

    Raises:
        BadRequestError: one of them has no value.
    """
    made = list(pieces)
    for place in range(1, len(made), 2):
        made[place] = _text(made[place], values)
    return "".join(made)


def _text(name: str, values: Values) -> str:
    value = values.get(name)
    if value is None:
        value = _within(name, values)
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise BadRequestError(f"Attribute '{name}' is not present in the rendering data.")


def _within(name: str, values: Values) -> object:
    found: object = values
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found
