"""Write a tree as a filter again: one spelling for all that mean the same."""

from tenantcrm.contacts.filters.ast import (
    And,
    Comparison,
    Everything,
    Expression,
    Field,
    Literal,
    Not,
    Number,
    Or,
    Pattern,
    Present,
    Target,
    Text,
)

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "*": r"\*"})
_SHADOWED = frozenset({*Field, "and", "or", "not"})
_BARE = frozenset({"true", "false"})


def show(expression: Expression) -> str:
    """The canonical text: ``parse(show(expression)) == expression`` for every parsed tree."""
    match expression:
        case Everything():
            return ""
        case Not(operand):
            return f"NOT {_grouped(operand)}"
        case And(operands):
            return " AND ".join(map(_grouped, operands))
        case Or(operands):
            return " OR ".join(map(_grouped, operands))
        case Present(target):
            return f"{shown_target(target)}:*"
        case Comparison(target, operator, literal):
            space = "" if operator == ":" else " "
            return f"{shown_target(target)}{space}{operator}{space}{_literal(literal)}"


def _grouped(expression: Expression) -> str:
    text = show(expression)
    return f"({text})" if isinstance(expression, And | Or) else text


def shown_target(target: Target) -> str:
    """The name of a field or an attribute; one that is named like a field gets its prefix."""
    if isinstance(target, Field):
        return str(target)
    return f"attributes.{target.name}" if target.name in _SHADOWED else target.name


def _literal(literal: Literal) -> str:
    match literal:
        case Number(text):
            return text
        case Text(value) if value in _BARE:
            return value
        case Text(value):
            return f'"{value.translate(_ESCAPES)}"'
        case Pattern(parts):
            return '"' + "*".join(part.translate(_ESCAPES) for part in parts) + '"'
