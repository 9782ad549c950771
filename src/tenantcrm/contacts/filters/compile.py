"""From a tree to a WHERE clause: bound parameters alone, and never NULL.

Every condition compiles to SQL that is true or false, also on a missing value. NOT, AND and OR are
then the two-valued ones that the language promises: ``!=`` is exactly ``NOT =``.
"""

from typing import Any

from sqlalchemy import ColumnElement, Text, and_, literal, not_, or_, true

from tenantcrm.contacts.filters import ast
from tenantcrm.contacts.filters.ast import (
    COMPARE,
    ORDER,
    Condition,
    Expression,
    Field,
    Literal,
    Operator,
    Target,
    text_of,
)
from tenantcrm.contacts.filters.attributes import Columns, StoredAttribute
from tenantcrm.contacts.filters.fields import INSTANTS, asked_email_key, cased
from tenantcrm.contacts.filters.folding import ESCAPE, folded_in_sql, like_pattern
from tenantcrm.contacts.filters.instants import compare_column
from tenantcrm.contacts.filters.literals import as_moment
from tenantcrm.contacts.models import Contact


def compile_filter(expression: Expression, columns: Columns | None = None) -> ColumnElement[bool]:
    """The condition on a contact's row; the tenant and the mode are the caller's to name.

    ``columns`` are those of ``contacts``, or of an alias of it; the table's own when left out.
    """
    return _compile(expression, Contact.__table__.c if columns is None else columns)


def _compile(expression: Expression, columns: Columns) -> ColumnElement[bool]:
    match expression:
        case ast.Everything():
            return true()
        case ast.Not(operand):
            return not_(_compile(operand, columns))
        case ast.And(operands):
            return and_(*(_compile(operand, columns) for operand in operands))
        case ast.Or(operands):
            return or_(*(_compile(operand, columns) for operand in operands))
        case ast.Present() | ast.Comparison():
            return _condition(expression, columns)


def _condition(condition: Condition, columns: Columns) -> ColumnElement[bool]:
    match condition:
        case ast.Present(target):
            return _present(target, columns)
        case ast.Comparison(target, Operator.NOT_EQUAL, to):
            return not_(_compare(target, Operator.EQUAL, to, columns))
        case ast.Comparison(target, how, to):
            return _compare(target, how, to, columns)


def _present(target: Target, columns: Columns) -> ColumnElement[bool]:
    if isinstance(target, ast.Attribute):
        return StoredAttribute(columns, target.name).present()
    present: ColumnElement[bool] = columns[target].is_not(None)
    return present


def _compare(target: Target, how: Operator, to: Literal, columns: Columns) -> ColumnElement[bool]:
    if isinstance(target, ast.Attribute):
        return StoredAttribute(columns, target.name).compare(how, to)
    if target in INSTANTS:
        return _compare_instant(columns[target], how, to)
    # With IS NOT NULL beside it a NULL is false, and an index on the bare column still serves.
    return and_(columns[target].is_not(None), _compare_text(target, how, to, columns))


def _compare_instant(column: ColumnElement[Any], how: Operator, to: Literal) -> ColumnElement[bool]:
    moment = as_moment(to.value) if isinstance(to, ast.Text) else None
    if moment is None:
        raise ValueError(f"{column} is compared with a date or an instant, not with {to!r}")
    return compare_column(column, how, moment)


def _compare_text(
    field: Field, how: Operator, to: Literal, columns: Columns
) -> ColumnElement[bool]:
    key = asked_email_key(how, to) if field is Field.EMAIL else None
    if key is not None:
        same: ColumnElement[bool] = columns["email_key"] == literal(key, Text)
        return same
    written = to.parts if isinstance(to, ast.Pattern) else (text_of(to),)
    parts = tuple(cased(field, part) for part in written)
    # What comes first depends on every letter of the column, not on the sought ones alone.
    column = _comparable(field, columns, None if how in ORDER else "".join(parts))
    if isinstance(to, ast.Pattern) or how is Operator.HAS:
        pattern = like_pattern(parts, inside=how is Operator.HAS)
        return column.collate("C").like(literal(pattern, Text), escape=ESCAPE)
    if how is Operator.EQUAL:
        return column == literal(parts[0], Text)
    result: ColumnElement[bool] = COMPARE[how](column.collate("C"), literal(parts[0], Text))
    return result


def _comparable(field: Field, columns: Columns, sought: str | None) -> ColumnElement[Any]:
    """The field's value, with its letters as ``cased`` makes those of the literal."""
    column: ColumnElement[Any] = columns[field]
    if field in {Field.EXTERNAL_ID, Field.STATUS}:
        return column
    return folded_in_sql(column, sought)
