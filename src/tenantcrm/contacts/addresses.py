"""Email addresses: what is accepted, and when two of them are the same."""

import re
from typing import NamedTuple

import email_validator
from email_validator import EmailNotValidError, validate_email

from tenantcrm.errors import InvalidError

LONGEST = 254
"""RFC 5321, 4.5.3.1.3: a path of 256 octets, less its brackets."""
# A sandbox and examples use these; what cannot be delivered bounces, which is not for us to guess.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()
# What nearly every address looks like. The library would say the same of it, a hundred times
# slower; whatever is in any way unusual is left to the library.
_PLAIN = re.compile(
    r"(?P<local>[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*)"
    r"@(?P<domain>(?!.*--)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63})"
)
_LONGEST_PLAIN = 64


class Address(NamedTuple):
    """``email`` as it is written to; ``key``: equal for equal addresses (lower case, Punycode)."""

    email: str
    key: str


def normalise(email: str, *, pointer: str = "/email") -> Address:
    """Check an address and give its two forms.

    Raises:
        InvalidError: it is not an address that mail can be sent to; ``pointer`` names the field.
    """
    text = email.strip()
    plain = _PLAIN.fullmatch(text) if len(text) <= _LONGEST_PLAIN else None
    if plain is not None:
        return Address(f"{plain['local']}@{plain['domain'].lower()}", text.lower())
    if not text:
        raise InvalidError.of(pointer, "required", "An email address is needed")
    if len(text) > LONGEST:
        raise InvalidError.of(
            pointer, "invalid_email", f"An email address has at most {LONGEST} characters"
        )
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as fault:
        raise InvalidError.of(
            pointer,
            "invalid_email",
            f"{fault} Expected an address such as ada@example.com",
        ) from fault
    ascii_form = found.ascii_email
    if ascii_form is None or len(ascii_form) > LONGEST:
        raise InvalidError.of(
            pointer, "invalid_email", f"An email address has at most {LONGEST} characters"
        )
    return Address(found.normalized, ascii_form.lower())
