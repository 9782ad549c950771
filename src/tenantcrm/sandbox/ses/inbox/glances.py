"""A mail as one line of the list."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from html import unescape
from itertools import groupby

from tenantcrm.sandbox.ses.inbox.messages import shown_id
from tenantcrm.sandbox.ses.inbox.reading import Mail, read_mail
from tenantcrm.sandbox.ses.mails import Envelope

_NO_TEXT = re.compile(
    r"<(style|script|head|title)\b.*?(?:</\1\s*>|\Z)|<[^>]*>", re.IGNORECASE | re.DOTALL
)
_SPACES = re.compile(r"[\s\u034f\u200b-\u200f\u2060\ufeff]+")
_SNIPPET = 160


@dataclass(frozen=True, slots=True)
class Glance:
    """What one sees of a mail before opening it."""

    id: str
    recipients: tuple[str, ...]
    sender: str
    subject: str
    snippet: str
    received_at: datetime


def days(found: Iterable[tuple[Envelope, bytes]]) -> list[tuple[date, list[Glance]]]:
    """The list in days, in the order that it comes in. Days are UTC."""
    glances = [glance(envelope, start) for envelope, start in found]
    return [
        (day, list(group)) for day, group in groupby(glances, lambda one: one.received_at.date())
    ]


def glance(envelope: Envelope, start: bytes) -> Glance:
    """Read the start of a mail's source, which holds its headers and its first words."""
    mail = read_mail(start)
    return Glance(
        id=shown_id(envelope.id),
        recipients=envelope.recipients,
        sender=mail.header("From") or envelope.sender,
        subject=mail.header("Subject"),
        snippet=snippet(mail),
        received_at=envelope.received_at,
    )


def snippet(mail: Mail) -> str:
    """The first words of a mail, without the invisible ones that pad a preheader."""
    text = mail.text or unescape(_NO_TEXT.sub(" ", mail.html))
    words = _SPACES.sub(" ", text[: _SNIPPET * 20]).strip()
    return words if len(words) <= _SNIPPET else words[:_SNIPPET].rsplit(" ", 1)[0] + "…"
