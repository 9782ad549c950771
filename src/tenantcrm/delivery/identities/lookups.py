"""Ask DNS, and tell "it is not there" from "nobody could say"."""

import asyncio
from collections.abc import Sequence
from enum import StrEnum

import dns.asyncresolver
import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
from dns.rdtypes.ANY.CNAME import CNAME
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.TXT import TXT
from msgspec import Struct

TIMEOUT = 2.0
"""Seconds that one server is waited for."""
LIFETIME = 5.0
"""Seconds for a question in all."""
AT_ONCE = 16


class Found(StrEnum):
    """How a question ended."""

    ANSWERED = "answered"
    NOTHING = "nothing"
    """The name is there, without such a record (NOERROR, no data)."""
    NO_NAME = "no_name"
    """There is no such name (NXDOMAIN)."""
    UNKNOWN = "unknown"
    """Nobody could say: no answer in time, or the server failed (SERVFAIL)."""


class Lookup(Struct, frozen=True):
    """What DNS says. ``values``: one text a record; ``words``: why nothing is known."""

    found: Found
    values: tuple[str, ...] = ()
    words: str = ""


class Resolver:
    """Asks the machine's name servers, or the given ones."""

    def __init__(
        self,
        nameservers: Sequence[str] = (),
        *,
        port: int = 53,
        timeout: float = TIMEOUT,
        lifetime: float = LIFETIME,
    ) -> None:
        """``nameservers``: IP addresses; none: those of the machine, read when first needed."""
        self._nameservers = list(nameservers)
        self._port = port
        self._timeout, self._lifetime = timeout, lifetime
        self._places = asyncio.Semaphore(AT_ONCE)
        self._resolver: dns.asyncresolver.Resolver | None = None

    async def look(self, name: str, kind: str) -> Lookup:
        """The records of a type at a name; follows CNAMEs unless they are what is asked for.

        A value is written as in a zone file: names without their last dot, in lower case; MX as
        ``10 name``; the strings of a TXT put together (RFC 7208, 3.3).
        """
        async with self._places:
            try:
                answer = await self._opened().resolve(
                    dns.name.from_text(name), kind, search=False, lifetime=self._lifetime
                )
            except dns.resolver.NXDOMAIN:
                return Lookup(Found.NO_NAME)
            except dns.resolver.NoAnswer:
                return Lookup(Found.NOTHING)
            except dns.resolver.NoNameservers:
                return Lookup(Found.UNKNOWN, words="its name servers fail (SERVFAIL or refused)")
            except dns.exception.Timeout:
                return Lookup(Found.UNKNOWN, words="its name servers did not answer in time")
            except (dns.exception.DNSException, OSError) as fault:
                return Lookup(Found.UNKNOWN, words=f"DNS could not be asked ({_kind(fault)})")
        return Lookup(Found.ANSWERED, tuple(sorted(_text(data) for data in answer)))

    def _opened(self) -> dns.asyncresolver.Resolver:
        if self._resolver is None:
            self._resolver = dns.asyncresolver.Resolver(configure=not self._nameservers)
            if self._nameservers:
                self._resolver.nameservers = self._nameservers
                self._resolver.port = self._port
            self._resolver.timeout = self._timeout
            # A customer who has just mended a record wants to be told so now.
            self._resolver.cache = None
        return self._resolver


def _kind(fault: Exception) -> str:
    return type(fault).__name__


def _text(data: object) -> str:
    if isinstance(data, CNAME):
        return _host(data.target)
    if isinstance(data, MX):
        return f"{data.preference} {_host(data.exchange)}"
    if isinstance(data, TXT):
        return b"".join(data.strings).decode("utf-8", "replace")
    return str(data)


def _host(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()
