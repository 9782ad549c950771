"""The text of an API key: its form, its checksum, its hash.

``tcrm_live_`` or ``tcrm_test_``, 43 base62 digits (256 random bits), 6 digits of checksum (CRC-32
of what stands before, as GitHub's tokens have): scanners and we tell a key from a typing error
without asking the database.
"""

import hashlib
import secrets
import zlib

from tenantcrm.tenants.models import Mode

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SECRET_DIGITS, CHECK_DIGITS = 43, 6
PREFIXES = {mode: f"tcrm_{mode}_" for mode in Mode}


def _base62(number: int, width: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, len(DIGITS))
        text = DIGITS[digit] + text
    return text.rjust(width, DIGITS[0])


def _checksum(text: str) -> str:
    return _base62(zlib.crc32(text.encode()), CHECK_DIGITS)


def new_api_key(mode: Mode) -> str:
    """A new key of this mode."""
    body = PREFIXES[mode] + _base62(secrets.randbits(256), SECRET_DIGITS)
    return body + _checksum(body)


def looks_like_key(text: str) -> bool:
    """Whether the text has a key's form and checksum."""
    if not text.isascii() or not text.startswith(tuple(PREFIXES.values())):
        return False
    body, check = text[:-CHECK_DIGITS], text[-CHECK_DIGITS:]
    expected = len(PREFIXES[Mode.LIVE]) + SECRET_DIGITS + CHECK_DIGITS
    return len(text) == expected and secrets.compare_digest(_checksum(body), check)


def hash_key(text: str) -> bytes:
    """SHA-256: a slow hash guards guessable secrets, and this one holds 256 random bits."""
    return hashlib.sha256(text.encode()).digest()
