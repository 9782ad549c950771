"""Parameters that take one of a few words."""

from collections.abc import Collection
from enum import StrEnum
from typing import TypeVar

from tenantcrm.errors import InvalidError
from tenantcrm.web.api.operations import Parameter

E = TypeVar("E", bound=StrEnum)


def choice(name: str, text: str, choices: Collection[StrEnum]) -> Parameter:
    """What the documentation says of such a parameter."""
    return Parameter(name, text, {"type": "string", "enum": [c.value for c in choices]})


def read_choice(parameters: dict[str, str], name: str, choices: Collection[E]) -> E | None:
    """The word that was given; None when none was.

    Raises:
        InvalidError: it is not among the choices.
    """
    text = parameters.get(name)
    if text is None:
        return None
    for known in choices:
        if known.value == text:
            return known
    words = f"{name} is one of {', '.join(c.value for c in choices)}"
    raise InvalidError.of(f"/{name}", "invalid_choice", words)
