"""Blocks to MJML, which knows how to be laid out in every mail program."""

from itertools import groupby
from typing import Any

from liquid import escape
from markdown_it import MarkdownIt

from tenantcrm.campaigns.rendering import limits
from tenantcrm.campaigns.rendering.blocks.reading import placed, read
from tenantcrm.campaigns.rendering.blocks.shapes import (
    Block,
    Button,
    Columns,
    Design,
    Divider,
    Heading,
    Image,
    Simple,
    Spacer,
    Text,
)
from tenantcrm.campaigns.rendering.constructs import constructs
from tenantcrm.campaigns.rendering.errors import TOO_LARGE, TemplateFault
from tenantcrm.campaigns.rendering.shield import Shield

_PARSER = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("strikethrough")
_FONTS = {
    "sans": "-apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif",
    "serif": "Georgia, 'Times New Roman', serif",
}
_SIZES = {1: "28px", 2: "22px", 3: "18px"}
_INK = "#1d1b18"
_STYLES = {
    "paragraph_open": "margin:0 0 14px",
    "bullet_list_open": "margin:0 0 14px;padding-left:24px",
    "ordered_list_open": "margin:0 0 14px;padding-left:24px",
    "list_item_open": "margin:0 0 4px",
    "blockquote_open": "margin:0 0 14px;padding-left:14px;border-left:3px solid #d6d2ca",
    "heading_open": "margin:0 0 12px;line-height:1.3",
}
_HEAD = (
    '<mjml>\n<mj-head>\n<mj-attributes>\n<mj-all font-family="{font}" color="{ink}" />\n'
    '<mj-text font-size="16px" line-height="1.5" padding="8px 32px" />\n'
    '<mj-button font-size="16px" font-weight="600" border-radius="6px" inner-padding="12px 24px" '
    'padding="10px 32px" background-color="{accent}" color="#ffffff" />\n'
    '<mj-image padding="8px 32px" />\n'
    '<mj-divider border-width="1px" border-color="#d6d2ca" padding="14px 32px" />\n'
    '</mj-attributes>\n</mj-head>\n<mj-body background-color="{background}">\n'
    '<mj-section padding="12px 0"></mj-section>\n'
)
_SECTION = '<mj-section background-color="#ffffff" padding="{padding}">\n{content}</mj-section>\n'
_FOOT = '<mj-section padding="6px 0"></mj-section>\n</mj-body>\n</mjml>\n'


def to_mjml(source: str) -> str:
    """The MJML of a mail of blocks, with its Liquid.

    Raises:
        TemplateFault: it cannot be read, or the Liquid of a block is malformed.
    """
    document = read(source)
    design = document.design
    parts = [
        _HEAD.format(
            font=_FONTS[design.font], ink=_INK, accent=design.accent, background=design.background
        )
    ]
    groups = groupby(enumerate(document.blocks, 1), lambda one: isinstance(one[1], Columns))
    for in_columns, group in groups:
        if in_columns:
            parts += [_columns(number, block, design) for number, block in group]
        else:
            inside = "".join(_one(f"Block {n}", block, design) for n, block in group)
            content = f"<mj-column>\n{inside}</mj-column>\n"
            parts.append(_SECTION.format(padding="12px 0", content=content))
    return "".join([*parts, _FOOT])


def _columns(number: int, block: Block, design: Design) -> str:
    content = ""
    for column, inside in enumerate(getattr(block, "columns", []), 1):
        made = "".join(
            _one(f"Block {number}, column {column}, block {inner}", one, design)
            for inner, one in enumerate(inside, 1)
        )
        content += f"<mj-column>\n{made}</mj-column>\n"
    return _SECTION.format(padding="0", content=content)


def _one(place: str, block: Block, design: Design) -> str:
    match block:
        case Heading(text=text, level=level, align=align):
            shown = _plain(text, place, block, "text")
            style = f"margin:0;font-size:{_SIZES[level]};line-height:1.25;font-weight:700"
            line = f'<h{level} style="{style}">{shown}</h{level}>'
            return f'<mj-text align="{align}">{line}</mj-text>\n'
        case Text(text=text, align=align):
            return f'<mj-text align="{align}">{_markdown(text, place, block, design)}</mj-text>\n'
        case Button(text=text, align=align):
            href = _attribute("href", block.url, place, block, "url")
            shown = _plain(text, place, block, "text")
            return f'<mj-button align="{align}"{href}>{shown}</mj-button>\n'
        case Image():
            return _image(place, block)
        case Spacer(height=height):
            return f'<mj-spacer height="{height}px" />\n'
        case Divider():
            return "<mj-divider />\n"
    raise TypeError(block)


def _image(place: str, block: Image) -> str:
    attributes = _attribute("src", block.url, place, block, "url")
    attributes += f' alt="{_plain(block.alt, place, block, "alt")}"'
    attributes += _attribute("href", block.link, place, block, "link")
    if block.width is not None:
        attributes += f' width="{block.width}px"'
    return f'<mj-image align="{block.align}"{attributes} />\n'


def _attribute(name: str, text: str, place: str, block: Simple, field: str) -> str:
    text = text.strip()
    return f' {name}="{_plain(text, place, block, field)}"' if text else ""


def _plain(text: str, place: str, block: Simple, field: str) -> str:
    """A text for HTML or an attribute of it: all of it escaped but for its Liquid."""
    try:
        found = constructs(text)
    except TemplateFault as fault:
        raise placed(fault, place, block, field) from None
    parts: list[str] = []
    position = 0
    for construct in found:
        parts += str(escape(text[position : construct.start])), construct.text
        position = construct.end
    return "".join([*parts, str(escape(text[position:]))])


def _markdown(text: str, place: str, block: Simple, design: Design) -> str:
    try:
        shield = Shield(text)
    except TemplateFault as fault:
        raise placed(fault, place, block, "text") from None
    if shield.text.count("[") > limits.MAX_MARKDOWN_BRACKETS:
        words = f"there are more than {limits.MAX_MARKDOWN_BRACKETS:,} brackets"
        raise placed(TemplateFault(words, code=TOO_LARGE), place, block, "text")
    tokens = _PARSER.parse(shield.text)
    last = max((i for i, t in enumerate(tokens) if t.level == 0 and t.nesting == 1), default=-1)
    for index, token in enumerate(tokens):
        style = _STYLES.get(token.type)
        if style:
            token.attrSet("style", style.replace("0 0 14px", "0") if index == last else style)
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("style", f"color:{design.accent}")
    rendered: str = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return shield.restore(_alone(rendered, shield))


def _alone(html: str, shield: Shield) -> str:
    """The page without the paragraphs around words that stand for nothing but controls."""
    opening, closing = '<p style="', "</p>"
    lines: list[Any] = []
    for line in html.split("\n"):
        inside = line.partition(">")[2].removesuffix(closing)
        alone = line.startswith(opening) and line.endswith(closing) and shield.all_control(inside)
        lines.append(inside if alone else line)
    return "\n".join(lines).strip("\n")
