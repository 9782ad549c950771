"""The tenants of the account: what may be used in a mail that is sent in the name of one."""

import re
import secrets

import msgspec
from msgspec.structs import replace

from tenantcrm import clock
from tenantcrm.sandbox.ses.documents import Documents
from tenantcrm.sandbox.ses.errors import AlreadyExistsError, BadRequestError, NotFoundError
from tenantcrm.sandbox.ses.store import Store

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class SesTenant(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant. ``resources``: the ARNs that are associated with it, and since when."""

    name: str
    id: str
    made_at: float
    tags: tuple[tuple[str, str], ...] = ()
    resources: dict[str, float] = {}


class SesTenants:
    """All tenants."""

    def __init__(self, documents: Documents[SesTenant]) -> None:
        """Take what :meth:`load` has read."""
        self._documents = documents

    @classmethod
    async def load(cls, store: Store) -> "SesTenants":
        """Read them from the store."""
        return cls(await Documents.load(store, "tenants", SesTenant))

    def get(self, name: str) -> SesTenant:
        """One of them.

        Raises:
            NotFoundError: there is none of this name.
        """
        found = self._documents.get(name)
        if found is None:
            raise NotFoundError(f"Tenant <{name}> does not exist.")
        return found

    def all(self) -> list[SesTenant]:
        """All of them, by name."""
        return self._documents.all()

    async def create(self, name: str, tags: tuple[tuple[str, str], ...] = ()) -> SesTenant:
        """Make one.

        Raises:
            AlreadyExistsError: the name is taken.
            BadRequestError: the name is not one.
        """
        if not _NAME.fullmatch(name):
            raise BadRequestError(
                f"Invalid tenant name <{name}>: only letters, digits, underscore and dash, "
                "64 characters at most."
            )
        if name in self._documents:
            raise AlreadyExistsError(f"Tenant <{name}> already exists.")
        made = SesTenant(
            name=name,
            id=f"tn-{secrets.token_hex(16)}",
            made_at=clock.now().timestamp(),
            tags=tags,
        )
        await self._documents.put(name, made)
        return made

    async def delete(self, name: str) -> None:
        """Remove one, with its associations."""
        await self._documents.remove(self.get(name).name)

    async def associate(self, name: str, arn: str) -> None:
        """Let a tenant use a resource.

        Raises:
            AlreadyExistsError: it may already.
        """
        found = self.get(name)
        if arn in found.resources:
            raise AlreadyExistsError(
                f"Resource <{arn}> is associated with tenant <{name}> already."
            )
        resources = found.resources | {arn: clock.now().timestamp()}
        await self._documents.put(name, replace(found, resources=resources))

    async def dissociate(self, name: str, arn: str) -> None:
        """Let a tenant use a resource no more.

        Raises:
            NotFoundError: it might not anyway.
        """
        found = self.get(name)
        if arn not in found.resources:
            raise NotFoundError(f"Resource <{arn}> is not associated with tenant <{name}>.")
        resources = {one: at for one, at in found.resources.items() if one != arn}
        await self._documents.put(name, replace(found, resources=resources))
