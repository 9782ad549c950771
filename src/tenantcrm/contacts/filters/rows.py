"""A filter as rows of a form: all, or any, of a list of conditions. Pure.

Rows show what most people ask; the text shows everything. ``rows_of`` says why a filter cannot be
rows; what it does give means the same when ``expression_of`` makes a filter of it again.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal as Choice

from tenantcrm.contacts.filters import ast
from tenantcrm.contacts.filters.ast import Expression, Field, Literal, Operator, Target, text_of
from tenantcrm.contacts.filters.fields import INSTANTS
from tenantcrm.contacts.filters.literals import NUMBER, as_moment
from tenantcrm.contacts.status import ContactStatus

Join = Choice["all", "any"]
MOST = 100
"""Rows; as many as a filter may have conditions."""


class Op(StrEnum):
    """How a row compares; each reads its value as one type."""

    IS, IS_NOT, CONTAINS, LACKS = "is", "is_not", "contains", "lacks"
    STARTS, ENDS = "starts", "ends"
    EQ, NE, GT, GE, LT, LE = "eq", "ne", "gt", "ge", "lt", "le"
    ON, NOT_ON, BEFORE, UNTIL, AFTER, SINCE = "on", "not_on", "before", "until", "after", "since"
    TRUE, FALSE = "true", "false"
    PRESENT, MISSING = "present", "missing"


NUMBERS = {
    Op.EQ: Operator.EQUAL, Op.NE: Operator.NOT_EQUAL, Op.GT: Operator.GREATER,
    Op.GE: Operator.AT_LEAST, Op.LT: Operator.LESS, Op.LE: Operator.AT_MOST,
}  # fmt: skip
DATES = {
    Op.ON: Operator.EQUAL, Op.NOT_ON: Operator.NOT_EQUAL, Op.AFTER: Operator.GREATER,
    Op.SINCE: Operator.AT_LEAST, Op.BEFORE: Operator.LESS, Op.UNTIL: Operator.AT_MOST,
}  # fmt: skip
BARE = frozenset({Op.TRUE, Op.FALSE, Op.PRESENT, Op.MISSING})
"""Ops that take no value."""
GROUPS = "It has groups inside one another, which rows cannot show. It stays as text."
_NEGATED = "It says NOT about something that rows cannot turn round. It stays as text."
_ORDERED = (
    "It asks which text comes first in the alphabet, which rows cannot show. It stays as text."
)
_PATTERN = "It has a pattern with * in another place than rows can show. It stays as text."
_EMPTY = "It compares with an empty text, which rows cannot show. It stays as text."


@dataclass(frozen=True, slots=True)
class Row:
    """One condition. ``value`` is as it is typed, empty where the op takes none."""

    target: Target
    op: Op
    value: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """Conditions of which all, or any, have to hold; none at all is every contact."""

    join: Join
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class NotRows:
    """Why a filter stays text, as a sentence."""

    why: str


def rows_of(expression: Expression) -> Rows | NotRows:
    """The filter as rows, or why it cannot be."""
    match expression:
        case ast.Everything():
            return Rows("all", ())
        case ast.And(operands):
            found, join = [_row(one) for one in operands], "all"
        case ast.Or(operands):
            found, join = [_row(one) for one in operands], "any"
        case _:
            found, join = [_row(expression)], "all"
    rows = []
    for one in found:
        if isinstance(one, NotRows):
            return one
        rows.append(one)
    return Rows("any" if join == "any" else "all", tuple(rows))


def _row(expression: Expression) -> Row | NotRows:  # noqa: PLR0911 - a case for each shape
    match expression:
        case ast.Present(target):
            return Row(target, Op.PRESENT)
        case ast.Not(ast.Present(target)):
            return Row(target, Op.MISSING)
        case ast.Not(ast.Comparison(target, Operator.HAS, (ast.Text() | ast.Number()) as to)):
            if target in INSTANTS or not text_of(to):
                return NotRows(_NEGATED)
            return Row(target, Op.LACKS, text_of(to))
        case ast.Comparison(target, how, to):
            return _compared(target, how, to)
        case ast.Not():
            return NotRows(_NEGATED)
        case _:
            return NotRows(GROUPS)


def _compared(  # noqa: C901, PLR0911 - a case for each shape
    target: Target, how: Operator, to: Literal
) -> Row | NotRows:
    if isinstance(to, ast.Pattern):
        match to.parts:
            case (start, "") if how is Operator.EQUAL:
                return Row(target, Op.STARTS, start)
            case ("", end) if how is Operator.EQUAL:
                return Row(target, Op.ENDS, end)
        return NotRows(_PATTERN)
    text = text_of(to)
    if target in INSTANTS:
        return Row(target, _named(DATES, Operator.EQUAL if how is Operator.HAS else how), text)
    if not text:
        return NotRows(_EMPTY)
    if how is Operator.HAS:
        return Row(target, Op.CONTAINS, text)
    plain = {Operator.EQUAL: Op.IS, Operator.NOT_EQUAL: Op.IS_NOT}.get(how)
    if isinstance(target, Field):
        return Row(target, plain, text) if plain else NotRows(_ORDERED)
    if isinstance(to, ast.Number):
        return Row(target, _named(NUMBERS, how), text)
    if as_moment(text):
        return Row(target, _named(DATES, how), text)
    if how is Operator.EQUAL and text in {Op.TRUE, Op.FALSE}:
        return Row(target, Op(text))
    return Row(target, plain, text) if plain else NotRows(_ORDERED)


def _named(ops: dict[Op, Operator], how: Operator) -> Op:
    return next(op for op, operator in ops.items() if operator is how)


def fault_of(row: Row) -> str:
    """What is wrong with a row's value, as a sentence; empty when nothing is."""
    if row.op in BARE:
        return ""
    if not row.value:
        return "Type a value to compare with."
    if row.op in NUMBERS and not NUMBER.fullmatch(row.value):
        return "Expected a number such as 42 or 9.5."
    if row.op in DATES and not as_moment(row.value):
        return "Expected a date such as 2026-01-31, or a time such as 2026-01-31T09:30:00Z."
    is_status = row.target is Field.STATUS and row.op in {Op.IS, Op.IS_NOT}
    if is_status and row.value.casefold() not in list(ContactStatus):
        return f"Expected one of {', '.join(ContactStatus)}."
    return ""


