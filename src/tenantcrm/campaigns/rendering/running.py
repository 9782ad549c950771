"""Run the nodes of a template: text is kept as it is, and common outputs are filled in between.

A mail is mostly text and ``{{ contact.name }}``. Asking the library's node for each of them costs
several times as much as writing it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TextIO, TypeAlias, cast, runtime_checkable

from liquid import RenderContext, escape
from liquid.ast import Node

from tenantcrm.campaigns.rendering.budget import Output
from tenantcrm.campaigns.rendering.context import Fields
from tenantcrm.campaigns.rendering.limits import MAX_CHARACTERS, MAX_STEPS
from tenantcrm.campaigns.rendering.outputs import ContentNode, OutputNode
from tenantcrm.campaigns.rendering.scope import MailRender

Get: TypeAlias = Callable[[str], object]
_SPECIAL = re.compile("[&<>'\"]").search


@runtime_checkable
class Simple(Protocol):
    """A loop that may run over all items of a field, with common outputs for each of them."""

    source: tuple[str, str] | None
    """Group and field of the items; None: it is not so simple."""
    body: "Block"
    item: str
    weight: int


class Block:
    """Nodes in order: neighbouring text put together, and gaps for what the others write."""

    __slots__ = ("gaps", "parts", "plain", "quick", "size")

    def __init__(self, nodes: Iterable[Node]) -> None:
        """Look through the nodes once."""
        self.parts: list[str] = []
        self.gaps: list[tuple[int, Node, OutputNode | None]] = []
        text: list[str] = []
        for node in nodes:
            if type(node) is ContentNode:
                text.append(node.text)
                continue
            self.parts += "".join(text), ""
            text.clear()
            common = node if isinstance(node, OutputNode) and node.group else None
            self.gaps.append((len(self.parts) - 1, node, common))
        self.parts.append("".join(text))
        self.size = sum(len(part) for part in self.parts)
        self.plain = all(common is not None for _, _, common in self.gaps)
        """Whether all that is filled in are common outputs."""
        self.quick = all(
            common is not None or (isinstance(node, Simple) and node.source is not None)
            for _, node, common in self.gaps
        )
        """Whether it is that, and loops over them: then nothing of the library is needed."""


def run(block: Block, context: RenderContext, buffer: TextIO) -> int:
    """Write what a block writes; the number of characters. What fails is noted in the context."""
    render, output = cast("MailRender", context), cast("Output", buffer)
    budget, get, escapes = output.budget, render.scope.get, render.autoescape
    parts, written, count = block.parts.copy(), 0, block.size
    node: Node | None = None
    try:
        budget.write(count)
        for place, node, common in block.gaps:
            text = None if common is None else value_of(common, get, escapes=escapes)
            if text is None:
                # Before the node is asked: it may leave a loop, which keeps what was written.
                output.parts += parts[written:place]
                written = place
                count += node.render(context, buffer)
            else:
                parts[place] = text
                count += len(text)
                budget.characters -= len(text)
        budget.write(0)
    except Exception:
        render.failed = node
        raise
    output.parts += parts[written:]
    return count


def fill(block: Block, names: Mapping[str, object], *, escapes: bool) -> str | None:
    """What a quick block writes; None: a value is not common after all, or it is very much."""
    parts, steps = block.parts.copy(), 0
    for place, node, common in block.gaps:
        if common is not None:
            text = value_of(common, names.get, escapes=escapes)
        else:
            loop = cast("Simple", node)
            items = _items(loop, names)
            steps += loop.weight * len(items or ())
            text = None if steps > MAX_STEPS else _looped(loop, items, names, escapes=escapes)
        if text is None:
            return None
        parts[place] = text
    return _joined(parts)


def _items(loop: Simple, names: Mapping[str, object]) -> list[object] | None:
    group, field = loop.source or ("", "")
    fields = names.get(group)
    found = fields.get(field) if type(fields) is Fields else None
    return found if type(found) is list else None


def _looped(
    loop: Simple, items: list[object] | None, names: Mapping[str, object], *, escapes: bool
) -> str | None:
    if not items or loop.body.size * len(items) > MAX_CHARACTERS:
        return None
    written = fill_each(loop.body, loop.item, items, names.get, escapes=escapes)
    return None if written is None else _joined(written)


def _joined(parts: list[str]) -> str | None:
    """The parts as one; None: they are very much, and the slow way says so."""
    return "".join(parts) if sum(map(len, parts)) <= MAX_CHARACTERS else None


def fill_each(
    block: Block, name: str, items: Iterable[object], get: Get, *, escapes: bool
) -> list[str] | None:
    """What a plain block writes for each item, which it knows by ``name``; None: as above."""
    parts, own = block.parts.copy(), []
    for place, _, common in block.gaps:
        if common is None or common.group == "forloop":
            return None
        if common.group == name:
            own.append((place, common))
            continue
        text = value_of(common, get, escapes=escapes)
        if text is None:
            return None
        parts[place] = text
    written: list[str] = []
    for item in items:
        for place, node in own:
            if not node.field:
                text = _text(item, node, escapes=escapes)
            elif type(item) is dict:
                text = _text(item.get(node.field), node, escapes=escapes)
            else:
                return None
            if text is None:
                return None
            parts[place] = text
        written += parts
    return written


def value_of(node: OutputNode, get: Get, *, escapes: bool) -> str | None:
    """What a common output writes; None: the node has to be asked."""
    value = get(node.group)
    if type(value) is Fields:
        value = value.get(node.field)
    elif node.field:
        return None
    return _text(value, node, escapes=escapes)


def _text(value: object, node: OutputNode, *, escapes: bool) -> str | None:
    if type(value) is str:
        if not value:
            return node.fallback
        return escape(value) if escapes and _SPECIAL(value) else value
    if value is None:
        return node.fallback
    return str(value) if type(value) is int and node.bare else None
