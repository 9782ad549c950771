"""Below SQLAlchemy: connections that bind their transactions, and sessions on the driver itself."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

AfterCommit: TypeAlias = Callable[[], Awaitable[None]]
Rows: TypeAlias = Sequence[Mapping[str, Any]]


class BoundConnection(asyncpg.Connection):  # type: ignore[misc] # asyncpg has no types
    """A connection whose every transaction begins with a binding, in one round trip.

    Always, and as a literal: an old binding never lingers on a pooled connection, and a literal
    SET LOCAL travels to the shards of a Citus cluster, which set_config() does not.
    """

    tenant: UUID | None = None
    """Whom the next transaction is bound to; used up by it."""

    async def execute(self, query: str, *args: Any, **options: Any) -> str:
        """Run a statement; asyncpg's transactions begin with one that starts with BEGIN."""
        if query.startswith("BEGIN"):
            bound = "" if self.tenant is None else str(UUID(bytes=self.tenant.bytes))
            self.tenant = None
            query = f"{query} SET LOCAL app.tenant_id = '{bound}'"
        status: str = await super().execute(query, *args, **options)
        return status


class UniqueError(Exception):
    """A unique key refused a statement; the transaction can only be rolled back."""


class DirectSession:
    """A unit of work of one tenant on the driver itself: for the hottest statements alone.

    It does what a session of SQLAlchemy does for statements that are built once, at less than half
    of the cost.
    """

    def __init__(self, tenant_id: UUID, connection: BoundConnection) -> None:
        """Made by :meth:`Database.direct_unit_of_work`."""
        self.tenant_id = tenant_id
        self._connection = connection
        self.callbacks: list[AfterCommit] = []
        self.transaction: Any = None

    async def fetch(self, statement: str, *values: Any) -> Rows:
        """Run a statement of the driver (``$1``, ``$2``, …); JSON is given as text.

        Raises:
            UniqueError: a unique key refused it.
        """
        try:
            rows: Rows = await self._connection.fetch(statement, *values)
        except asyncpg.UniqueViolationError as fault:
            raise UniqueError from fault
        return rows

    def after_commit(self, callback: AfterCommit) -> None:
        """Run ``callback`` once this unit of work has committed; a rollback drops it."""
        self.callbacks.append(callback)

    async def begin(self) -> None:
        """Begin the transaction, bound to the tenant."""
        self._connection.tenant = self.tenant_id
        self.transaction = self._connection.transaction()
        await self.transaction.start()

    async def rollback(self) -> None:
        """Undo everything, and go on in a new transaction."""
        self.callbacks.clear()
        await self.transaction.rollback()
        await self.begin()

    async def undo(self) -> None:
        """Undo everything; a connection that is gone has done so already."""
        if not self._connection.is_closed():
            await self.transaction.rollback()