def expression_of(rows: Rows) -> Expression:
    """The filter that the rows say. They have no fault (see :func:`fault_of`)."""
    made = tuple(_condition(row) for row in rows.rows)
    if len(made) < 2:  # noqa: PLR2004 - a group has two
        return made[0] if made else ast.Everything()
    return ast.Or(made) if rows.join == "any" else ast.And(made)


def _condition(row: Row) -> Expression:  # noqa: PLR0911 - a case for each op
    text, target = ast.Text(row.value), row.target
    if row.op in NUMBERS:
        return ast.Comparison(target, NUMBERS[row.op], ast.Number(row.value))
    if row.op in DATES:
        return ast.Comparison(target, DATES[row.op], text)
    match row.op:
        case Op.PRESENT:
            return ast.Present(target)
        case Op.MISSING:
            return ast.Not(ast.Present(target))
        case Op.CONTAINS:
            return ast.Comparison(target, Operator.HAS, text)
        case Op.LACKS:
            return ast.Not(ast.Comparison(target, Operator.HAS, text))
        case Op.STARTS:
            return ast.Comparison(target, Operator.EQUAL, ast.Pattern((row.value, "")))
        case Op.ENDS:
            return ast.Comparison(target, Operator.EQUAL, ast.Pattern(("", row.value)))
        case Op.TRUE | Op.FALSE:
            return ast.Comparison(target, Operator.EQUAL, ast.Text(row.op.value))
        case _:
            how = Operator.NOT_EQUAL if row.op is Op.IS_NOT else Operator.EQUAL
            return ast.Comparison(target, how, text)
