"""The links and pictures of a source, with the place of each."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from html import escape, unescape
from typing import Any, NamedTuple

from markdown_it import MarkdownIt

from tenantcrm.campaigns.preflight.findings import Place
from tenantcrm.campaigns.rendering import blocks
from tenantcrm.campaigns.rendering.blocks.reading import every
from tenantcrm.campaigns.rendering.blocks.shapes import Button, Image, Text
from tenantcrm.campaigns.rendering.markup import Piece, pieces
from tenantcrm.campaigns.rendering.shield import Shield
from tenantcrm.campaigns.states import Format

_ATTRIBUTE = re.compile(r"""([\w:-]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s>"']+))?""")
_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
LINKS = frozenset({"a", "mj-button", "mj-navbar-link"})
PICTURES = frozenset({"img", "mj-image"})
Locate = Callable[[int], Place]
"""The place of a position in a text."""


class Link(NamedTuple):
    """A link. ``words``: what it shows, its pictures' words among them."""

    url: str
    words: str
    place: Callable[[], Place]


class Picture(NamedTuple):
    """A picture. ``alt`` None: it has none, not even an empty one."""

    url: str
    alt: str | None
    place: Callable[[], Place]


Part = Link | Picture


def parts(source: str, template_format: Format) -> Iterator[Part]:
    """Every link and picture of a source that can be saved."""
    if template_format is Format.BLOCKS:
        yield from _of_blocks(source)
        return
    shield = Shield(source)
    if template_format is Format.MARKDOWN:
        yield from _of_markdown(shield.text, shield, lambda line: Place(line=line))
    else:
        yield from _of_markup(shield.text, shield, lambda at: Place(line=shield.line(at)))


def _of_blocks(source: str) -> Iterator[Part]:
    for number, (_, block) in enumerate(every(blocks.read(source)), 1):
        if isinstance(block, Button):
            yield Link(block.url.strip(), block.text.strip(), _at(number, "url"))
        elif isinstance(block, Image):
            yield Picture(block.url.strip(), block.alt.strip() or None, _at(number, "url"))
            if block.link.strip():
                yield Link(block.link.strip(), block.alt.strip(), _at(number, "link"))
        elif isinstance(block, Text):
            shield = Shield(block.text)
            text = escape(shield.text, quote=False).replace("&gt;", ">").replace("&amp;", "&")
            yield from _of_markdown(text, shield, partial(_anywhere, number))


def _anywhere(block: int, _: int) -> Place:
    return Place(block=block, part="text")


def _at(block: int, part: str) -> Callable[[], Place]:
    return lambda: Place(block=block, part=part)


def _of_markup(text: str, shield: Shield, locate: Locate) -> Iterator[Part]:
    open_link: tuple[str, int] | None = None
    words: list[str] = []
    for piece in _elements(text):
        if piece.kind == "text" and open_link:
            words.append(unescape(text[piece.start : piece.end]))
        if piece.name in PICTURES and piece.kind == "open":
            found = _attributes(text, piece, shield)
            place = _placed(locate, piece.start)
            yield Picture(found.get("src", "").strip(), found.get("alt"), place)
            words.append(found.get("alt", ""))
            if "href" in found:
                yield Link(found["href"].strip(), found.get("alt", ""), place)
        if piece.name in LINKS:
            if open_link:
                yield _link(open_link, words, shield, locate)
                open_link = None
            found = _attributes(text, piece, shield) if piece.kind == "open" else {}
            anchor = piece.name == "a" and "href" not in found and found.keys() & {"name", "id"}
            if piece.kind == "open" and not anchor:
                open_link, words = (found.get("href", ""), piece.start), []
    if open_link:
        yield _link(open_link, words, shield, locate)


def _elements(text: str) -> Iterator[Piece]:
    """The parts of a source without those that only say how elements of MJML look."""
    in_head = False
    for piece in pieces(text):
        if piece.name == "mj-attributes":
            in_head = piece.kind == "open"
        if not in_head:
            yield piece


def _link(opened: tuple[str, int], words: list[str], shield: Shield, locate: Locate) -> Link:
    url, start = opened
    shown = " ".join(shield.restore("".join(words)).split())
    return Link(url.strip(), shown, _placed(locate, start))


def _placed(locate: Locate, position: int) -> Callable[[], Place]:
    return lambda: locate(position)


def _attributes(text: str, piece: Piece, shield: Shield) -> dict[str, str]:
    inside = text[piece.start + 1 + len(piece.name) : piece.end - 1]
    return {
        name.lower(): shield.restore(unescape(value.strip("\"'")))
        for name, value in _ATTRIBUTE.findall(inside)
    }


def _of_markdown(text: str, shield: Shield, locate: Locate) -> Iterator[Part]:
    for token in _MARKDOWN.parse(text):
        line = token.map[0] + 1 if token.map else 1
        if token.type == "html_block":
            located = partial(_on_line, locate, line, token.content)
            yield from _of_markup(token.content, shield, located)
        elif token.type == "inline":
            yield from _of_line(token.children or [], line, shield, locate)


def _on_line(locate: Locate, first: int, text: str, position: int) -> Place:
    return locate(first + text.count("\n", 0, position))


def _of_line(children: list[Any], line: int, shield: Shield, locate: Locate) -> Iterator[Part]:
    """What stands in one paragraph; written as HTML, so that tags and Markdown read alike."""
    lines: list[int] = []
    html = ""
    for child in children:
        if child.type == "link_open":
            html += f'<a href="{escape(str(child.attrGet("href") or ""))}">'
        elif child.type == "link_close":
            html += "</a>"
        elif child.type == "image":
            source = escape(str(child.attrGet("src") or ""))
            alt = f' alt="{escape(child.content)}"' if child.content else ""
            html += f'<img src="{source}"{alt}>'
        elif child.type == "html_inline":
            html += child.content
        elif child.type in {"softbreak", "hardbreak"}:
            lines.append(len(html))
            html += " "
        else:
            html += escape(child.content)
    yield from _of_markup(
        html, shield, lambda at: locate(line + sum(1 for place in lines if place < at))
    )
