"""Where the tags of an HTML source stand. It is cut, not understood; one linear pass."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()  # noqa: SIM905 # a list of words reads as words
)
"""Elements that have no end, as HTML and MJML know them."""
RAW = frozenset({"style", "script", "title", "textarea", "xmp", "noscript", "noembed", "iframe"})
_TAG = re.compile(r"</?([a-zA-Z][^\s/>]*+)(?:[^'\">]|'[^']*'|\"[^\"]*\")*+>")
_TAG_START = re.compile(r"</?[a-zA-Z]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a source: ``text``, ``open``, ``close``, ``other`` (comments, declarations) or
    ``raw`` (what stands in a style, a script, a title). ``name``: of the element, lower-case.
    """

    kind: str
    start: int
    end: int
    name: str = ""


def pieces(html: str) -> Iterator[Piece]:
    """The parts of a source, in order and without gaps."""
    position = 0
    while position < len(html):
        piece = _next(html, position)
        yield piece
        position = piece.end
        if piece.kind == "open" and piece.name in RAW:
            closing = re.compile(rf"</{piece.name}[\s/>]", re.IGNORECASE).search(html, position)
            end = closing.start() if closing else len(html)
            if end > position:
                yield Piece("raw", position, end, piece.name)
            position = end


def _next(html: str, position: int) -> Piece:
    if html[position] != "<":
        end = html.find("<", position)
        return Piece("text", position, end if end >= 0 else len(html))
    if html.startswith("<!--", position):
        return Piece("other", position, _after(html, "-->", position + 2))
    if html.startswith(("<!", "<?"), position):
        return Piece("other", position, _after(html, ">", position))
    if not _TAG_START.match(html, position):
        end = html.find("<", position + 1)
        return Piece("text", position, end if end >= 0 else len(html))
    tag = _TAG.match(html, position)
    if tag is None:
        # Nothing closes this tag: it swallows the rest, as it would in a browser.
        return Piece("other", position, len(html))
    kind = "close" if html[position + 1] == "/" else "open"
    return Piece(kind, position, tag.end(), tag[1].lower())


def _after(html: str, closing: str, position: int) -> int:
    end = html.find(closing, position)
    return end + len(closing) if end >= 0 else len(html)


def after_body_tag(html: str) -> int:
    """Where the content begins: behind ``<body>``, or at the start of a fragment."""
    return next((p.end for p in pieces(html) if p.kind == "open" and p.name == "body"), 0)


def before_body_end(html: str) -> int:
    """Where the content ends: before the last ``</body>``, or at the end of a fragment."""
    ends = [p.start for p in pieces(html) if p.kind == "close" and p.name in {"body", "html"}]
    bodies = [start for start in ends if html[start + 2 : start + 6].lower() == "body"]
    return (bodies or ends or [len(html)])[-1]
