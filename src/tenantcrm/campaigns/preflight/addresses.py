"""What can be wrong with the addresses and the words of links and pictures."""

import re
from collections.abc import Iterator

from tenantcrm.campaigns.preflight.findings import Finding, Level
from tenantcrm.campaigns.preflight.parts import Link, Picture

VAGUE = frozenset(
    {
        "click here", "click", "here", "read more", "more", "link", "this link", "this",
        "learn more", "see more", "tap here", "continue", "go",
    }
)  # fmt: skip
_NOTHING = re.compile(r"(?:https?://|#|mailto:|tel:)?", re.IGNORECASE)
_KNOWN = re.compile(r"(?:https?|mailto|tel|sms):|#|\{\{|\{%", re.IGNORECASE)
_SHOWN = 60


def of_link(link: Link) -> Iterator[Finding]:
    """What is wrong with a link."""
    named = f"The link “{_short(link.words)}”" if link.words else "A link"

    def finding(level: Level, code: str, words: str) -> Finding:
        return Finding(level=level, code=code, message=words, place=link.place())

    if _NOTHING.fullmatch(link.url):
        yield finding(Level.ERROR, "link_without_url", f"{named} leads nowhere: it has no address")
    elif not _KNOWN.match(link.url):
        words = f"{named} goes to “{_short(link.url)}”; in a mail an address begins with https://"
        yield finding(Level.ERROR, "link_without_scheme", words)
    elif link.url.lower().startswith("http://"):
        words = f"{named} goes to an http address; https is safe, and trusted more"
        yield finding(Level.WARNING, "link_http", words)
    if not link.words and not _NOTHING.fullmatch(link.url):
        words = "A link has no words, so nobody who listens to the mail knows where it leads"
        yield finding(Level.WARNING, "link_without_words", words)
    elif link.words.casefold().strip(" .!›»→>") in VAGUE:
        words = f"{named} does not say where it leads; name what is there"
        yield finding(Level.WARNING, "link_vague", words)


def of_picture(picture: Picture) -> Iterator[Finding]:
    """What is wrong with a picture."""

    def finding(level: Level, code: str, words: str) -> Finding:
        return Finding(level=level, code=code, message=words, place=picture.place())

    if not picture.url:
        yield finding(Level.ERROR, "image_without_url", "An image has no address")
    elif picture.url.lower().startswith("data:"):
        words = "An image stands in the mail itself, which Gmail and Outlook do not show"
        yield finding(Level.WARNING, "image_embedded", words)
    elif not _KNOWN.match(picture.url):
        words = f"An image is at “{_short(picture.url)}”; in a mail an address begins with https://"
        yield finding(Level.ERROR, "image_without_scheme", words)
    elif picture.url.lower().startswith("http://"):
        words = "An image is at an http address, which many mail programs do not load"
        yield finding(Level.WARNING, "image_http", words)
    if picture.alt is None:
        words = "An image has no alternative text, for those who do not see it"
        yield finding(Level.WARNING, "image_without_alt", words)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
