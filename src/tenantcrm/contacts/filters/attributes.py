"""Conditions on attributes, as SQL that is true or false and never NULL.

Equality asks ``folded @> {"name": value}``, once for each type that the literal can be read as. No
index serves it: the operator is not leakproof, and beneath row-level security PostgreSQL asks it of
the tenant's own rows alone. Other comparisons look at the stored type first and convert only what
converts.
"""

import json
from decimal import Decimal
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnCollection,
    ColumnElement,
    Dialect,
    Numeric,
    Text,
    TypeDecorator,
    case,
    cast,
    false,
    func,
    literal,
    or_,
)
from sqlalchemy.dialects.postgresql import JSONB

from tenantcrm.contacts.filters import ast
from tenantcrm.contacts.filters.ast import COMPARE, ORDER, Literal, Operator, text_of
from tenantcrm.contacts.filters.folding import ESCAPE, like_pattern
from tenantcrm.contacts.filters.instants import compare_text
from tenantcrm.contacts.filters.literals import as_boolean, as_moment, as_number

Columns: TypeAlias = ColumnCollection[str, Any]


class JsonText(TypeDecorator[str]):
    """A jsonb parameter given as JSON text, which keeps a Decimal as exact as it was written.

    A parameter of type text with a cast would be parsed again for every row of a generic plan.
    """

    impl = JSONB
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> None:
        """Send the text as it is: the driver's jsonb takes JSON text."""


class StoredAttribute:
    """One attribute of the contact in each row."""

    def __init__(self, columns: Columns, name: str) -> None:
        """Bind the name; ``columns`` has ``attributes`` and ``folded``."""
        self._columns = columns
        self._name = name
        key = literal(name, Text)
        self._value = columns["attributes"].op("->", return_type=JSONB())(key)
        self._text = columns["attributes"].op("->>", return_type=Text())(key)
        self._folded = columns["folded"].op("->>", return_type=Text())(key)
        self._type = func.jsonb_typeof(self._value)

    def present(self) -> ColumnElement[bool]:
        """Whether it has a value."""
        return func.coalesce(self._type != "null", false())

    def compare(self, how: Operator, to: Literal) -> ColumnElement[bool]:
        """Whether its value stands in this relation to the literal."""
        if isinstance(to, ast.Pattern):
            return self._like(like_pattern(_folded(to.parts), inside=how is Operator.HAS))
        text = text_of(to)
        if how in ORDER:
            return self._ordered(how, to, text)
        if how is Operator.HAS:
            pattern = like_pattern((text.casefold(),), inside=True)
            return or_(self._like(pattern), *self._contained(_other_readings(text)))
        moment = as_moment(text)
        if moment:
            return compare_text(self._text, how, moment)
        return or_(*self._contained([json.dumps(text.casefold()), *_other_readings(text)]))

    def _contained(self, values: list[str]) -> list[ColumnElement[bool]]:
        objects = (f"{{{json.dumps(self._name)}: {value}}}" for value in values)
        return [self._columns["folded"].contains(literal(o, JsonText)) for o in objects]

    def _like(self, pattern: str) -> ColumnElement[bool]:
        alike = self._folded.collate("C").like(literal(pattern, Text), escape=ESCAPE)
        return case((self._type == "string", alike), else_=false())

    def _ordered(self, how: Operator, to: Literal, text: str) -> ColumnElement[bool]:
        moment, number = as_moment(text), as_number(text)
        if moment:
            return compare_text(self._text, how, moment)
        order = COMPARE[how]
        branches = []
        if number is not None:
            branches.append((self._type == "number", order(self._number(), _numeric(number))))
        if isinstance(to, ast.Text):
            bound = literal(text.casefold(), Text)
            branches.append((self._type == "string", order(self._folded.collate("C"), bound)))
        return case(*branches, else_=false())

    def _number(self) -> ColumnElement[Decimal]:
        return cast(self._text, Numeric)


def _numeric(number: Decimal) -> ColumnElement[Decimal]:
    return literal(number, Numeric)


def _folded(parts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part.casefold() for part in parts)


def _other_readings(text: str) -> list[str]:
    """The number and the boolean, as JSON, that the text can be read as."""
    number, boolean = as_number(text), as_boolean(text)
    readings = [] if number is None else [str(number)]
    return readings if boolean is None else [*readings, json.dumps(boolean)]
