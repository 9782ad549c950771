"""The same language on one contact in memory, to say why a filter does not match it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Protocol

from tenantcrm.contacts.filters import ast
from tenantcrm.contacts.filters.ast import (
    COMPARE,
    ORDER,
    Expression,
    Field,
    Literal,
    Operator,
    Target,
    text_of,
)
from tenantcrm.contacts.filters.fields import INSTANTS, asked_email_key, cased
from tenantcrm.contacts.filters.literals import Moment, as_boolean, as_moment, as_number


class ContactValues(Protocol):
    """What a filter can ask of a contact; a row of ``contacts`` is one."""

    email: str
    email_key: str
    name: str | None
    external_id: str | None
    timezone: str | None
    status: str
    created_at: datetime
    updated_at: datetime
    attributes: Mapping[str, Any]


def matches(expression: Expression, contact: ContactValues) -> bool:
    """Whether the filter takes the contact: what ``compile_filter`` answers in SQL."""
    return explain(expression, contact) is None


def explain(expression: Expression, contact: ContactValues) -> Expression | None:
    """The first part of the filter that the contact fails; None when it matches.

    Of conditions joined by AND it is the first that fails; OR and NOT fail as a whole.
    """
    match expression:
        case ast.Everything():
            return None
        case ast.And(operands):
            failures = (explain(operand, contact) for operand in operands)
            return next((failure for failure in failures if failure is not None), None)
        case ast.Or(operands):
            holds = any(matches(operand, contact) for operand in operands)
        case ast.Not(operand):
            holds = not matches(operand, contact)
        case ast.Present(target):
            holds = _value(target, contact) is not None
        case ast.Comparison(target, Operator.NOT_EQUAL, to):
            holds = not _compare(target, Operator.EQUAL, to, contact)
        case ast.Comparison(target, how, to):
            holds = _compare(target, how, to, contact)
    return None if holds else expression


def _value(target: Target, contact: ContactValues) -> Any:
    if isinstance(target, Field):
        return getattr(contact, target)
    return contact.attributes.get(target.name)


def _compare(target: Target, how: Operator, to: Literal, contact: ContactValues) -> bool:
    value = _value(target, contact)
    if value is None:
        return False
    if isinstance(target, Field):
        return _compare_field(target, value, how, to, contact)
    text = "" if isinstance(to, ast.Pattern) else text_of(to)
    if isinstance(value, bool):
        return how not in ORDER and as_boolean(text) is value
    if isinstance(value, int | float):
        number = as_number(text)
        return number is not None and _ordered(how, Decimal(str(value)), number)
    moment = as_moment(text)
    if moment and how is not Operator.HAS:
        return _moments(how, as_moment(value), moment)
    is_number_order = isinstance(to, ast.Number) and how in ORDER
    return not is_number_order and _texts(how, value, to, None)


def _compare_field(
    field: Field, value: Any, how: Operator, to: Literal, contact: ContactValues
) -> bool:
    if field in INSTANTS:
        moment = as_moment(to.value) if isinstance(to, ast.Text) else None
        return _moments(how, Moment(value.astimezone(UTC), whole_day=False), moment)
    key = asked_email_key(how, to) if field is Field.EMAIL else None
    return _texts(how, value, to, field) if key is None else key == contact.email_key


def _texts(how: Operator, value: str, to: Literal, field: Field | None) -> bool:
    stored = cased(field, value)
    if isinstance(to, ast.Pattern):
        parts = tuple(cased(field, part) for part in to.parts)
        return _like(stored, ("", *parts, "") if how is Operator.HAS else parts)
    sought = cased(field, text_of(to))
    return sought in stored if how is Operator.HAS else _ordered(how, stored, sought)


def _like(text: str, parts: tuple[str, ...]) -> bool:
    """Whether the parts stand in the text in this order: the first leads, the last ends it."""
    first, *inner, last = parts
    if not text.startswith(first):
        return False
    position = len(first)
    for part in inner:
        found = text.find(part, position)
        if found < 0:
            return False
        position = found + len(part)
    return text.endswith(last) and len(text) - len(last) >= position


def _moments(how: Operator, value: Moment | None, to: Moment | None) -> bool:
    if value is None or to is None:
        return False
    if value.whole_day or to.whole_day:
        return _ordered(how, value.day, to.day)
    return _ordered(how, value.start, to.start)


def _ordered(how: Operator, left: Any, right: Any) -> bool:
    return bool(COMPARE.get(how, COMPARE[Operator.EQUAL])(left, right))
