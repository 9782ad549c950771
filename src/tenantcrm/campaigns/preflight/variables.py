"""What a source reads of a contact, and whether it says what to write where there is nothing."""

import re
from collections.abc import Iterator

from msgspec import Struct

from tenantcrm.campaigns.rendering.constructs import BLOCKS, Construct, constructs

_READ = re.compile(r"""\bcontact\s*(?:\.\s*([A-Za-z_][\w-]*)|\[\s*(?:'([^']+)'|"([^"]+)")\s*\])""")
_QUOTED = re.compile(r"""(?<![\[\w])(["'])(?:(?!\1).)*\1""", re.DOTALL)
_FALLBACK = re.compile(r"\|\s*default\s*:")
_FIRST = re.compile(r"\{\{-?\s*([A-Za-z_]\w*)(?:\s*\.\s*([A-Za-z_]\w*))?")
_BOUND = re.compile(r"\b(?:assign|capture|for|increment|decrement)\s+([A-Za-z_]\w*)")
GIVEN: dict[str, frozenset[str] | None] = {
    "contact": None,
    "tenant": frozenset({"name", "postal_address"}),
    "campaign": frozenset({"name"}),
    "unsubscribe_url": frozenset(),
    **dict.fromkeys(("now", "today", "forloop", "true", "false", "nil", "blank", "empty")),
}
"""The names that a template has, and their fields; None: any."""


class Use(Struct, frozen=True):
    """A value that is written without a fallback.

    ``name``: of the contact's field; empty where the whole variable is unknown. ``line``: from 1.
    """

    variable: str
    name: str
    line: int


def bare_uses(source: str) -> Iterator[Use]:
    """Every value that is written with neither a ``default`` nor a condition on it around it."""
    found = constructs(source)
    bound = {name for one in found if one.name for name in _BOUND.findall(one.text)}
    guards: list[set[str]] = []
    for one in found:
        if one.name in BLOCKS:
            guards.append(_read(one) if one.name in {"if", "unless", "case"} else set())
        elif one.name in {"elsif", "when"} and guards:
            guards[-1] |= _read(one)
        elif one.name.startswith("end") and guards:
            guards.pop()
        elif one.name in {"", "echo"} and not _FALLBACK.search(_QUOTED.sub("''", one.text)):
            yield from _bare(one, set().union(*guards), bound)


def _bare(one: Construct, guarded: set[str], bound: set[str]) -> Iterator[Use]:
    for name in sorted(_read(one) - guarded):
        yield Use(f"contact.{name}", name, one.line)
    first = _FIRST.match(one.text)
    if first is None or first[1] in bound:
        return
    root, field = first[1], first[2] or ""
    fields = GIVEN.get(root, frozenset())
    if root not in GIVEN or (field and fields is not None and field not in fields):
        yield Use(f"{root}.{field}" if field else root, "", one.line)


def _read(one: Construct) -> set[str]:
    text = _QUOTED.sub("''", one.text)
    return {a or b or c for a, b, c in _READ.findall(text)}
