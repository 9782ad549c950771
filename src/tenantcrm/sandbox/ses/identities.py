"""Email identities: the addresses and domains that may be sent from. Verified as soon as made."""

import re
import secrets
import sqlite3
import string
from collections.abc import Sequence
from typing import Literal

import msgspec

from tenantcrm import clock
from tenantcrm.sandbox.ses.errors import AlreadyExistsError, BadRequestError, NotFoundError
from tenantcrm.sandbox.ses.store import Store

_DOMAIN = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
_TOKEN_LETTERS = string.ascii_lowercase + string.digits
_TOKEN_LENGTH = 32
_TOKENS = 3


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """An address or a domain that the account has proved to be its own."""

    name: str
    tokens: tuple[str, ...] = ()
    """DKIM tokens: ``{token}._domainkey.{name}`` is a CNAME of ``{token}.{hosted zone}``."""
    tags: tuple[tuple[str, str], ...] = ()
    configuration_set: str | None = None
    made_at: float

    @property
    def kind(self) -> Literal["EMAIL_ADDRESS", "DOMAIN"]:
        """``IdentityType`` of the API."""
        return "EMAIL_ADDRESS" if "@" in self.name else "DOMAIN"


def normal(name: str) -> str:
    """The name that identities are known by: only the local part keeps its case.

    Raises:
        BadRequestError: neither an address nor a domain.
    """
    local, at, domain = name.strip().rpartition("@")
    if (at and not local) or not _DOMAIN.fullmatch(domain.lower()):
        raise BadRequestError(f"Invalid email address or domain name: {name}.")
    return f"{local}{at}{domain.lower()}"


def covering(address: str) -> list[str]:
    """The identities of which any one allows sending from ``address``, the closest first.

    A label (``name+label@``) needs no identity of its own, and a domain covers its subdomains.
    Source: Amazon SES developer guide, "Verified identities".
    """
    local, _, domain = address.rpartition("@")
    domain = domain.lower()
    names = [f"{local}@{domain}"]
    if "+" in local:
        names.append(f"{local.split('+', 1)[0]}@{domain}")
    labels = domain.split(".")
    names += [".".join(labels[start:]) for start in range(len(labels) - 1)]
    return names


class Identities:
    """All identities: on disk, and in memory for the path of every mail."""

    def __init__(self, store: Store, known: dict[str, Identity]) -> None:
        """Take what :meth:`load` has read."""
        self._store, self._known = store, known

    @classmethod
    async def load(cls, store: Store) -> "Identities":
        """Read them from the store."""
        documents = await store.read(
            lambda db: db.execute("SELECT document FROM identities").fetchall()
        )
        found = [msgspec.json.decode(document, type=Identity) for (document,) in documents]
        return cls(store, {identity.name: identity for identity in found})

    def covering(self, address: str) -> Identity | None:
        """The closest identity that allows sending from ``address``."""
        for name in covering(address):
            if name in self._known:
                return self._known[name]
        return None

    def get(self, name: str) -> Identity:
        """One of them.

        Raises:
            NotFoundError: there is none of this name.
        """
        found = self._known.get(normal(name))
        if found is None:
            raise NotFoundError(f"Email identity {name} does not exist.")
        return found

    def all(self) -> list[Identity]:
        """All of them, by name."""
        return [self._known[name] for name in sorted(self._known)]

    async def create(
        self,
        name: str,
        *,
        tags: tuple[tuple[str, str], ...] = (),
        configuration_set: str | None = None,
    ) -> Identity:
        """Make one, verified.

        Raises:
            AlreadyExistsError: it is there.
        """
        name = normal(name)
        if name in self._known:
            raise AlreadyExistsError(f"Email identity {name} already exist.")
        tokens = () if "@" in name else tuple(_token() for _ in range(_TOKENS))
        identity = Identity(
            name=name,
            tokens=tokens,
            tags=tags,
            configuration_set=configuration_set,
            made_at=clock.now().timestamp(),
        )
        # Known before the commit, so that two requests at once cannot both make it.
        self._known[name] = identity
        try:
            await self._store.write(_insert, identity)
        except BaseException:
            del self._known[name]
            raise
        return identity

    async def delete(self, name: str) -> None:
        """Remove one: nothing more is sent from it."""
        identity = self.get(name)
        await self._store.write(_delete, identity.name)
        self._known.pop(identity.name, None)


def _insert(db: sqlite3.Connection, identities: Sequence[Identity]) -> None:
    db.executemany(
        "INSERT INTO identities (name, document) VALUES (?, ?)",
        [(one.name, msgspec.json.encode(one).decode()) for one in identities],
    )


def _delete(db: sqlite3.Connection, names: Sequence[str]) -> None:
    db.executemany("DELETE FROM identities WHERE name = ?", [(name,) for name in names])


def _token() -> str:
    return "".join(secrets.choice(_TOKEN_LETTERS) for _ in range(_TOKEN_LENGTH))
