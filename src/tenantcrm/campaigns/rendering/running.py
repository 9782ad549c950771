"""Run the nodes of a template: text that stands together is written at once, common outputs here.

A mail is mostly text and ``{{ contact.name }}``. Asking the library's node for each of them costs
several times as much as writing it.
"""

import re
from collections.abc import Iterable
from typing import TextIO, TypeAlias, cast

from liquid import RenderContext, escape
from liquid.ast import Node

from tenantcrm.campaigns.rendering.budget import Output
from tenantcrm.campaigns.rendering.context import Fields
from tenantcrm.campaigns.rendering.outputs import ContentNode, OutputNode
from tenantcrm.campaigns.rendering.scope import MailRender

Step: TypeAlias = str | Node
_SPECIAL = re.compile("[&<>'\"]").search


def steps_of(nodes: Iterable[Node]) -> tuple[Step, ...]:
    """The nodes in order, with neighbouring text put together."""
    steps: list[Step] = []
    for node in nodes:
        if type(node) is not ContentNode:
            steps.append(node)
        elif steps and isinstance(steps[-1], str):
            steps[-1] += node.text
        else:
            steps.append(node.text)
    return tuple(steps)


def run(steps: Iterable[Step], context: RenderContext, buffer: TextIO) -> int:
    """Write what the steps write; the number of characters. What fails is noted in the context."""
    render, output = cast("MailRender", context), cast("Output", buffer)
    keep, budget = output.parts.append, output.budget
    count = uncounted = 0
    step: Step | None = None
    try:
        for step in steps:
            text = step if type(step) is str else _value(cast("Node", step), render)
            if text is None:
                count += uncounted
                budget.write(uncounted)
                uncounted = 0
                count += cast("Node", step).render(context, buffer)
            else:
                uncounted += len(text)
                keep(text)
        budget.write(uncounted)
    except Exception:
        render.failed = None if isinstance(step, str) else step
        raise
    return count + uncounted


def _value(node: Node, render: MailRender) -> str | None:
    """What a common output writes; None: the node has to be asked."""
    if type(node) is not OutputNode or not node.group:
        return None
    value = render.scope.get(node.group)
    if type(value) is Fields:
        value = value.get(node.field, "")
    elif node.field:
        return None
    if type(value) is str:
        if not value:
            return node.fallback
        return escape(value) if render.autoescape and _SPECIAL(value) else value
    return str(value) if type(value) is int and node.bare else None
