"""Text and outputs, with a short way for what nearly every mail is made of.

``{{ contact.name }}`` and ``{{ contact.name | default: 'you' }}`` of a text value are two look-ups
and a write. Everything else takes the library's way, which costs five times as much.
"""

from typing import TextIO, cast

from liquid import RenderContext, Token, escape
from liquid.builtin import content, output
from liquid.builtin.expressions import (
    FilteredExpression,
    Path,
    PositionalArgument,
    StringLiteral,
)
from liquid.expression import Expression

from tenantcrm.campaigns.rendering.context import Fields
from tenantcrm.campaigns.rendering.scope import MailRender

_GROUP_AND_FIELD = 2


class ContentNode(content.ContentNode):
    """Plain text; no tag is ever disabled, so that nothing has to be asked."""

    __slots__ = ()

    def render(self, context: RenderContext, buffer: TextIO) -> int:  # noqa: ARG002 # the library's
        """Write it."""
        return buffer.write(self.text)


class Literal(content.Literal):
    """What is not Liquid."""

    node_class = ContentNode


class OutputNode(output.OutputNode):
    """``{{ … }}``."""

    __slots__ = ("bare", "fallback", "field", "group")

    def __init__(self, token: Token, expression: Expression) -> None:
        """See whether it is of the short kind."""
        super().__init__(token, expression)
        self.group, self.field, self.fallback = _short(expression)
        self.bare = not getattr(expression, "filters", None)
        """Whether no filter stands behind the name."""

    def render(self, context: RenderContext, buffer: TextIO) -> int:
        """Write the value."""
        if self.group:
            names = cast("MailRender", context).scope.get(self.group)
            value = names.get(self.field, "") if type(names) is Fields else names
            if type(value) is str and (value is not names or not self.field):
                if not value:
                    return buffer.write(self.fallback)
                return buffer.write(escape(value) if context.autoescape else value)
        return self.render_to_output(context, buffer)


class Output(output.Output):
    """The tag of ``{{ … }}``."""

    node_class = OutputNode


def _short(expression: Expression) -> tuple[str, str, str]:
    """The group, the field (empty for a name alone) and the default; no group: not short."""
    nothing = "", "", ""
    if not isinstance(expression, FilteredExpression) or not isinstance(expression.left, Path):
        return nothing
    fallback = ""
    for used in expression.filters or []:
        argument = used.args[0] if len(used.args) == 1 else None
        if (
            used.name != "default"
            or fallback
            or not isinstance(argument, PositionalArgument)
            or not isinstance(argument.value, StringLiteral)
        ):
            return nothing
        fallback = argument.value.value
    path = [segment for segment in expression.left.path if isinstance(segment, str)]
    if len(path) != len(expression.left.path) or len(path) > _GROUP_AND_FIELD:
        return nothing
    return path[0], path[1] if len(path) == _GROUP_AND_FIELD else "", fallback
