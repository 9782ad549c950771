"""MJML to HTML, once for each version of a message, with errors that name their line."""

import re

import mrml

from tenantcrm.campaigns.rendering import limits
from tenantcrm.campaigns.rendering.errors import MJML, TOO_LARGE, TemplateFault
from tenantcrm.campaigns.rendering.markup import VOID, pieces
from tenantcrm.campaigns.rendering.shield import Shield

_OPENING = re.compile(r"<([a-zA-Z][^\s/>]*)")
_POSITION = re.compile(r" at position (\d+):\d+$")
_UNKNOWN = re.compile(r"<(mj-[a-z-]+)")
_TRIED = 50
_NO_FONTS = mrml.RenderOptions(fonts={})
"""The default set makes every recipient's client ask a third party for web fonts."""


def to_html(shield: Shield, *, portable: bool = True) -> str:
    """The HTML of an MJML source, with the words of its shield.

    ``portable``: refuse what MJML would not read without the shield; it is somebody's own source.

    Raises:
        TemplateFault: with the line and what is wrong there.
    """
    _check_size(shield)
    try:
        html: str = mrml.to_html(shield.text, render_options=_NO_FONTS).content
    except OSError as error:
        raise _fault(str(error), shield) from error
    if len(html) > limits.MAX_HTML_SOURCE:
        raise TemplateFault("the HTML of this MJML comes out too long", code=TOO_LARGE)
    unbalanced = _unbalanced(shield)
    if unbalanced and "mj-" in unbalanced.message:
        # The parser takes any end for the right one.
        raise unbalanced
    _check_liquid(shield, html, portable=portable)
    if unknown := _UNKNOWN.search(html):
        place = shield.text.find(unknown[0])
        raise TemplateFault(f"MJML has no element <{unknown[1]}>", shield.line(place), MJML)
    return html


def _check_size(shield: Shield) -> None:
    names = [name for name in _OPENING.findall(shield.text) if name not in VOID]
    components = sum(1 for name in names if name.lower().startswith("mj-"))
    if len(names) > limits.MAX_MJML_ELEMENTS or components > limits.MAX_MJML_COMPONENTS:
        raise TemplateFault(
            f"an MJML template may hold {limits.MAX_MJML_ELEMENTS:,} elements, "
            f"{limits.MAX_MJML_COMPONENTS:,} of them mj- elements",
            code=TOO_LARGE,
        )


def _check_liquid(shield: Shield, html: str, *, portable: bool) -> None:
    """See that no tag was dropped, and that MJML without our shield would read it as well."""
    if lost := shield.lost(html):
        raise TemplateFault(
            f"MJML drops what stands at {lost[0].text}: put it inside <mj-raw>", lost[0].line, MJML
        )
    suspects = [index for index, one in enumerate(shield.constructs) if "<" in one.text]
    if not portable or _reads(shield.expose(set(suspects))):
        return
    culprit = next((i for i in suspects[:_TRIED] if not _reads(shield.expose({i}))), suspects[0])
    construct = shield.constructs[culprit]
    raise TemplateFault(
        f"MJML reads the '<' in {construct.text} as the start of an element: "
        "turn the comparison round and write it with '>'",
        construct.line,
        MJML,
    )


def _reads(text: str) -> bool:
    try:
        mrml.to_html(text, render_options=_NO_FONTS)
    except OSError:
        return False
    return True


def _fault(words: str, shield: Shield) -> TemplateFault:
    if "<mjml" not in shield.text:
        return TemplateFault("an MJML template starts with <mjml>", 1, MJML)
    if unbalanced := _unbalanced(shield):
        return unbalanced
    reason = words.partition(" in root template")[0]
    found = _POSITION.search(words)
    if found:
        place = len(shield.text.encode()[: int(found[1])].decode(errors="ignore"))
        snippet = shield.restore(shield.text[place : place + 40].split("\n")[0])
        if "load included" in reason:
            return TemplateFault("mj-include is not available here", shield.line(place), MJML)
        return TemplateFault(f"{reason}: {snippet}", shield.line(place), MJML)
    return TemplateFault(
        "this is not MJML: every attribute needs quotes, and a '<' in text is written &lt;",
        shield.line(_unreadable(shield.text)),
        MJML,
    )


def _unbalanced(shield: Shield) -> TemplateFault | None:
    open_elements: list[tuple[str, int]] = []
    for piece in pieces(shield.text):
        if piece.name in VOID or (
            piece.kind == "open" and shield.text.startswith("/>", piece.end - 2)
        ):
            continue
        if piece.kind == "open":
            open_elements.append((piece.name, piece.start))
        elif piece.kind == "close":
            if not open_elements:
                words = f"</{piece.name}> closes nothing that is open"
                return TemplateFault(words, shield.line(piece.start), MJML)
            name, start = open_elements.pop()
            if name != piece.name:
                words = f"<{name}> is not closed before </{piece.name}>"
                return TemplateFault(words, shield.line(start), MJML)
    if open_elements:
        name, start = open_elements[-1]
        return TemplateFault(f"<{name}> is never closed", shield.line(start), MJML)
    return None


def _unreadable(text: str) -> int:
    """Where the parser stops: behind the longest part that is merely unfinished."""
    ends = [found.end() for found in re.finditer(">", text)]
    low, high = 0, len(ends)
    while low < high:
        middle = (low + high) // 2
        try:
            mrml.to_html(text[: ends[middle]])
            readable = True
        except OSError as error:
            readable = "end of stream" in str(error)
        if readable:
            low = middle + 1
        else:
            high = middle
    # The next element, or what looks like one, is what cannot be read.
    return max(text.find("<", ends[low - 1] if low else 0), 0)
