"""Two people at one form: what the other has saved, beside what was typed. Pure.

A form knows three states of what it edits: as it was opened, as it is stored now, and as it was
typed. What only the other has changed is taken over; what both have changed is asked, field by
field, and nothing is saved before. ``ui.conflict`` draws it, and its answers come back with the
form as ``take-NAME``.
"""

import difflib
from collections.abc import Collection, Mapping
from typing import Literal

from msgspec import Struct

from tenantcrm.web.forms import Form

TAKE = "take-"
WAS = "was-"
THEIRS = "theirs"
SHORT = 200
"""Characters up to which a value is shown as a whole; what is longer is shown by its lines."""
LINES_MOST = 400

Tone = Literal["added", "removed", "place", "same"]
_TONES: dict[str, Tone] = {"+": "added", "-": "removed", "@": "place"}


class Contested(Struct, frozen=True, kw_only=True):
    """A field that both have changed. ``lines``: of a long text, the diff from theirs to mine."""

    name: str
    label: str
    theirs: str
    mine: str
    lines: list[tuple[Tone, str]] = []


class Conflict(Struct, frozen=True, kw_only=True):
    """``values``: what the form holds now. ``taken``: label and value of what only the other has
    changed. ``contested``: what both have changed; the form holds what was typed.
    """

    values: dict[str, str]
    taken: list[tuple[str, str]]
    contested: list[Contested]


def conflict(
    labels: Mapping[str, str],
    *,
    opened: Mapping[str, str] | None,
    stored: Mapping[str, str],
    typed: Mapping[str, str],
) -> Conflict:
    """Put the three beside each other, by the names in ``labels``.

    ``opened`` None: how the form was opened is not known, and every difference is asked.
    """
    values, taken, contested = dict(typed), list[tuple[str, str]](), list[Contested]()
    for name, label in labels.items():
        theirs, mine = stored[name], typed[name]
        if same(theirs, mine):
            continue
        if opened is not None and same(opened[name], theirs):
            continue  # Only what was typed is new.
        if opened is not None and same(opened[name], mine):
            values[name] = theirs
            taken.append((label, _short(theirs)))
            continue
        lines = _lines(theirs, mine) if max(len(theirs), len(mine)) > SHORT else []
        contested.append(Contested(name=name, label=label, theirs=theirs, mine=mine, lines=lines))
    return Conflict(values=values, taken=taken, contested=contested)


def opened_in(form: Form, names: Collection[str]) -> dict[str, str] | None:
    """How a form was opened that carries it along, as ``was-NAME``; None: it does not say."""
    if not any(WAS + name in form for name in names):
        return None
    return {name: form[WAS + name] for name in names}


def settled(form: Form, stored: Mapping[str, str], typed: Mapping[str, str]) -> dict[str, str]:
    """What was typed, with the stored value wherever the form says that theirs is taken."""
    return {
        name: stored[name] if form[TAKE + name] == THEIRS and name in stored else value
        for name, value in typed.items()
    }


def same(one: str, other: str) -> bool:
    """Whether two values of a field are the same but for spaces around them."""
    return one.strip() == other.strip()


def _short(value: str) -> str:
    value = value.strip()
    return value if len(value) <= SHORT else f"{value[:SHORT]}…"


def _lines(old: str, new: str) -> list[tuple[Tone, str]]:
    found = difflib.unified_diff(old.splitlines(), new.splitlines(), n=2, lineterm="")
    return [(_TONES.get(line[:1], "same"), line) for line in list(found)[2 : LINES_MOST + 2]]
