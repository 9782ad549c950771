"""Which domains a tenant may set up to send from, and how they are spelled. Pure."""

import ipaddress
import re
from collections.abc import Collection
from email.utils import parseaddr
from urllib.parse import urlsplit

import idna

from tenantcrm.delivery.identities.free_mail import FREE_MAIL
from tenantcrm.delivery.identities.suffixes import is_suffix
from tenantcrm.errors import InvalidError
from tenantcrm.settings import Settings

LONGEST = 190
"""Leaves room for the names of the records below it (RFC 1035, 2.3.4: 253 in all)."""
LABEL = "bounce"
"""The first label of the MAIL FROM domain where none is chosen."""
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_SPECIAL = frozenset(
    {"alt", "arpa", "example", "internal", "invalid", "lan", "local", "localhost", "onion", "test"}
)
"""Top-level names that are in nobody's public DNS (RFC 6761, 6762, 7686, 9476)."""


def read_domain(text: str, *, installation: Collection[str] = (), pointer: str = "/name") -> str:
    """The domain in lower case and ASCII; an address before it, or a URL around it, is taken off.

    Args:
        text: as a person typed it.
        installation: the installation's own domains, which no tenant sends from.
        pointer: the field that faults are of.

    Raises:
        InvalidError: it is no domain, or one that cannot be a single business's own.
    """
    name = _ascii(_bare(text), pointer)
    words = _objection(name, installation)
    if words:
        raise InvalidError.of(pointer, "invalid_domain", words)
    return name


def read_label(text: str, *, pointer: str = "/mail_from") -> str:
    """The first label of the MAIL FROM domain; :data:`LABEL` where nothing was typed.

    Raises:
        InvalidError: it is not one label.
    """
    label = text.strip().lower() or LABEL
    if not _LABEL.fullmatch(label):
        raise InvalidError.of(
            pointer, "invalid_label", f"Expected one word such as {LABEL}: letters, digits, hyphens"
        )
    return label


def own_domains(settings: Settings) -> frozenset[str]:
    """The installation's domains: of its pages and links, and of the sender of its own mails."""
    host = urlsplit(settings.public_url).hostname or ""
    sender = parseaddr(settings.system_sender)[1].rpartition("@")[2].lower()
    return frozenset(name for name in (host, sender) if name and not _is_ip(name))


def at_or_above(name: str) -> list[str]:
    """The name and every name above it that has a dot, the closest first."""
    labels = name.split(".")
    return [".".join(labels[start:]) for start in range(len(labels) - 1)]


def shown(name: str) -> str:
    """The name as people write it: in their own letters."""
    try:
        return idna.decode(name)
    except idna.IDNAError:
        return name


def _bare(text: str) -> str:
    text = text.strip()
    if "://" in text:
        text = urlsplit(text).hostname or ""
    return text.rpartition("@")[2].rstrip(".").strip()


def _ascii(text: str, pointer: str) -> str:
    if not text:
        raise InvalidError.of(pointer, "required", "A domain is needed, such as example.com")
    try:
        name = idna.encode(text, uts46=True).decode().lower()
    except idna.IDNAError:
        name = ""
    if len(name) > LONGEST or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise InvalidError.of(
            pointer, "invalid_domain", "This is not a domain; expected one such as example.com"
        )
    return name


def _objection(name: str, installation: Collection[str]) -> str | None:
    last = name.rpartition(".")[2]
    above = at_or_above(name)
    if _is_ip(name) or last.isdigit():
        return "This is an address of a machine; expected a domain such as example.com"
    if last in _SPECIAL:
        return f"Names that end in .{last} are in nobody's public DNS"
    if is_suffix(name):
        return f"Anybody may have a domain under {name}; name your own"
    if any(parent in FREE_MAIL for parent in above):
        return f"{name} belongs to a mailbox provider; send from a domain of your own"
    if any(parent in installation for parent in above):
        return f"{name} belongs to this service; send from a domain of your own"
    return None


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
