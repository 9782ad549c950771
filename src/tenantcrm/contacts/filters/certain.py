"""What everybody has who matches a filter."""

from tenantcrm.contacts.filters.ast import (
    And,
    Attribute,
    Comparison,
    Expression,
    Field,
    Operator,
    Or,
    Present,
    Text,
)


def certain_fields(expression: Expression) -> frozenset[str]:
    """Names of attributes, and of ``name``, that have a value in every contact that matches."""
    match expression:
        case Present(target=Attribute(name=name)) | Comparison(target=Attribute(name=name)) if (
            _needs_value(expression)
        ):
            return frozenset({name})
        case Present(target=Field.NAME) | Comparison(target=Field.NAME) if _needs_value(expression):
            return frozenset({"name"})
        case And(operands=operands):
            return frozenset().union(*map(certain_fields, operands))
        case Or(operands=operands):
            first, *others = map(certain_fields, operands)
            return first.intersection(*others)
        case _:
            return frozenset()


def _needs_value(condition: Expression) -> bool:
    """Whether nobody matches who has no value, or an empty one."""
    if not isinstance(condition, Comparison):
        return isinstance(condition, Present)
    empty = isinstance(condition.literal, Text) and not condition.literal.value
    return condition.operator is not Operator.NOT_EQUAL and not empty
