"""Build the raw mail of a template whose variables are filled in, as SES does.

The MIME is written by hand: the library takes milliseconds for each of the fifty of a request.
"""

import binascii
from collections.abc import Iterable, Sequence
from email.header import Header

from uuid_utils import uuid4

from tenantcrm.sandbox.ses.composing import mailbox_header
from tenantcrm.sandbox.ses.errors import BadRequestError
from tenantcrm.sandbox.ses.outbound import Destination, HeaderField, TemplateContent
from tenantcrm.sandbox.ses.stamping import Head
from tenantcrm.sandbox.ses.templates import Values, compiled, filled

_MOST_LINE = 998
"""Bytes in a line (RFC 5322, 2.1.1)."""
_BASE64_LINE = 57
"""Bytes that make a line of 76 in base64."""
OURS = frozenset(
    {
        *("from", "to", "cc", "bcc", "reply-to", "sender", "return-path", "subject", "date"),
        *("message-id", "mime-version", "content-type", "content-transfer-encoding"),
    }
)
"""Headers that a request has other members for, or that SES writes."""


def composed_from(
    content: TemplateContent,
    values: Values,
    *,
    sender: str,
    destination: Destination,
    reply_to: Sequence[str],
    headers: Iterable[HeaderField],
) -> Head:
    """The mail, without Message-ID and Date.

    Raises:
        BadRequestError: a variable has no value, or a header is not to be given.
    """
    subject = filled(compiled(content.subject or ""), values)
    if "\n" in subject or "\r" in subject:
        raise BadRequestError("Subject contains a line break.")
    parts = [
        _part(kind, filled(compiled(text), values))
        for kind, text in ((b"plain", content.text), (b"html", content.html))
        if text is not None
    ]
    if not parts:
        raise BadRequestError("The template has neither Text nor Html.")
    lines = [f"From: {mailbox_header(sender)}"]
    for name, mailboxes in (
        ("To", destination.to_addresses),
        ("Cc", destination.cc_addresses),
        ("Reply-To", reply_to),
    ):
        if mailboxes:
            lines.append(f"{name}: {', '.join(map(mailbox_header, mailboxes))}")
    lines.append(f"Subject: {_subject(subject)}")
    for field in headers:
        if field.name.lower() in OURS:
            raise BadRequestError(f"Header '{field.name}' is not allowed here.")
        lines.append(f"{field.name}: {field.value}")
    lines.append("MIME-Version: 1.0\r\n")
    block = "\r\n".join(lines).encode("ascii")
    if len(parts) == 1:
        (kind, body) = parts[0]
        return Head([(b"", block + kind)], b"\r\n", b"\r\n" + body)
    # Random digits: nobody who writes a mail can have written them already.
    boundary = b"=_" + uuid4().hex.encode()
    block += b'Content-Type: multipart/alternative; boundary="%b"\r\n' % boundary
    pieces = [b"\r\n--%b\r\n%b\r\n%b\r\n" % (boundary, kind, body) for kind, body in parts]
    return Head([(b"", block)], b"\r\n", b"".join((*pieces, b"--", boundary, b"--\r\n")))


def _subject(subject: str) -> str:
    if subject.isascii() and len(subject) < _MOST_LINE - len("Subject: "):
        return subject
    # The header's own line ends fold it; CRLF is what a mail has.
    charset = "us-ascii" if subject.isascii() else "utf-8"
    return Header(subject, charset, header_name="Subject").encode(linesep="\r\n")


def _part(kind: bytes, text: str) -> tuple[bytes, bytes]:
    """The headers and the body of a text part; both end with a line end."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    if text.isascii() and max(map(len, lines)) <= _MOST_LINE:
        encoding, body = b"7bit", "\r\n".join(lines).encode("ascii") + b"\r\n"
    else:
        encoding, body = b"base64", _base64("\r\n".join(lines).encode("utf-8", "replace"))
    head = b'Content-Type: text/%b; charset="utf-8"\r\nContent-Transfer-Encoding: %b\r\n' % (
        kind,
        encoding,
    )
    return head, body


def _base64(data: bytes) -> bytes:
    lines = [
        binascii.b2a_base64(data[start : start + _BASE64_LINE], newline=False)
        for start in range(0, len(data), _BASE64_LINE)
    ]
    return b"\r\n".join(lines) + b"\r\n"
