"""A Liquid template, parsed and looked through once, run for every mail."""

import inspect
import textwrap
from collections.abc import Mapping

from liquid import BoundTemplate
from liquid.ast import Node
from liquid.builtin.expressions import FilteredExpression, KeywordArgument, Path
from liquid.builtin.expressions.filtered import Filter
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.tags.for_tag import BreakNode, ContinueNode, ForNode
from liquid.exceptions import LiquidError, ResourceLimitError

from tenantcrm.campaigns.rendering.budget import Output
from tenantcrm.campaigns.rendering.constructs import check_blocks, constructs
from tenantcrm.campaigns.rendering.environment import MailEnvironment
from tenantcrm.campaigns.rendering.errors import FAILED, TOO_COSTLY, RenderError, TemplateFault
from tenantcrm.campaigns.rendering.loops import BoundedRange, children_of, expressions_of
from tenantcrm.campaigns.rendering.running import Block, fill, run
from tenantcrm.campaigns.rendering.scope import MailRender

GIVEN = frozenset({"contact", "tenant", "campaign", "unsubscribe_url", "system_footer"})
"""Names that a template may not bind: a footer must show what we put into them."""
_UNFIT = "a tag was given a value that it cannot work with"
_LONGEST_TAG = 100
_PLAINER = (
    ("found end of expression", "found the end of the tag"),
    ("a primitive expression", "a value"),
    ("end of expression", "the end of the tag"),
)


class Program:
    """A template that has been found good.

    Attributes:
        paths: the variables that it reads, such as ``contact.name`` or ``unsubscribe_url``.
    """

    def __init__(self, source: str, environment: MailEnvironment) -> None:
        """Parse it.

        Raises:
            TemplateFault: it is no good.
        """
        check_blocks(constructs(source))
        self._template = _parse(source, environment)
        self.paths = _look_through(self._template, environment)
        self._block = Block(self._template.nodes)
        self._escapes = environment.autoescape

    def render(self, names: Mapping[str, object]) -> str:
        """What it writes with these names.

        Raises:
            RenderError: it costs too much or cannot work with these values.
        """
        if self._block.quick:
            text = fill(self._block, names, escapes=self._escapes)
            if text is not None:
                return text
        context = MailRender(self._template, names)
        output = Output(context.budget)
        try:
            run(self._block, context, output)
        except ResourceLimitError as error:
            raise RenderError(
                TOO_COSTLY, _sentence(str(error.message), error, context.failed)
            ) from error
        except LiquidError as error:
            raise RenderError(FAILED, _sentence(_UNFIT, error, context.failed)) from error
        except Exception as error:  # what a hostile template makes the library raise has no end
            raise RenderError(FAILED, _sentence(_UNFIT, None, context.failed)) from error
        return output.getvalue()


def _sentence(words: str, error: LiquidError | None, node: Node | None) -> str:
    """Words with the tag that they are about. Its line would be that of the compiled page."""
    token = error.token if error else None
    if token is None or token.start_index < 0:
        token = node.token if node else None
    words = words[:1].upper() + words[1:]
    if token is None or token.start_index < 0:
        return words
    start = max(token.source.rfind(opening, 0, token.start_index + 2) for opening in ("{{", "{%"))
    end = token.source.find("}}" if token.source.startswith("{{", start) else "%}", start) + 2
    tag = " ".join(token.source[max(start, 0) : end].split())
    return f"{words}: {textwrap.shorten(tag, _LONGEST_TAG, placeholder=' …')}"


def _line(error: LiquidError) -> int | None:
    if error.token is None or error.token.start_index < 0:
        return None
    return error.token.source.count("\n", 0, error.token.start_index) + 1


def _parse(source: str, environment: MailEnvironment) -> BoundTemplate:
    try:
        return environment.from_string(source)
    except LiquidError as error:
        if isinstance(error.__cause__, RecursionError):
            raise TemplateFault("a tag is nested too deeply") from error
        words = str(error.message)
        if words.startswith("unexpected tag '"):
            name = words.removeprefix("unexpected tag '").rstrip("'")
            if name not in environment.tags and not name.startswith(("end", "els", "when")):
                words = f"unknown tag '{name}'"
        for technical, plain in _PLAINER:
            words = words.replace(technical, plain)
        raise TemplateFault(words, _line(error)) from error


def _look_through(template: BoundTemplate, environment: MailEnvironment) -> frozenset[str]:
    """Check what the parser leaves to the render, bound the ranges, and note the variables."""
    paths: set[str] = set()
    open_nodes: list[tuple[Node, bool]] = [(node, False) for node in template.nodes]
    while open_nodes:
        node, in_loop = open_nodes.pop()
        _check_node(node, in_loop=in_loop)
        for expression in expressions_of(node):
            if isinstance(expression, FilteredExpression):
                for used in expression.filters or []:
                    _check_filter(used, environment)
            elif type(expression) is RangeLiteral:
                expression.__class__ = BoundedRange  # the parser makes ranges in many places
            elif isinstance(expression, Path):
                paths.add(_dotted(expression))
        inside = in_loop or isinstance(node, ForNode)
        open_nodes += [(child, inside) for child in children_of(node)]
    return frozenset(paths)


def _check_node(node: Node, *, in_loop: bool) -> None:
    for name in (*node.template_scope(), *node.block_scope()):
        if name in GIVEN:
            line = name.token.source.count("\n", 0, name.token.start_index) + 1
            raise TemplateFault(f"'{name}' is a given name; choose another one", line)
    if isinstance(node, BreakNode | ContinueNode) and not in_loop:
        raise TemplateFault("break and continue belong inside a for loop")


def _check_filter(used: Filter, environment: MailEnvironment) -> None:
    line = used.token.source.count("\n", 0, used.token.start_index) + 1
    function = environment.filters.get(used.name)
    if function is None:
        raise TemplateFault(f"unknown filter '{used.name}'", line)
    positional = [a.value for a in used.args if not isinstance(a, KeywordArgument)]
    named: dict[str, object] = {
        a.name: a.value for a in used.args if isinstance(a, KeywordArgument)
    }
    if getattr(function, "with_context", False):
        named["context"] = None
    try:
        inspect.signature(function).bind("", *positional, **named)
    except TypeError as error:
        raise TemplateFault(f"filter '{used.name}': {error}", line) from error


def _dotted(path: Path) -> str:
    names = []
    for segment in path.path:
        if not isinstance(segment, str):
            break
        names.append(segment)
    return ".".join(names)
