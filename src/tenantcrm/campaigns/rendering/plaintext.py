"""The text part: what a mail's HTML says, with the URLs of its links.

Converting a mail takes milliseconds, fifty times a render. So the template is converted, once: its
tags travel through as words, and the text part is rendered from the text template that comes out.
"""

import re
from html import unescape
from typing import Any

from inscriptis.css_profiles import STRICT_CSS_PROFILE
from inscriptis.html_engine import Inscriptis
from inscriptis.model.config import ParserConfig
from lxml import etree, html  # type: ignore[import-untyped] # lxml ships no types

from tenantcrm.campaigns.rendering import limits
from tenantcrm.campaigns.rendering.constructs import BLOCKS, BRANCHES, Construct
from tenantcrm.campaigns.rendering.markup import pieces
from tenantcrm.campaigns.rendering.shield import Shield

_CONFIG = ParserConfig(css=STRICT_CSS_PROFILE)
_RENAMED = dict.fromkeys(("table", "thead", "tbody", "tfoot", "tr", "caption"), "div") | {
    "td": "span",
    "th": "span",
}
"""Mails are laid out with tables; set as a table, the two columns of a page become a jumble."""
_BREAKING = frozenset({"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "hr"})
_SHALLOW = 250
"""Tags that cannot be nested deeper than the parser of lxml follows."""
_SILENT = ("#", "mailto:", "tel:")
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_TRAILING = re.compile(r"[ \t\xa0]+$", re.MULTILINE)
_GAPS = re.compile(r"\n{3,}")


def from_html(page: str, shield: Shield | None = None) -> str:
    """The text of a page; with its shield, of a page with words."""
    text, tags = "", page.count("<")
    if tags <= limits.MAX_CONVERTED_TAGS:
        try:
            parser = html.HTMLParser(huge_tree=True, encoding="utf-8", remove_comments=True)
            tree = html.document_fromstring(page.encode("utf-8", "replace"), parser=parser)
            for element in list(tree.iter("*")):
                _simplify(element, shield)
            text = Inscriptis(tree, _CONFIG).get_text()
        except (etree.LxmlError, ValueError, RecursionError):
            text = ""
    if not text and tags > _SHALLOW:
        text = _bare(page)
    return close_gaps(_TRAILING.sub("", text)).strip("\n")


def _bare(page: str) -> str:
    """The text of a page that is too large or too deep to be set with care."""
    parts = []
    for piece in pieces(page):
        if piece.kind == "text":
            parts.append(re.sub(r"\s+", " ", unescape(page[piece.start : piece.end])))
        elif piece.kind == "open" and piece.name in _BREAKING and parts[-1:] != ["\n"]:
            parts.append("\n")
    return "".join(parts).strip()


def close_gaps(text: str) -> str:
    """The text with at most one empty line in a row: a branch not taken leaves its margins."""
    return _GAPS.sub("\n\n", text) if "\n\n\n" in text else text


def _simplify(element: Any, shield: Shield | None) -> None:  # lxml ships no types
    hidden = _HIDDEN.search(element.get("style", "")) or element.get("hidden") is not None
    href, alt = element.get("href", "").strip(), element.get("alt", "")
    # Margins and indents of a screen would become hundreds of blanks.
    element.attrib.clear()
    if hidden:
        element.set("style", "display:none")
    if element.tag == "a":
        _show_link(element, href)
    elif element.tag == "img":
        element.tag, element.text = "span", alt
    elif element.tag == "hr":
        element.tag, element.text = "div", "---"
    elif element.tag == "ol" and shield and shield.order(element.text_content()):
        element.tag = "ul"
    elif element.tag in {"td", "th"}:
        element.tail = " " + (element.tail or "")
    element.tag = _RENAMED.get(element.tag, element.tag)


def _show_link(element: Any, href: str) -> None:  # lxml ships no types
    if not href or href.startswith(_SILENT):
        return
    words = element.text_content().strip()
    pictures = any(picture.get("alt") for picture in element.iter("img"))
    if words == href:
        return
    shown = f" ({href})" if words or pictures else href
    if len(element):
        element[-1].tail = (element[-1].tail or "") + shown
    else:
        element.text = (element.text or "") + shown


def template_from(page: str, shield: Shield) -> str | None:
    """The text template of an HTML template with words, with its constructs put back.

    None where it would not say the same: a construct writes markup itself, or a control was lost
    on the way. Then each mail has to be converted.
    """
    if any(construct.holds_markup for construct in shield.constructs):
        return None
    page = shield.bare(page)
    text = from_html(page, shield)
    kept = [index for index in shield.order(text) if shield.constructs[index].controls]
    if kept != sorted(set(kept)) or (shield.lost(text) and not _may_lose(page, shield, set(kept))):
        return None
    return shield.restore(_join_control_lines(text, shield))


def _may_lose(page: str, shield: Shield, kept: set[int]) -> bool:
    """Whether the lost controls stood in whole blocks inside one tag, comment or title."""
    for piece in pieces(page):
        held = shield.order(page[piece.start : piece.end])
        lost = [shield.constructs[index] for index in held if index not in kept]
        if not _is_whole([construct for construct in lost if construct.controls]):
            return False
    return True


def _is_whole(run: list[Construct]) -> bool:
    depth = 0
    for construct in run:
        if construct.name in BLOCKS - {"capture"}:
            depth += 1
        elif construct.name.startswith("end") and construct.name != "endcapture":
            depth -= 1
        elif construct.name not in BRANCHES:
            return False
        if depth < 0:
            return False
    return depth == 0


def _join_control_lines(text: str, shield: Shield) -> str:
    """The text without the line ends behind lines that are nothing but controls."""
    lines = text.split("\n")
    joined = "".join(line.strip() if shield.all_control(line) else line + "\n" for line in lines)
    return joined.rstrip("\n")
