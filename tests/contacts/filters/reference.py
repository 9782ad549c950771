"""What the language means, said a second time and in another way, to check the first.

It shares nothing with the product: its own tree (as the tests make it, before it is text), regular
expressions for wildcards, fractions for numbers, microseconds since the year 1 for dates.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

from tests.contacts.filters.people import Person

DAY = 24 * 60 * 60 * 1_000_000
FIELDS = ("email", "name", "external_id", "timezone", "status", "created_at", "updated_at")


@dataclass(frozen=True)
class Value:
    """A literal: its pieces, with a wildcard between each two; and whether quotes hold it."""

    pieces: tuple[str, ...]
    quoted: bool = True


@dataclass(frozen=True)
class Ask:
    """One condition; ``name`` is an attribute unless ``field``."""

    name: str
    field: bool
    operator: str
    value: Value


@dataclass(frozen=True)
class Join:
    """``AND``, ``OR`` or (of one) ``NOT``."""

    word: str
    parts: tuple["Ask | Join", ...]


def holds(tree: Ask | Join, one: Person) -> bool:
    """Whether the person is one that the tree asks for."""
    if isinstance(tree, Join):
        answers = [holds(part, one) for part in tree.parts]
        return {"AND": all(answers), "OR": any(answers), "NOT": not answers[0]}[tree.word]
    stored = getattr(one, tree.name) if tree.field else one.attributes.get(tree.name)
    if tree.operator == "!=":
        return not asked(tree, "=", stored)
    return asked(tree, tree.operator, stored)


def asked(tree: Ask, operator: str, stored: Any) -> bool:
    pieces = tree.value.pieces
    if stored is None:
        return False
    if len(pieces) > 1 and not any(pieces):
        return operator in {"=", ":"}
    if len(pieces) > 1:
        return isinstance(stored, str) and like(tree, operator, stored)
    return compare(tree, operator, stored, pieces[0])


def like(tree: Ask, operator: str, stored: str) -> bool:
    pattern = ".*".join(re.escape(case(tree, piece)) for piece in tree.value.pieces)
    ends = "" if operator == ":" else r"\Z"
    find = re.search if operator == ":" else re.match
    return find(pattern + ends, case(tree, stored), re.DOTALL) is not None


def case(tree: Ask, text: str) -> str:
    exact = tree.field and tree.name == "external_id"
    return text if exact else text.casefold()


def compare(tree: Ask, operator: str, stored: Any, text: str) -> bool:
    match stored:
        case datetime():
            elapsed = stored.astimezone(UTC) - datetime(1, 1, 1, tzinfo=UTC)
            exact = (elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds
            answer = order_of(operator, *days(moment(text), (exact, False)))
        case bool():
            answer = operator in {"=", ":"} and text.casefold() == str(stored).casefold()
        case int() | float():
            sought = number(text)
            answer = sought is not None and order_of(operator, Fraction(repr(stored)), sought)
        case _ if operator == ":":
            answer = case(tree, text) in case(tree, stored)
        case _ if tree.field:
            answer = order_of(operator, case(tree, stored), case(tree, text))
        case _ if moment(text):
            there = moment(stored)
            answer = there is not None and order_of(operator, *days(moment(text), there))
        case _:
            of_numbers = number(text) is not None and not tree.value.quoted and operator != "="
            answer = not of_numbers and order_of(operator, case(tree, stored), case(tree, text))
    return answer


def order_of(operator: str, left: Any, right: Any) -> bool:
    equal, less = left == right, left < right
    return {
        "=": equal, ":": equal, "<": less, "<=": less or equal,
        ">": not (less or equal), ">=": not less,
    }[operator]  # fmt: skip


def number(text: str) -> Fraction | None:
    shape = r"-?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,3})?"
    return Fraction(text) if re.fullmatch(shape, text, re.ASCII) else None


def days(literal: tuple[int, bool] | None, stored: tuple[int, bool]) -> tuple[int, int]:
    """What to compare, stored first: whole days when either side is one."""
    assert literal is not None
    unit = DAY if literal[1] or stored[1] else 1
    return stored[0] // unit, literal[0] // unit


def moment(text: str) -> tuple[int, bool] | None:
    """Microseconds since the year 1 in UTC, and whether only the day is meant."""
    found = re.fullmatch(
        r"(\d{4})-(\d\d)-(\d\d)"
        r"(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?([Zz]|([+-])(\d\d):(\d\d))?)?",
        text,
        re.ASCII,
    )
    if not found:
        return None
    year, month, day, hour, minute, second, fraction, _, sign, east, beyond = found.groups("0")
    try:
        midnight = (date(int(year), int(month), int(day)).toordinal() - 1) * DAY
    except ValueError:
        return None
    within = (int(hour), int(minute), int(second)) <= (23, 59, 59)
    within = within and int(minute) < 60 and int(second) < 60
    if not within or int(east) > 14 or int(beyond) > 59:
        return None
    if sign != "0" and found[0][:10] in {"0001-01-01", "9999-12-31"}:
        return None
    seconds = int(hour) * 3600 + int(minute) * 60 + int(second)
    seconds -= {"+": 1, "-": -1, "0": 0}[sign] * (int(east) * 3600 + int(beyond) * 60)
    micro = int(fraction[:6].ljust(6, "0"))
    return midnight + seconds * 1_000_000 + micro, found[4] is None
