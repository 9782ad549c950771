"""What an import asks of whoever stands by: campaigns, which know contacts and not the reverse."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeAlias
from uuid import UUID

from tenantcrm.database import TenantSession


class Bystander(Protocol):
    """Sees to it that nobody enters a campaign that runs because of one batch."""

    async def cares(self) -> bool:
        """Whether there is anything that the batch could make somebody enter."""

    async def before(self, contacts: Sequence[UUID]) -> None:
        """These contacts, which are held, are about to change."""

    async def after(self, contacts: Sequence[UUID]) -> None:
        """These contacts were made or changed.

        Raises:
            CollidedError: what it went by is no longer so; the batch is tried again.
        """


Bystanders: TypeAlias = Callable[[TenantSession, datetime], Bystander]
"""One for each batch."""
