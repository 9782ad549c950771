"""A link of a mail, read as a browser reads it (HTML, 13.2.5: tokenization). Pure.

A tag is cut where its address stands, so that everything else of it stays as it was written.
"""

import re
from functools import lru_cache
from html import unescape
from html.entities import html5
from typing import NamedTuple
from urllib.parse import quote

from tenantcrm.signing import LONGEST_URL

ANCHOR = re.compile(
    # A tag that nothing closes swallows the rest, as in a browser; that keeps the pass linear.
    r"""<[aA][\s/](?:(?:[^'">]++|'[^']*'|"[^"]*")*+(?P<end>>)|(?s:.*))"""
)
"""A whole start tag of a link; without ``end`` it is what is left of the page."""
_ATTRIBUTE = re.compile(
    r"""[\s/]*+(?P<name>[^\s/>][^\s/>=]*+)
    (?:\s*+=\s*+(?:"(?P<double>[^"]*+)"|'(?P<single>[^']*+)'|(?P<bare>[^\s"'>][^\s>]*+)))?""",
    re.VERBOSE,
)
_REFERENCE = re.compile(r"&(#[xX][0-9a-fA-F]+|#[0-9]+|[A-Za-z][A-Za-z0-9]*)(;?)(=?)")
_WEB = re.compile(r"https?://[!-.0->@-\[\]-~]+([/?#][!-~]*)?", re.IGNORECASE)
"""A host in ASCII, and what follows it; no blanks and nothing unseen anywhere."""
_PRINTABLE = "".join(map(chr, range(ord("!"), ord("~") + 1)))
LONGEST_TAG = 8192
"""Characters; a longer one is left as it is."""


class Link(NamedTuple):
    """A tag around its address: ``before`` + quoted address + ``after``.

    ``url``: where a browser would go, in ASCII; None where nothing is to be tracked: not the web,
    too long, or its author said so with ``data-track="off"``.
    """

    before: str
    url: str | None
    after: str


@lru_cache(maxsize=1024)
def read(tag: str) -> Link | None:
    """The link of a start tag; None when it has no address on the web.

    Mails of one message share most tags: what was read is remembered.
    """
    if len(tag) > LONGEST_TAG:
        return None
    value: tuple[int, int] | None = None
    tracked = True
    position = len("<a")
    while found := _ATTRIBUTE.match(tag, position):
        position = found.end()
        name = found["name"].lower()
        part = next((p for p in ("double", "single", "bare") if found[p] is not None), None)
        if name == "href" and value is None and part is not None:
            value = found.span(part)
        elif name == "ses:no-track" or (
            name == "data-track" and part is not None and found[part].strip().lower() == "off"
        ):
            tracked = False
    if value is None:
        return None
    start, end = value
    url = web_address(decoded(tag[start:end]))
    if url is None:
        return None
    quoted = tag[start - 1] in "\"'"
    before, after = tag[: start - 1 if quoted else start], tag[end + 1 if quoted else end :]
    return Link(before, url if tracked else None, after)


def decoded(value: str) -> str:
    """The text of an attribute with its character references read.

    Unlike in text, a name without ``;`` stands for itself before ``=`` or a letter: the parameter
    of ``?a=1&copy=2`` stays one (HTML, 13.2.5.73).
    """
    return _REFERENCE.sub(_character, value) if "&" in value else value


def _character(found: re.Match[str]) -> str:
    name, semicolon, following = found.groups()
    if name.startswith("#"):
        return unescape(f"&{name};") + following
    known = html5.get(name + semicolon)
    if known is None or (following and not semicolon):
        return found[0]
    return known + following


def web_address(text: str) -> str | None:
    """The address of the web that a browser would go to, in ASCII; None when it is another one.

    Also None: longer than a token takes, or with a host that is not in ASCII.
    """
    url = text.strip(" \t\n\f\r")
    if not url.isascii():
        url = quote(url, safe=_PRINTABLE) if _host(url).isascii() else ""
    return url if len(url) <= LONGEST_URL and _WEB.fullmatch(url) else None


def _host(url: str) -> str:
    return re.split(r"[/?#\\]", url.partition("://")[2], maxsplit=1)[0]
