"""Header fields of mail, written so that nothing in a value can end its field (RFC 5322, 2047)."""

import base64
import re
from functools import lru_cache
from typing import NamedTuple

import idna

from tenantcrm.errors import TenantCrmError

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_PRINTABLE = re.compile(r"[ -~]+")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_HOST = re.compile(r"[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")
_URL = re.compile(r"https?://[!#-;=?-Z_a-z~%\[\]]+")
_TOKEN = re.compile(r"[A-Za-z0-9._:=+@-]{1,200}")
LINE = 76
"""Columns of a line that holds encoded words (RFC 2047, 2)."""
LONGEST_LINE = 998
"""RFC 5322, 2.1.1, without the line end."""
LONGEST_NAME = 150
_WORD_BYTES = 39
"""Of UTF-8 in an encoded word: 64 columns, behind a field name of at most 12."""


class MailFieldError(TenantCrmError):
    """A value cannot stand in a header field. The words name the field, never the value."""

    status, code, title = 422, "invalid_mail_field", "A mail field is not valid"


class Mailbox(NamedTuple):
    """An address with the name shown before it, which may be empty."""

    name: str
    email: str


def clean(text: str) -> str:
    """Text as a header can carry it: one line, single blanks, nothing unseen, whole characters."""
    return " ".join(_SURROGATES.sub("\ufffd", _UNSEEN.sub(" ", text)).split())


def unstructured(name: str, text: str) -> str:
    """The field ``name: text`` with its line end; not ASCII goes into encoded words."""
    value = clean(text)
    if not value or (_PRINTABLE.fullmatch(value) and "=?" not in value):
        folded = _fold(f"{name}: {value}")
        if folded is not None:
            return folded
    return f"{name}: {_encoded(value)}\r\n"


def _fold(field: str) -> str | None:
    """The field broken before blanks; None when a word is too long for a line."""
    lines, line = [], ""
    for word in field.split(" "):
        if line and len(line) + 1 + len(word) > LINE:
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line or lines else word
    lines.append(line)
    return None if any(len(line) > LINE for line in lines) else "\r\n".join(lines) + "\r\n"


def _encoded(text: str) -> str:
    """The text as encoded words, each of whole characters, one on a line."""
    words, chunk = [], b""
    for character in text:
        data = character.encode()
        if len(chunk) + len(data) > _WORD_BYTES:
            words.append(chunk)
            chunk = b""
        chunk += data
    words.append(chunk)
    return "\r\n ".join(f"=?utf-8?B?{base64.b64encode(word).decode()}?=" for word in words)


def mailbox(field: str, box: Mailbox) -> str:
    """The field of one address with its name, such as ``To: "Lovelace, Ada" <ada@example.com>``.

    Raises:
        MailFieldError: the address is not one that SES takes.
    """
    address = f"<{ascii_address(box.email)}>"
    name = clean(box.name)[:LONGEST_NAME].strip()
    if not name:
        return f"{field}: {address}\r\n"
    if _ATOMS.fullmatch(name) and "=?" not in name:
        shown = name
    elif _PRINTABLE.fullmatch(name) and "=?" not in name:
        shown = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    else:
        shown = _encoded(name)
    return f"{field}: {shown}\r\n {address}\r\n"


@lru_cache(maxsize=4096)
def ascii_address(email: str) -> str:
    """The address with its domain in Punycode; SES takes no other.

    Raises:
        MailFieldError: its local part is not ASCII, or it is no address.
    """
    local, _, domain = email.rpartition("@")
    try:
        host = domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        host = ""
    if not _LOCAL.fullmatch(local) or not _HOST.fullmatch(host):
        raise MailFieldError("The address is not one that mail can be sent to")
    return f"{local}@{host}"


def angled(field: str, url: str) -> str:
    """The field of a URL in angle brackets, on one line (RFC 2369).

    Raises:
        MailFieldError: it is no URL, or too long for a line.
    """
    line = f"{field}: <{url}>"
    if not _URL.fullmatch(url) or len(line) > LONGEST_LINE:
        raise MailFieldError(f"{field} needs a URL")
    return line + "\r\n"


def token(field: str, value: str) -> str:
    """The field of an identifier: letters, digits and ``._:=+@-``.

    Raises:
        MailFieldError: it holds something else.
    """
    if not _TOKEN.fullmatch(value):
        raise MailFieldError(f"{field} needs an identifier")
    return f"{field}: {value}\r\n"


def split(field: str) -> tuple[str, str]:
    """Name and value of a field as the functions here write it, unfolded."""
    name, _, rest = field.partition(": ")
    return name, rest.replace("\r\n", "")


def value(field: str) -> str:
    """The value of a field as the functions here write it, unfolded."""
    return split(field)[1]
