"""Style sheets copied into the elements that they style, for the clients that drop them."""

import css_inline

from tenantcrm.campaigns.rendering import limits
from tenantcrm.campaigns.rendering.constructs import BLOCKS, BRANCHES
from tenantcrm.campaigns.rendering.markup import VOID, Piece, pieces
from tenantcrm.campaigns.rendering.shield import Shield

_INLINER = css_inline.CSSInliner(
    keep_style_tags=True, remove_inlined_selectors=True, load_remote_stylesheets=False
)
"""Media queries, ``:hover`` and the like stay in the sheet; what was copied leaves it."""


def inline(html: str, shield: Shield) -> str:
    """The page with its sheets inlined, or as it is where that could change what Liquid does.

    The page is parsed and written anew. So it stays untouched when it has no sheet, when a sheet
    or a tag itself is made by Liquid, when it is too large, and when any construct would move.
    """
    if "<style" not in html.lower():
        return html
    parts = list(pieces(html))
    sheets = [html[p.start : p.end] for p in parts if p.kind == "raw" and p.name == "style"]
    elements = sum(p.kind == "open" for p in parts)
    declarations = sum(sheet.count(":") for sheet in sheets)
    if (
        not sheets
        or elements > limits.MAX_INLINED_ELEMENTS
        or declarations * elements > limits.MAX_INLINED_WORK
        or any(shield.order(sheet) for sheet in sheets)
    ):
        return html
    guarded = "".join(_guard(html, parts, place, shield) for place in range(len(parts)))
    try:
        inlined: str = _INLINER.inline(guarded)
    except css_inline.InlineError:
        return html
    as_attribute = any(f'{shield.word(index)}=""' in inlined for index in shield.order(inlined))
    if (
        as_attribute
        or len(inlined) > limits.MAX_HTML_SOURCE
        or shield.order(inlined) != shield.order(guarded)
        or not _blocks_keep_their_level(inlined, shield)
    ):
        return html
    return inlined


def _guard(html: str, parts: list[Piece], place: int, shield: Shield) -> str:
    part = parts[place]
    text = html[part.start : part.end]
    if part.kind == "text":
        return shield.comment(text)
    if part.kind == "open" and part.name == "table":
        following = [
            later.name
            for later in parts[place + 1 : place + 3]
            if later.kind != "text"
            or not (html[later.start : later.end].isspace() or _is_control(html, later, shield))
        ]
        if following[:1] == ["tr"]:
            # The parser would open the body of the table at its first row, inside a loop.
            return text + "<tbody>"
    return text


def _is_control(html: str, part: Piece, shield: Shield) -> bool:
    return shield.all_control(html[part.start : part.end])


def _blocks_keep_their_level(html: str, shield: Shield) -> bool:
    """Whether each block ends in the element that it begins in: a parser closes what was open."""
    elements: list[int] = []
    blocks: list[tuple[int, ...]] = []
    for part in pieces(html):
        if part.kind == "open" and part.name not in VOID:
            elements.append(part.start)
        elif part.kind == "close" and elements:
            elements.pop()
        for index in shield.order(html[part.start : part.end]):
            name = shield.constructs[index].name
            if name in BLOCKS:
                blocks.append(tuple(elements))
            elif name in BRANCHES or name.startswith("end"):
                begun = blocks[-1] if name in BRANCHES else blocks.pop()
                if begun != tuple(elements):
                    return False
    return True
