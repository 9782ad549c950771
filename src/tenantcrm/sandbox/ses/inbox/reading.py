"""A kept mail, read: headers, the two texts, attachments. Read only when somebody looks."""

from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

from tenantcrm.sandbox.ses.inbox.decoding import header_of, text_of

# The older policy on purpose: it reads any bytes; the newer one raises on some broken headers.
_parser = BytesParser(policy=compat32)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is no text to be shown. ``number``: its place among them, from 0."""

    number: int
    name: str
    content_type: str
    content_id: str | None
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as a mail program shows it."""

    headers: tuple[tuple[str, str], ...]
    html: str
    text: str
    attachments: tuple[Attachment, ...]

    def header(self, name: str) -> str:
        """The first value of a header, or nothing."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")

    def headers_by_name(self) -> dict[str, str]:
        """Every header once; the values of one that comes more often are joined by commas."""
        found: dict[str, tuple[str, str]] = {}
        for name, value in self.headers:
            shown, before = found.get(name.lower(), (name, ""))
            found[name.lower()] = (shown, f"{before}, {value}" if before else value)
        return dict(found.values())


def read_mail(raw: bytes) -> Mail:
    """Read a raw mail, whole or cut off, well-formed or not."""
    try:
        message = _parser.parsebytes(raw)
    except RecursionError:
        # Hundreds of parts in each other: the headers are shown, and the rest as one part.
        message = _parser.parsebytes(raw, headersonly=True)
    html = text = None
    attachments: list[Attachment] = []
    for part in _leaves(message):
        kind = part.get_content_type()
        attached = part.get_content_disposition() == "attachment" or _file_name(part)
        if kind == "text/html" and html is None and not attached:
            html = _text(part)
        elif kind == "text/plain" and text is None and not attached:
            text = _text(part)
        else:
            attachments.append(_attachment(part, len(attachments)))
    headers = tuple((str(name), header_of(value)) for name, value in message.raw_items())
    return Mail(headers, html or "", text or "", tuple(attachments))


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that hold content, outside in; a forwarded mail stays one part."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        if "\0" in str(part.get_param("charset")):
            # No name of an encoding, and the library would not even look at what is in it.
            part.del_param("charset")
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            waiting += [one for one in reversed(inner) if isinstance(one, Message)]
        else:
            yield part


def _content(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    if isinstance(payload, bytes):
        return payload
    inner = part.get_payload()
    forwarded = inner[0] if isinstance(inner, list) and inner else None
    return forwarded.as_bytes() if isinstance(forwarded, Message) else b""


def _text(part: Message) -> str:
    charset = part.get_param("charset")
    name = charset[2] if isinstance(charset, tuple) else charset
    return text_of(_content(part), name or None).replace("\r\n", "\n")


def _file_name(part: Message) -> str:
    # A name in pieces (RFC 2231) that contradict each other makes the library raise.
    try:
        return header_of(part.get_filename() or "")
    except (LookupError, ValueError, TypeError):
        return "unreadable name"


def _attachment(part: Message, number: int) -> Attachment:
    content_id = str(part.get("Content-ID", "")).strip().strip("<>")
    kind = part.get_content_type()
    return Attachment(
        number=number,
        name=_file_name(part) or f"part-{number + 1}",
        content_type=kind,
        content_id=content_id or None,
        content=_content(part),
    )
