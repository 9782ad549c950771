"""Email addresses as SES reads them: 7-bit local part, domain in Punycode, its words of refusal."""

import re
from email.utils import getaddresses, parseaddr
from functools import lru_cache

from tenantcrm.sandbox.ses.errors import BadRequestError

_BRACKETED = re.compile(r'[^<>"]*<([^<>]*)>\s*')
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_ROUTED = re.compile(r'["<>()]')
_NOT_PRINTABLE = re.compile(r"[^!-~]")


@lru_cache(maxsize=4096)
def bare(mailbox: str) -> str:
    """The checked address in ``Name <local@domain>`` or ``local@domain``.

    Raises:
        BadRequestError: it is not an address that SES takes.
    """
    if _CONTROL.search(mailbox):
        raise BadRequestError("Address contains control characters")
    found = _BRACKETED.fullmatch(mailbox)
    if found is not None:
        return checked(found[1])
    if not _ROUTED.search(mailbox):
        return checked(mailbox.strip())
    # A quoted name may hold brackets and commas, so the slow and exact reader has the last word.
    return checked(parseaddr(mailbox)[1] or mailbox.strip())


@lru_cache(maxsize=4096)
def all_in(value: str) -> tuple[str, ...]:
    """Every address in a header such as ``A <a@x>, b@y``; names and comments are dropped.

    Raises:
        BadRequestError: one of them is not an address that SES takes.
    """
    if not value.strip():
        return ()
    if "," not in value and ":" not in value:
        return (bare(value),)
    return tuple(checked(address) for _, address in getaddresses([value]) if address)


def checked(address: str) -> str:
    """The address, as it is.

    Raises:
        BadRequestError: in the words of SES.
    """
    if not address:
        raise BadRequestError("Invalid email address .")
    local, at, domain = address.rpartition("@")
    if not at:
        raise BadRequestError("Missing final '@domain'")
    if not local:
        raise BadRequestError("Missing local name")
    if not domain:
        raise BadRequestError("Missing domain")
    if _NOT_PRINTABLE.search(local):
        raise BadRequestError("Local address contains control or whitespace")
    if _NOT_PRINTABLE.search(domain):
        raise BadRequestError("Domain contains control or whitespace")
    if domain.startswith("."):
        raise BadRequestError("Domain starts with dot")
    if domain.endswith("."):
        raise BadRequestError("Domain ends with dot")
    if ".." in domain:
        raise BadRequestError("Domain contains dot-dot")
    return address
