"""Loops and ranges that cannot keep a worker busy."""

from collections.abc import Iterator
from typing import cast

from liquid import RenderContext, Token
from liquid.ast import BlockNode, Node
from liquid.builtin.expressions import LoopExpression
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.tags import for_tag
from liquid.expression import Expression

from tenantcrm.campaigns.rendering import limits
from tenantcrm.campaigns.rendering.budget import Budget, TooCostlyError
from tenantcrm.campaigns.rendering.scope import MailRender

_PER_STEP = 100
"""Characters of plain text that make a step."""


class BoundedRange(RangeLiteral):
    """A range that cannot be longer than a list may be."""

    __slots__ = ()

    def evaluate(self, context: RenderContext) -> range:
        """The range, or an error: some uses of a range would walk all of it."""
        found = super().evaluate(context)
        if found.stop - found.start > limits.MAX_ITEMS:
            raise TooCostlyError(f"a range is longer than {limits.MAX_ITEMS:,}")
        return found


class MeteredLoop(LoopExpression):
    """What a loop runs over; each turn costs the nodes of its body."""

    __slots__ = ("weight",)

    def __init__(self, loop: LoopExpression, weight: int) -> None:
        """Wrap a parsed loop."""
        super().__init__(
            loop.token,
            loop.identifier,
            loop.iterable,
            limit=loop.limit,
            offset=loop.offset,
            reversed_=loop.reversed,
            cols=loop.cols,
        )
        self.weight = weight

    def evaluate(self, context: RenderContext) -> tuple[Iterator[object], int]:
        """The items and their number."""
        items, length = super().evaluate(context)
        return self._metered(items, cast("MailRender", context).budget), length

    def _metered(self, items: Iterator[object], budget: Budget) -> Iterator[object]:
        for item in items:
            budget.step(self.weight)
            yield item


class ForNode(for_tag.ForNode):
    """A loop with a price for each turn."""

    def __init__(
        self,
        token: Token,
        expression: LoopExpression,
        block: BlockNode,
        default: BlockNode | None = None,
    ) -> None:
        """Weigh the body once, when it is parsed."""
        super().__init__(token, MeteredLoop(expression, _weight(block)), block, default)


class ForTag(for_tag.ForTag):
    """``{% for %}``, metered."""

    node_class = ForNode


def _weight(block: Node) -> int:
    """The nodes and expressions of a loop's body; loops inside it pay for themselves."""
    weight, open_nodes = 0, [block]
    while open_nodes:
        node = open_nodes.pop()
        weight += 1 + len(getattr(node, "text", "")) // _PER_STEP
        weight += sum(1 for _ in expressions_of(node))
        if not isinstance(node, ForNode):
            open_nodes += children_of(node)
        elif node.default:
            open_nodes.append(node.default)
    return weight


def children_of(node: Node) -> list[Node]:
    """The nodes inside a node. None of our tags needs the context that the library asks for."""
    return list(node.children(cast("RenderContext", None), include_partials=False))


def expressions_of(node: Node) -> Iterator[Expression]:
    """Every expression of a node, however deep."""
    open_expressions = list(node.expressions())
    while open_expressions:
        expression = open_expressions.pop()
        yield expression
        open_expressions += expression.children()
