"""The link of a mail that somebody clicks."""

import re

from tenantcrm.sandbox.ses.inbox.reading import read_mail

_LINK = re.compile(r"""<a\b[^>]*?\bhref\s*=\s*["']?(https?://[^"'\s>]+)""", re.IGNORECASE)
_IN_TEXT = re.compile(r"https?://[^\s<>\"]+")
_ELSEWHERE = "https://example.com/"


def first_link(raw: bytes) -> str:
    """The first link of the HTML, else of the text, else one that leads nowhere."""
    mail = read_mail(raw)
    found = _LINK.search(mail.html)
    if found:
        return found[1].replace("&amp;", "&")
    plain = _IN_TEXT.search(mail.text)
    return plain[0] if plain else _ELSEWHERE
