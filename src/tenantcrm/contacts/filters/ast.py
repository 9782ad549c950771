"""What a filter says, as a tree. Frozen and hashable; equal trees mean the same."""

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

ATTRIBUTE_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


class Operator(StrEnum):
    """How a target is compared with a literal."""

    EQUAL = "="
    NOT_EQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    GREATER = ">"
    AT_LEAST = ">="
    HAS = ":"


COMPARE: dict[Operator, Callable[[Any, Any], Any]] = {
    Operator.EQUAL: operator.eq,
    Operator.LESS: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.GREATER: operator.gt,
    Operator.AT_LEAST: operator.ge,
}
"""The comparison that an operator makes, on values of Python and columns of SQL alike."""
ORDER = frozenset({Operator.LESS, Operator.AT_MOST, Operator.GREATER, Operator.AT_LEAST})
"""The operators that ask which comes first."""


class Field(StrEnum):
    """What every contact has beside its attributes."""

    EMAIL = "email"
    NAME = "name"
    EXTERNAL_ID = "external_id"
    TIMEZONE = "timezone"
    STATUS = "status"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One of the names that a tenant gives to what it knows of its contacts."""

    name: str

    def __post_init__(self) -> None:
        """Refuse a name that no attribute can have, however the tree was made."""
        if not ATTRIBUTE_NAME.fullmatch(self.name):
            raise ValueError(f"no attribute can have the name {self.name!r}")


@dataclass(frozen=True, slots=True)
class Text:
    """A literal to read as the stored value is typed: text, number, boolean or date."""

    value: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number without quotes, kept as written: ``007`` may be the number 7 or the text 007."""

    text: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text with wildcards: any text stands between two neighbouring parts (two at least)."""

    parts: tuple[str, ...]


Target: TypeAlias = Field | Attribute
Literal: TypeAlias = Text | Number | Pattern


@dataclass(frozen=True, slots=True)
class Everything:
    """The empty filter: every contact."""


@dataclass(frozen=True, slots=True)
class Present:
    """The target has a value."""

    target: Target


@dataclass(frozen=True, slots=True)
class Comparison:
    """The target stands in this relation to the literal."""

    target: Target
    operator: Operator
    literal: Literal


@dataclass(frozen=True, slots=True)
class Not:
    """True exactly where the operand is false."""

    operand: "Expression"


@dataclass(frozen=True, slots=True)
class And:
    """All of two or more."""

    operands: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of two or more."""

    operands: tuple["Expression", ...]


Condition: TypeAlias = Present | Comparison
Expression: TypeAlias = Everything | Condition | Not | And | Or


def text_of(literal: Text | Number) -> str:
    """The literal as it was written."""
    return literal.text if isinstance(literal, Number) else literal.value


def conditions(expression: Expression) -> Iterator[Condition]:
    """Every condition in the expression, from left to right."""
    match expression:
        case Not(operand):
            yield from conditions(operand)
        case And(operands) | Or(operands):
            for operand in operands:
                yield from conditions(operand)
        case Present() | Comparison():
            yield expression
        case Everything():
            return


def asked_of(expression: Expression) -> list[str]:
    """The names of the attributes and fields that the expression asks about, without any value."""
    targets = (condition.target for condition in conditions(expression))
    return sorted({t.name if isinstance(t, Attribute) else t.value for t in targets})


def fields_of(expression: Expression) -> set[str]:
    """The names of the attributes that the expression asks about (fields are not among them)."""
    targets = (condition.target for condition in conditions(expression))
    return {target.name for target in targets if isinstance(target, Attribute)}
