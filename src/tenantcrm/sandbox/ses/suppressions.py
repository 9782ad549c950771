"""The suppression list of the account: addresses that SES takes mail for and sends none to."""

from typing import Literal

import msgspec

from tenantcrm import clock
from tenantcrm.sandbox.ses import addresses
from tenantcrm.sandbox.ses.documents import Documents
from tenantcrm.sandbox.ses.errors import NotFoundError
from tenantcrm.sandbox.ses.store import Store

Reason = Literal["BOUNCE", "COMPLAINT"]


class Suppressed(msgspec.Struct, frozen=True, kw_only=True):
    """An address on the list. ``at``: Unix seconds on the clock of the sandbox."""

    address: str
    reason: Reason
    at: float
    message_id: str | None = None
    """The mail that brought it here, where one did."""


class Suppressions:
    """The list. Addresses are the same in any case of letters."""

    def __init__(self, documents: Documents[Suppressed]) -> None:
        """Take what :meth:`load` has read."""
        self._documents = documents

    @classmethod
    async def load(cls, store: Store) -> "Suppressions":
        """Read it from the store."""
        return cls(await Documents.load(store, "suppressions", Suppressed))

    def reason(self, address: str) -> Reason | None:
        """Why an address is on the list; None: it is not."""
        found = self._documents.get(address.lower())
        return found.reason if found else None

    def get(self, address: str) -> Suppressed:
        """One of them.

        Raises:
            NotFoundError: it is not on the list.
        """
        found = self._documents.get(address.lower())
        if found is None:
            raise NotFoundError(f"Email address {address} does not exist on your suppression list.")
        return found

    def all(self) -> list[Suppressed]:
        """All of them, by address."""
        return self._documents.all()

    async def put(self, address: str, reason: Reason, message_id: str | None = None) -> None:
        """Put an address on the list, or change why it is there.

        Raises:
            BadRequestError: it is no address.
        """
        key = addresses.checked(address).lower()
        now = clock.now().timestamp()
        await self._documents.put(
            key, Suppressed(address=key, reason=reason, at=now, message_id=message_id)
        )

    async def delete(self, address: str) -> None:
        """Take an address from the list.

        Raises:
            NotFoundError: it is not on it.
        """
        await self._documents.remove(self.get(address).address)
