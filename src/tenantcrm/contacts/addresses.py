"""Email addresses: what is accepted, and when two of them are the same."""

from typing import NamedTuple

import email_validator
from email_validator import EmailNotValidError, validate_email

from tenantcrm.errors import InvalidError

LONGEST = 254
"""RFC 5321, 4.5.3.1.3: a path of 256 octets, less its brackets."""
# A sandbox and examples use these; what cannot be delivered bounces, which is not for us to guess.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


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
