"""Where the tags of an HTML source stand. It is cut, not understood; one linear pass."""

import re
from collections.abc import Iterator
from typing import NamedTuple

VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()  # noqa: SIM905 # a list of words reads as words
)
"""Elements that have no end, as HTML and MJML know them."""
RAW = frozenset({"style", "script", "title", "textarea", "xmp", "noscript", "noembed", "iframe"})
# A tag, comment or declaration that nothing closes swallows the rest, as it would in a browser;
# that also keeps the pass linear.
_PIECE = re.compile(
    r"""(?P<text>[^<]++|<(?![a-zA-Z!?]|/[a-zA-Z])[^<]*+)
    |(?P<other><!--(?:.*?-->|.*)|<[!?](?:[^>]*+>|.*))
    |(?P<tag></?(?P<name>[a-zA-Z][^\s/>]*+)(?:[^'">]++|'[^']*'|"[^"]*")*+>)
    |(?P<rest><.*)""",
    re.VERBOSE | re.DOTALL,
)


class Piece(NamedTuple):
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
    while found := _PIECE.match(html, position):
        start, position = found.span()
        if not found["tag"]:
            yield Piece("text" if found["text"] else "other", start, position)
            continue
        name = found["name"].lower()
        kind = "close" if html[start + 1] == "/" else "open"
        yield Piece(kind, start, position, name)
        if kind == "open" and name in RAW:
            closing = re.compile(rf"</{name}[\s/>]", re.IGNORECASE).search(html, position)
            start, position = position, closing.start() if closing else len(html)
            if position > start:
                yield Piece("raw", start, position, name)


def content(html: str) -> tuple[int, int]:
    """Where the content of a page begins and ends: behind ``<body>``, before its last end.

    A fragment is content from its start to its end.
    """
    start, body_end, page_end = 0, -1, -1
    for piece in pieces(html):
        if piece.name == "body":
            if piece.kind == "close":
                body_end = piece.start
            elif piece.kind == "open" and not start:
                start = piece.end
        elif piece.name == "html" and piece.kind == "close":
            page_end = piece.start
    end = body_end if body_end >= 0 else page_end
    return start, end if end >= start else len(html)
