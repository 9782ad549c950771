"""Email addresses: what is accepted, and when two of them are the same."""

import re
from collections.abc import Sequence
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
_LOCAL = r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*"
_DOMAIN = r"(?!.*--)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
_PLAIN = re.compile(f"(?P<local>{_LOCAL})@(?P<domain>{_DOMAIN})")
_PLAIN_LOCAL, _PLAIN_DOMAIN = re.compile(_LOCAL), re.compile(_DOMAIN)
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


def normalise_all(texts: Sequence[str]) -> tuple[list[str], list[str], dict[int, str]]:
    """The addresses and the keys of many, and by its place what is wrong with one.

    The same as :func:`normalise` says of each; where one is wrong, both of its forms are empty.
    """
    emails: list[str] = []
    keys: list[str] = []
    refused: dict[int, str] = {}
    # Most addresses are at a few domains, each of which is looked at once.
    domains: dict[str, str] = {}
    is_local = _PLAIN_LOCAL.fullmatch
    for place, text in enumerate(texts):
        local, _, domain = text.rpartition("@")
        small = domains.get(domain)
        if small is None:
            small = domains[domain] = domain.lower() if _PLAIN_DOMAIN.fullmatch(domain) else ""
        if small and len(text) <= _LONGEST_PLAIN and is_local(local):
            emails.append(f"{local}@{small}")
            keys.append(text.lower())
            continue
        try:
            email, key = normalise(text)
        except InvalidError as fault:
            email = key = ""
            refused[place] = fault.errors[0].message
        emails.append(email)
        keys.append(key)
    return emails, keys, refused
