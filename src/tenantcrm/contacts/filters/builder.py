"""From the tokens of a filter to its tree; checks what the grammar alone cannot.

The parser calls a method for each rule as it completes it, so that no depth of nesting makes
anything recurse here.
"""

import re

from lark import Token, Transformer, v_args

from tenantcrm.contacts.filters.ast import (
    ATTRIBUTE_NAME,
    ORDER,
    And,
    Attribute,
    Comparison,
    Everything,
    Expression,
    Field,
    Literal,
    Not,
    Number,
    Operator,
    Or,
    Pattern,
    Present,
    Target,
    Text,
)
from tenantcrm.contacts.filters.errors import MisreadError
from tenantcrm.contacts.filters.fields import INSTANTS
from tenantcrm.contacts.filters.literals import NUMBER, as_moment, looks_like_date
from tenantcrm.contacts.filters.words import A_DATE, A_NAME, shown
from tenantcrm.contacts.status import ContactStatus

PREFIX = "attributes."
ESCAPABLE = "\\\"'*"
_PIECE = re.compile(r"\\(?P<escaped>.?)|(?P<star>\*)|[^\\*]+", re.DOTALL)


@v_args(inline=True)
class Builder(Transformer[Token, Expression]):
    """One method a rule of the grammar. Stateless: one serves every parse."""

    def everything(self) -> Expression:
        """Nothing was asked."""
        return Everything()

    def conjunction(self, *operands: Expression) -> Expression:
        """Terms with AND between them."""
        return And(operands)

    def disjunction(self, *operands: Expression) -> Expression:
        """Terms with OR between them."""
        return Or(operands)

    def negation(self, operand: Expression) -> Expression:
        """A term behind NOT or a minus sign."""
        return Not(operand)

    def condition(self, name: Token, comparator: Token, value: Token) -> Expression:
        """A target, a comparison and a literal."""
        target, operator = _target(name), Operator(str(comparator))
        parts = _parts(value)
        starred = len(parts) > 1
        if starred and operator in ORDER:
            raise MisreadError(
                _start(value),
                shown(value),
                f"a value without * after {operator}",
                r"Wildcards work with =, != and :; \* in quotes is the character itself.",
            )
        if starred and not any(parts):
            present = Present(target)
            return Not(present) if operator is Operator.NOT_EQUAL else present
        if starred:
            literal: Literal = Pattern(_merged(parts))
        elif value.type == "BARE" and NUMBER.fullmatch(parts[0]):
            literal = Number(parts[0])
        else:
            literal = Text(parts[0])
        _check(target, operator, literal, value)
        return Comparison(target, operator, literal)


def _start(token: Token) -> int:
    return token.start_pos or 0


def _target(token: Token) -> Target:
    name = str(token)
    if name in list(Field):
        return Field(name)
    bare = name.removeprefix(PREFIX)
    if ATTRIBUTE_NAME.fullmatch(bare):
        return Attribute(bare)
    hint = ""
    if ATTRIBUTE_NAME.fullmatch(name.casefold()):
        hint = f"Did you mean {name.casefold()}?"
    elif "." in bare:
        hint = f"The only dotted name is {PREFIX}NAME, for an attribute that is named like a field."
    raise MisreadError(_start(token), shown(token), A_NAME, hint)


def _parts(token: Token) -> list[str]:
    """What stands between the wildcards of a literal, unescaped: one part when there is none."""
    if token.type == "BARE":
        return str(token).split("*")
    parts = [""]
    for piece in _PIECE.finditer(token, 1, len(token) - 1):
        escaped = piece["escaped"]
        if piece["star"]:
            parts.append("")
        elif escaped is None:
            parts[-1] += piece[0]
        elif escaped in ESCAPABLE:
            parts[-1] += escaped
        else:
            raise MisreadError(
                _start(token) + piece.start(),
                shown(piece[0]),
                r"one of \\ \" \' \* after a backslash",
                r"Write \\ for the backslash itself.",
            )
    return parts


def _merged(parts: list[str]) -> tuple[str, ...]:
    """The parts with neighbouring wildcards made one: ``a**b`` says what ``a*b`` says."""
    inner = [part for part in parts[1:-1] if part]
    return (parts[0], *inner, parts[-1])


def _check(target: Target, operator: Operator, literal: Literal, value: Token) -> None:
    """Refuse a literal that this comparison could never match."""
    text = literal.value if isinstance(literal, Text) else None
    expected = hint = ""
    if target in INSTANTS and (text is None or not as_moment(text)):
        expected = A_DATE
    elif operator in ORDER and text is not None and looks_like_date(text) and not as_moment(text):
        expected, hint = A_DATE, "There is no such date or time."
    elif (
        target is Field.STATUS
        and operator in {Operator.EQUAL, Operator.NOT_EQUAL}
        and not isinstance(literal, Pattern)
        and (text is None or text.casefold() not in list(ContactStatus))
    ):
        expected = f"a status: {', '.join(ContactStatus)}"
    if expected:
        raise MisreadError(_start(value), shown(value), expected, hint)
