"""Loops and ranges that cannot keep a worker busy."""

from collections.abc import Iterator
from typing import TextIO, cast

from liquid import RenderContext, Token
from liquid.ast import BlockNode, Node
from liquid.builtin.expressions import LoopExpression, Path
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.tags import for_tag
from liquid.exceptions import BreakLoop, ContinueLoop
from liquid.expression import Expression

from tenantcrm.campaigns.rendering import limits
from tenantcrm.campaigns.rendering.budget import Budget, Output, TooCostlyError
from tenantcrm.campaigns.rendering.running import Block, fill_each, run
from tenantcrm.campaigns.rendering.scope import MailRender

_GROUP_AND_FIELD = 2
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

    __slots__ = ("item", "key", "weight")

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
        self.key = f"{self.identifier}-{self.iterable}"
        # The parser's identifiers are compared in Python; as a plain string it is found at once.
        self.item = "".join(self.identifier)

    def evaluate(self, context: RenderContext) -> tuple[Iterator[object], int]:
        """The items and their number."""
        items, length = super().evaluate(context)
        return self._metered(items, cast("MailRender", context).budget), length

    @property
    def source(self) -> tuple[str, str] | None:
        """Group and field of the items, where the loop runs over all of a field in order."""
        path = self.iterable.path if isinstance(self.iterable, Path) else []
        if self.limit or self.offset or self.reversed or len(path) != _GROUP_AND_FIELD:
            return None
        group, field = path
        return (group, field) if isinstance(group, str) and isinstance(field, str) else None

    def whole(self, context: RenderContext) -> list[object] | range | None:
        """The items where the loop simply runs over all of a list or range; None: it does not."""
        if self.limit or self.offset or self.reversed:
            return None
        found = self.iterable.evaluate(context)
        return found if type(found) is list or type(found) is range else None

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
        loop = MeteredLoop(expression, _weight(block))
        super().__init__(token, loop, block, default)
        self.body = Block(block.nodes)
        self.item, self.weight = loop.item, loop.weight
        self.source = loop.source if self.body.plain and not block.blank else None

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        """Write the body for each item."""
        if self.block.blank:
            # The library writes nothing of a body that is white space.
            written: int = super().render_to_output(context, buffer)
            return written
        loop = cast("MeteredLoop", self.expression)
        count = self._at_once(loop, cast("MailRender", context), cast("Output", buffer))
        if count is not None:
            return count
        items, length = loop.evaluate(context)
        if not length:
            return self.default.render(context, buffer) if self.default else 0
        forloop = for_tag.ForLoop(loop.key, items, length, context.parentloop())
        names: dict[str, object] = {"forloop": forloop}
        count = 0
        with context.loop(names, forloop):
            for item in forloop:
                names[loop.item] = item
                try:
                    count += run(self.body, context, buffer)
                except ContinueLoop:
                    continue
                except BreakLoop:
                    break
        return count

    def _at_once(self, loop: MeteredLoop, render: MailRender, output: Output) -> int | None:
        """Write the body for each item without a scope of its own; None: that cannot be done."""
        items = loop.whole(render) if self.body.plain else None
        if not items:
            return None
        steps, budget = loop.weight * len(items), render.budget
        if steps > budget.steps or self.body.size * len(items) > budget.characters:
            return None  # The slow way stops where the limit is reached.
        written = fill_each(
            self.body, loop.item, items, render.scope.get, escapes=render.autoescape
        )
        if written is None:
            return None
        count = sum(map(len, written))
        budget.step(steps)
        budget.write(count)
        output.parts += written
        render.stopindex(key=loop.key, index=len(items))
        return count


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
