"""Which type a value has, and what a row can ask of each. Pure."""

from collections.abc import Collection
from enum import StrEnum
from typing import Any

from tenantcrm.contacts.filters.ast import ATTRIBUTE_NAME, Attribute, Field, Target
from tenantcrm.contacts.filters.fields import INSTANTS
from tenantcrm.contacts.filters.literals import as_moment
from tenantcrm.contacts.filters.rows import BARE, DATES, NUMBERS, Op


class Kind(StrEnum):
    """The types that values of attributes have."""

    TEXT, NUMBER, DATE, BOOLEAN = "text", "number", "date", "boolean"


_PRESENCE = (Op.PRESENT, Op.MISSING)
OPS: dict[Kind, tuple[Op, ...]] = {
    Kind.TEXT: (Op.IS, Op.IS_NOT, Op.CONTAINS, Op.LACKS, Op.STARTS, Op.ENDS),
    Kind.NUMBER: tuple(NUMBERS),
    Kind.DATE: (Op.ON, Op.BEFORE, Op.UNTIL, Op.AFTER, Op.SINCE, Op.NOT_ON),
    Kind.BOOLEAN: (Op.TRUE, Op.FALSE),
}
"""What each type can be asked, besides whether there is a value."""


def kind_of(value: Any) -> Kind:
    """The type of a stored attribute."""
    if isinstance(value, bool):
        return Kind.BOOLEAN
    if isinstance(value, int | float):
        return Kind.NUMBER
    return Kind.DATE if isinstance(value, str) and as_moment(value) else Kind.TEXT


def kinds_of_field(field: Field) -> tuple[Kind, ...]:
    """The type of what every contact has."""
    return (Kind.DATE,) if field in INSTANTS else (Kind.TEXT,)


def ops_for(kinds: Collection[str]) -> tuple[Op, ...]:
    """What a row can ask of a target whose values have these types; of an unknown one, anything."""
    wanted = [kind for kind in Kind if kind in kinds] or list(Kind)
    return (*(op for kind in wanted for op in OPS[kind]), *_PRESENCE)


def kind_of_op(op: Op) -> Kind:
    """How the value of a row is read."""
    if op in NUMBERS:
        return Kind.NUMBER
    if op in DATES:
        return Kind.DATE
    return Kind.BOOLEAN if op in {Op.TRUE, Op.FALSE} else Kind.TEXT


def takes_value(op: Op) -> bool:
    """Whether there is something to type."""
    return op not in BARE


def read_target(text: str) -> Target | None:
    """The field or attribute that a form names, as the language spells it."""
    if text in list(Field):
        return Field(text)
    bare = text.removeprefix("attributes.")
    return Attribute(bare) if ATTRIBUTE_NAME.fullmatch(bare) else None
