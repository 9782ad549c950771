"""Where the server is and how it is spoken to, from ``TENANTCRM_SMTP_URL``. Pure."""

from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from tenantcrm.settings import SMTP_PORTS


class Server(NamedTuple):
    """An SMTP server.

    ``tls``: from the first byte (RFC 8314). ``starttls``: asked for before anything else is said;
    a server that does not offer it gets neither password nor mail (RFC 3207).
    """

    host: str
    port: int
    user: str | None
    password: str
    tls: bool
    starttls: bool

    @classmethod
    def read(cls, url: str) -> "Server":
        """The server of a URL that the settings have found good.

        The connection is encrypted but for a server on this machine.
        """
        parts = urlsplit(url)
        host = parts.hostname or ""
        tls = parts.scheme == "smtps"
        return cls(
            host=host,
            port=parts.port or SMTP_PORTS[parts.scheme],
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password or ""),
            tls=tls,
            starttls=not tls and not is_loopback(host),
        )

    @property
    def shown(self) -> str:
        """Host and port, without the password."""
        return f"{self.host}:{self.port}"


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its very name."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def greeting_name(public_host: str) -> str:
    """What a client calls itself in EHLO: a name, or an address in brackets (RFC 5321, 4.1.3)."""
    try:
        address = ip_address(public_host)
    except ValueError:
        return public_host
    return f"[IPv6:{address}]" if address.version == 6 else f"[{address}]"  # noqa: PLR2004 - IPv6
