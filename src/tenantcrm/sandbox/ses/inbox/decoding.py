"""Bytes and headers of mail into readable text, whatever is wrong with them: nothing raises."""

import binascii
import re
from email.errors import HeaderParseError
from email.header import decode_header

_FOLD = re.compile(r"\r?\n[ \t]+|\r?\n")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def text_of(data: bytes, charset: str | None) -> str:
    """The text in ``data``: by its charset, else UTF-8, else what Windows would have meant."""
    for name in (charset, "utf-8"):
        if name is None:
            continue
        try:
            # Through UTF-8 and back: some codecs let lone surrogates through, which no JSON holds.
            return data.decode(name).encode("utf-8", "replace").decode()
        except (LookupError, ValueError):
            # An unknown charset, or bytes that it does not have.
            continue
    if charset is not None:
        try:
            return data.decode(charset, "replace").encode("utf-8", "replace").decode()
        except (LookupError, ValueError):
            pass
    return data.decode("cp1252", "replace")


def header_of(value: object) -> str:
    """A header value as a person reads it: unfolded, encoded words decoded (RFC 2047)."""
    raw = _FOLD.sub(" ", str(value)).encode("utf-8", "surrogateescape")
    text = text_of(raw, None)
    try:
        parts = decode_header(text)
    except (HeaderParseError, binascii.Error, ValueError):
        return text.strip()
    decoded = "".join(
        part if isinstance(part, str) else text_of(part, charset) for part, charset in parts
    )
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", decoded).strip()
