"""What recipients read, in their own language: one file of words for each.

A file says what the language calls itself, which way it is written, and its words: ``[page]`` for
the pages behind the links of mails, ``[mail]`` for what every mail ends with. ``{names}`` in a
text are filled in when it is shown; every file has the same texts with the same names.
"""

import tomllib
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

from babel.dates import format_date
from msgspec import Struct, convert

FOLDER: Final = Path(__file__).parent
DEFAULT: Final = "en"
CODES: Final = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "sv", "ja", "ar")
"""In the order in which the menu has them."""
LONGEST: Final = 1000
"""Characters of an Accept-Language header that are read; no browser sends a tenth of it."""


class Language(Struct, frozen=True, kw_only=True):
    """The words of one language. ``direction``: ``ltr`` or ``rtl``."""

    code: str
    name: str
    direction: str
    mail: dict[str, str]
    page: dict[str, str]

    def day(self, day: date) -> str:
        """A date as the language writes it in a sentence."""
        return format_date(day, format="long", locale=self.code)


@lru_cache(maxsize=len(CODES))
def language(code: str) -> Language:
    """The words of a language among :data:`CODES`; a KeyError for any other."""
    if code not in CODES:
        raise KeyError(code)
    with (FOLDER / f"{code}.toml").open("rb") as file:
        return convert({"code": code, **tomllib.load(file)}, Language)


def known(tag: object) -> str | None:
    """The language among :data:`CODES` that a tag such as ``de-AT`` or ``pt_BR`` asks for."""
    if not isinstance(tag, str):
        return None
    primary = tag.strip().replace("_", "-").partition("-")[0].lower()
    return primary if primary in CODES else None


def accepted(header: str) -> list[str]:
    """The tags of an Accept-Language header (RFC 9110, 12.5.4), the most wanted first."""
    found: list[tuple[float, str]] = []
    for part in header[:LONGEST].split(","):
        tag, _, parameters = part.partition(";")
        weight = _weight(parameters)
        if tag.strip() and weight > 0:
            found.append((weight, tag.strip()))
    return [tag for _, tag in sorted(found, key=lambda one: -one[0])]


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if not name:
        return 1.0
    try:
        return float(value) if name.strip() == "q" else 0.0
    except ValueError:
        return 0.0


def choose(*wishes: object) -> Language:
    """The first wish that there are words for; wishes are tags, or anything else, passed over."""
    return language(next(filter(None, map(known, wishes)), DEFAULT))
