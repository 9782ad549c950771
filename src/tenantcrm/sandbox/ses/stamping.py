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
_LINE = re.compile(rb"[^\n]*\n|[^\n]+\Z")
_UNFOLD = re.compile(r"\r?\n[ \t]")
_REPLACED = frozenset({b"message-id", b"date", b"bcc", b"return-path"})
ONCE = frozenset({b"from", b"sender", b"reply-to", b"to", b"cc", b"subject"})
"""Headers that a message has at most once (RFC 5322, 3.6)."""


@dataclass(frozen=True, slots=True)
class Head:
    """The headers of a raw mail, and the rest of it.

    ``fields``: names in lower case, and the bytes of each to the end of its last line; a line
    that is no header has an empty name. ``rest`` begins with the blank line.
    """

    fields: list[tuple[bytes, bytes]]
    newline: bytes
    rest: bytes | memoryview

    def values(self, wanted: bytes) -> list[str]:
        """The values of a header, unfolded, in order. Bytes outside ASCII come as U+FFFD."""
        return [
            _UNFOLD.sub(" ", field.partition(b":")[2].decode("ascii", "replace")).strip()
            for name, field in self.fields
            if name == wanted
        ]


def split(raw: bytes) -> Head:
    """The header block of a raw mail.

    Raises:
        BadRequestError: From is missing, or a header that may come once comes twice.
    """
    start, newline = _end_of_headers(raw)
    # A view: most of a mail is its body, and it is copied once already when it is put together.
    head = Head(_fields(raw[:start]), newline, memoryview(raw)[start:] or newline)
    names = [name for name, _ in head.fields]
    if b"from" not in names:
        raise BadRequestError("Missing required header 'From'.")
    if len(names) != len(set(names)):
        for name in sorted(ONCE):
            if names.count(name) > 1:
                raise BadRequestError(f"Duplicate header '{name.decode().title()}'.")
    return head


def stamped(head: Head, message_id: str, at: datetime) -> bytes:
    """The raw mail with SES's own Message-ID and Date, and without Bcc and Return-Path."""
    kept = [field for name, field in head.fields if name not in _REPLACED]
    if kept and not kept[-1].endswith(b"\n"):
        kept.append(head.newline)
    ours = b"Message-ID: <%b>%bDate: %b%b" % (
        message_id.encode(),
        head.newline,
        _date(int(at.timestamp())),
        head.newline,
    )
    return b"".join((ours, *kept, head.rest))


def _end_of_headers(raw: bytes) -> tuple[int, bytes]:
    """Where the blank line after the headers begins, and how lines end."""
    if raw.startswith((b"\r", b"\n")):
        # The blank line that ends the headers comes first: there are none.
        return 0, b"\r\n"
    end = raw.find(b"\r\n\r\n")
    # Nearly every mail ends its lines as it should; the others are searched more slowly.
    if end >= 0 and raw.find(b"\n\n", 0, end) < 0 and raw.find(b"\n\r\n", 0, end + 3) < 0:
        return end + 2, b"\r\n"
    found = _END.search(raw)
    return (found.end(1), found[1]) if found else (len(raw), b"\r\n")


def _fields(block: bytes) -> list[tuple[bytes, bytes]]:
    fields: list[tuple[bytes, bytes]] = []
    for line in _LINE.findall(block):
        if line[0] in b" \t" and fields:
            name, before = fields[-1]
            fields[-1] = (name, before + line)
        else:
            name, colon, _ = line.partition(b":")
            fields.append((name.rstrip(b" \t").lower() if colon else b"", line))
    return fields


@lru_cache(maxsize=64)
def _date(second: int) -> bytes:
    return format_datetime(datetime.fromtimestamp(second, UTC)).encode()
