"""Email identities: the addresses and domains that may be sent from."""

import re
import secrets
import string
from typing import Literal

import msgspec
from msgspec.structs import replace

from tenantcrm import clock
from tenantcrm.sandbox.ses.documents import Documents
from tenantcrm.sandbox.ses.errors import AlreadyExistsError, BadRequestError, NotFoundError
from tenantcrm.sandbox.ses.store import Store

_DOMAIN = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
_TOKEN_LETTERS = string.ascii_lowercase + string.digits
_TOKEN_LENGTH = 32
_TOKENS = 3
_MOST_REMEMBERED = 10_000
Status = Literal["PENDING", "SUCCESS", "FAILED", "TEMPORARY_FAILURE"]
"""How far a proof is; in the words of the API."""
OnMxFailure = Literal["USE_DEFAULT_VALUE", "REJECT_MESSAGE"]


class MailFrom(msgspec.Struct, frozen=True, kw_only=True):
    """A domain of the customer's own for bounces."""

    domain: str
    status: Status = "SUCCESS"
    on_mx_failure: OnMxFailure = "USE_DEFAULT_VALUE"


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """An address or a domain that is, or shall be, the account's own."""

    name: str
    tokens: tuple[str, ...] = ()
    """DKIM tokens: ``{token}._domainkey.{name}`` is a CNAME of ``{token}.{hosted zone}``."""
    tags: tuple[tuple[str, str], ...] = ()
    configuration_set: str | None = None
    made_at: float
    status: Status = "SUCCESS"
    """Only with SUCCESS it may be sent from."""
    dkim: Status = "SUCCESS"
    signing: bool = True
    mail_from: MailFrom | None = None

    @property
    def kind(self) -> Literal["EMAIL_ADDRESS", "DOMAIN"]:
        """``IdentityType`` of the API."""
        return "EMAIL_ADDRESS" if "@" in self.name else "DOMAIN"

    @property
    def verified(self) -> bool:
        """Whether it may be sent from."""
        return self.status == "SUCCESS"

    @property
    def domain(self) -> str:
        """The domain, or that of the address."""
        return self.name.rpartition("@")[2]


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
    """All identities."""

    def __init__(self, documents: Documents[Identity], first: Status) -> None:
        """Take what :meth:`load` has read, and how far the proofs of a new identity are."""
        self._documents, self._first = documents, first
        self._covering: dict[str, Identity | None] = {}
        """What :meth:`covering` found, until an identity changes."""

    @classmethod
    async def load(cls, store: Store, first: Status = "SUCCESS") -> "Identities":
        """Read them from the store."""
        return cls(await Documents.load(store, "identities", Identity), first)

    def covering(self, address: str) -> Identity | None:
        """The closest identity that allows sending from ``address``."""
        if address not in self._covering:
            if len(self._covering) >= _MOST_REMEMBERED:
                self._covering.clear()
            among = (self._documents.get(name) for name in covering(address))
            self._covering[address] = next((one for one in among if one and one.verified), None)
        return self._covering[address]

    def get(self, name: str) -> Identity:
        """One of them.

        Raises:
            NotFoundError: there is none of this name.
        """
        found = self._documents.get(normal(name))
        if found is None:
            raise NotFoundError(f"Email identity {name} does not exist.")
        return found

    def all(self) -> list[Identity]:
        """All of them, by name."""
        return self._documents.all()

    async def create(
        self,
        name: str,
        *,
        tags: tuple[tuple[str, str], ...] = (),
        configuration_set: str | None = None,
        status: Status | None = None,
    ) -> Identity:
        """Make one; ``status`` where it shall not begin as all others do.

        Raises:
            AlreadyExistsError: it is there.
        """
        name = normal(name)
        if name in self._documents:
            raise AlreadyExistsError(f"Email identity {name} already exist.")
        tokens = () if "@" in name else tuple(_token() for _ in range(_TOKENS))
        identity = Identity(
            name=name,
            tokens=tokens,
            tags=tags,
            configuration_set=configuration_set,
            made_at=clock.now().timestamp(),
            status=status or self._first,
            dkim=status or self._first,
        )
        await self._put(identity)
        return identity

    async def replace(self, changed: Identity) -> None:
        """Keep another document under the name of one that is there."""
        self.get(changed.name)
        await self._put(changed)

    async def set_mail_from(
        self, name: str, domain: str | None, on_mx_failure: OnMxFailure
    ) -> None:
        """Have bounces go to a domain of the customer's own, or, with None, to SES's again.

        Raises:
            BadRequestError: the domain is not below that of the identity.
        """
        found = self.get(name)
        made = None
        if domain:
            domain = domain.lower()
            if not _DOMAIN.fullmatch(domain) or not domain.endswith(f".{found.domain}"):
                raise BadRequestError(
                    f"Provided MAIL-FROM domain <{domain}> is not subdomain of the domain of the "
                    f"identity <{found.name}>."
                )
            made = MailFrom(domain=domain, status=self._first, on_mx_failure=on_mx_failure)
        await self.replace(replace(found, mail_from=made))

    async def delete(self, name: str) -> None:
        """Remove one: nothing more is sent from it."""
        await self._documents.remove(self.get(name).name)
        self._covering.clear()

    async def _put(self, identity: Identity) -> None:
        await self._documents.put(identity.name, identity)
        self._covering.clear()


def _token() -> str:
    return "".join(secrets.choice(_TOKEN_LETTERS) for _ in range(_TOKEN_LENGTH))
