"""What SES does to the headers of a mail on its way through.

It sets Message-ID and Date itself, whatever was sent, and drops Bcc and Return-Path. The headers
are worked on as bytes and the body is never read: this runs for every mail.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache

from tenantcrm.sandbox.ses.errors import BadRequestError

_END = re.compile(rb"(\r?\n)\r?\n")
_FOLDED = rb"[^\n]*(?:\n[ \t][^\n]*)*"
_REPLACED = re.compile(
    rb"^(?:message-id|date|bcc|return-path)[ \t]*:" + _FOLDED + rb"(?:\n|\Z)",
    re.IGNORECASE | re.MULTILINE,
)
_NAME = re.compile(rb"^([!-9;-~]+)[ \t]*:", re.MULTILINE)
_UNFOLD = re.compile(r"\r?\n[ \t]")
ONCE = frozenset({b"from", b"sender", b"reply-to", b"to", b"cc", b"subject"})
"""Headers that a message has at most once (RFC 5322, 3.6)."""


@dataclass(frozen=True, slots=True)
class Head:
    """The header block of a raw mail: its bytes up to the blank line, and the rest."""

    block: bytes
    newline: bytes
    rest: bytes

    def values(self, name: bytes) -> list[str]:
        """The values of a header, unfolded, in order. Bytes outside ASCII come as U+FFFD."""
        found = _field(name).findall(self.block)
        return [_UNFOLD.sub(" ", value.decode("ascii", "replace")).strip() for value in found]


def split(raw: bytes) -> Head:
    """The header block of a raw mail.

    Raises:
        BadRequestError: From is missing, or a header that may come once comes twice.
    """
    end = _END.search(raw)
    if raw.startswith((b"\r", b"\n")):
        # The blank line that ends the headers comes first: there are none.
        head = Head(b"", b"\r\n", raw)
    elif end is None:
        head = Head(raw.rstrip(b"\r\n"), b"\r\n", b"\r\n\r\n")
    else:
        head = Head(raw[: end.start()], end[1], raw[end.start() :])
    names = [name.lower() for name in _NAME.findall(head.block)]
    if b"from" not in names:
        raise BadRequestError("Missing required header 'From'.")
    if len(names) != len(set(names)):
        for name in sorted(ONCE):
            if names.count(name) > 1:
                raise BadRequestError(f"Duplicate header '{name.decode().title()}'.")
    return head


def stamped(head: Head, message_id: str, at: datetime) -> bytes:
    """The raw mail with SES's own Message-ID and Date, and without Bcc and Return-Path."""
    kept = _REPLACED.sub(b"", head.block)
    if kept and not kept.endswith(b"\n"):
        kept += head.newline
    ours = b"Message-ID: <%b>%bDate: %b%b" % (
        message_id.encode(),
        head.newline,
        _date(int(at.timestamp())),
        head.newline,
    )
    # The rest starts with the newline that ended the last header, which ``kept`` has already.
    return ours + kept + head.rest[len(head.newline) :]


@lru_cache(maxsize=64)
def _field(name: bytes) -> re.Pattern[bytes]:
    pattern = rb"^" + re.escape(name) + rb"[ \t]*:(" + _FOLDED + rb")"
    return re.compile(pattern, re.IGNORECASE | re.MULTILINE)


@lru_cache(maxsize=64)
def _date(second: int) -> bytes:
    return format_datetime(datetime.fromtimestamp(second, UTC)).encode()
