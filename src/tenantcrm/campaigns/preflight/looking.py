"""Look at a message, and say what an author should know of it."""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from msgspec import Struct

from tenantcrm.campaigns import rules
from tenantcrm.campaigns.preflight.addresses import of_link, of_picture
from tenantcrm.campaigns.preflight.findings import Finding, Level, Place
from tenantcrm.campaigns.preflight.parts import Link, parts
from tenantcrm.campaigns.preflight.variables import Use, bare_uses
from tenantcrm.campaigns.rendering import blocks
from tenantcrm.campaigns.rendering.blocks.reading import every, texts
from tenantcrm.campaigns.schemas import MessageInput
from tenantcrm.campaigns.states import Format
from tenantcrm.errors import InvalidError

MOST = 50
"""Findings that are told; whoever has more sees the rest when these are mended."""
SUBJECT_SHOWN = 78
"""Characters that inboxes and RFC 5322 (2.1.1) have room for."""
LARGE, CLIPPED = 90_000, 102_000
"""Bytes of HTML; Gmail cuts a mail at the second."""
_SHOUTED = 4
_LINE = re.compile(r"Line (\d+): ")
_BLOCK = re.compile(r"Block (\d+)(?:, column (\d+), block (\d+))?")
_LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


class Known(Struct, frozen=True, kw_only=True):
    """What is known of the people whom the message goes to.

    Attributes:
        certain: fields that everybody has, because the campaign's filter asks for them.
        missing: how many of those looked at have no such field.
        looked_at: of how many contacts that were counted; 0: nobody was looked at.
        more: there are more of them, who were not looked at.
    """

    certain: frozenset[str] = frozenset()
    missing: Mapping[str, int] = {}
    looked_at: int = 0
    more: bool = False


def look(
    message: MessageInput, known: Known | None = None, *, subject: str | None = None, size: int = 0
) -> list[Finding]:
    """Everything found, errors first.

    Args:
        message: as it is written; it need not be fit to be saved.
        known: of its readers.
        subject: as one of them sees it; None: it was not rendered.
        size: of the HTML that one of them gets, in bytes; 0: it was not rendered.
    """
    try:
        rules.check_message(message)
    except InvalidError as fault:
        found = [_fault(message, e.pointer, e.code, e.message) for e in fault.errors]
        return found[:MOST]
    found = list(islice(_all(message, known or Known(), subject, size), MOST))
    order = list(Level)
    return sorted(found, key=lambda one: order.index(one.level))


def _fault(message: MessageInput, pointer: str, code: str, words: str) -> Finding:
    field = pointer.removeprefix("/").partition("/")[0]
    place = Place()
    if line := _LINE.match(words):
        place, words = Place(line=int(line[1])), words[line.end() :]
        words = words[:1].upper() + words[1:]
    elif message.format is Format.BLOCKS and (block := _BLOCK.match(words)):
        place = Place(block=_number(message.html_template, block[0]))
    return Finding(
        level=Level.ERROR, code=code, message=words, field=field, place=place, fault=True
    )


def _number(source: str, words: str) -> int | None:
    """The number of a block among all, from its place in words; the source need not be good."""
    try:
        found = list(_places(json.loads(source)["blocks"]))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    return found.index(words) + 1 if words in found else None


def _places(blocks: list[Any]) -> Iterator[str]:
    for number, block in enumerate(blocks, 1):
        yield f"Block {number}"
        for column, inside in enumerate(block.get("columns", ()), 1):
            for inner, _ in enumerate(inside, 1):
                yield f"Block {number}, column {column}, block {inner}"


def _all(message: MessageInput, known: Known, subject: str | None, size: int) -> Iterator[Finding]:
    yield from _subject(message, subject)
    yield from _variables(message, known)
    for part in parts(message.html_template, message.format):
        yield from of_link(part) if isinstance(part, Link) else of_picture(part)
    if size > LARGE:
        clip = "Gmail cuts it there" if size > CLIPPED else "Gmail cuts mails at 102 kB"
        words = f"The mail is {size / 1000:,.0f} kB large; {clip}. Shorten it, or link to the rest"
        yield Finding(level=Level.WARNING, code="too_large", message=words)
    if "unsubscribe_url" not in message.html_template:
        words = "There is no unsubscribe link in the text, so one is put into the footer"
        yield Finding(level=Level.NOTE, code="unsubscribe_in_footer", message=words)


def _subject(message: MessageInput, rendered: str | None) -> Iterator[Finding]:
    def finding(level: Level, code: str, words: str) -> Finding:
        return Finding(level=level, code=code, message=words, field="subject")

    if rendered is not None and not rendered.strip():
        yield finding(Level.ERROR, "subject_empty", "The subject comes out empty")
        return
    shown = rendered if rendered is not None else _LIQUID.sub("", message.subject)
    if len(shown) > SUBJECT_SHOWN:
        words = f"The subject has {len(shown)} characters; inboxes show {SUBJECT_SHOWN} at most"
        yield finding(Level.WARNING, "subject_long", words)
    own = _LIQUID.sub("", message.subject)
    if own.isupper() and sum(map(str.isalpha, own)) >= _SHOUTED:
        words = "The subject is all capitals, which spam filters and readers dislike"
        yield finding(Level.WARNING, "subject_capitals", words)


def _variables(message: MessageInput, known: Known) -> Iterator[Finding]:
    for field in ("subject", "preheader"):
        for use in bare_uses(getattr(message, field)):
            yield from _variable(use, known, field, Place())
    if message.format is not Format.BLOCKS:
        for use in bare_uses(message.html_template):
            yield from _variable(use, known, "html_template", Place(line=use.line))
        return
    for number, (_, block) in enumerate(every(blocks.read(message.html_template)), 1):
        for part, text in texts(block).items():
            for use in bare_uses(text):
                place = Place(block=number, part=part)
                yield from _variable(use, known, "html_template", place)


def _variable(use: Use, known: Known, field: str, place: Place) -> Iterator[Finding]:
    if use.name in {"email", *known.certain}:
        return
    if not use.name:
        words = f"There is no variable {use.variable}, so nothing is written there"
        yield Finding(
            level=Level.ERROR, code="unknown_variable", message=words, field=field, place=place
        )
        return
    many = ""
    if known.looked_at and use.name in known.missing:
        of = f"{known.looked_at:,} matching contacts{' that were looked at' if known.more else ''}"
        many = f"{known.missing[use.name]:,} of {of} have none. "
    words = (
        f"{use.variable} has no fallback. {many}"
        f"Write {{{{ {use.variable} | default: 'there' }}}}, or put it into a condition"
    )
    yield Finding(level=Level.ERROR, code="no_fallback", message=words, field=field, place=place)
