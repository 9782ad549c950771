"""Named things of one kind: on disk, and in memory for the path of every mail."""

import sqlite3
from collections.abc import Sequence
from typing import Generic, TypeVar

import msgspec

from tenantcrm.sandbox.ses.store import DOCUMENTS, Store

D = TypeVar("D", bound=msgspec.Struct)


class Documents(Generic[D]):
    """All of one kind, by name. What is not written is not known either."""

    def __init__(self, store: Store, table: str, known: dict[str, D]) -> None:
        """Take what :meth:`load` has read."""
        self._store, self._table, self._known = store, table, known

    @classmethod
    async def load(cls, store: Store, table: str, kind: type[D]) -> "Documents[D]":
        """Read them from their table, one of :data:`DOCUMENTS`."""
        if table not in DOCUMENTS:
            raise ValueError(table)
        rows = await store.read(
            lambda db: db.execute(f"SELECT name, document FROM {table}").fetchall()  # noqa: S608 -- checked above
        )
        decode = msgspec.json.Decoder(kind).decode
        return cls(store, table, {name: decode(document) for name, document in rows})

    def get(self, name: str) -> D | None:
        """One of them, where it is there."""
        return self._known.get(name)

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def names(self) -> list[str]:
        """The names of all, sorted."""
        return sorted(self._known)

    def all(self) -> list[D]:
        """All of them, by name."""
        return [self._known[name] for name in self.names()]

    async def put(self, name: str, document: D) -> None:
        """Keep one, new or in the place of another."""
        before = self._known.get(name)
        # Known before the commit, so that two requests at once cannot both make it.
        self._known[name] = document
        encoded = msgspec.json.encode(document).decode()
        try:
            await self._store.write(_put, (self._table, name, encoded))
        except BaseException:
            if before is None:
                self._known.pop(name, None)
            else:
                self._known[name] = before
            raise

    async def remove(self, name: str) -> None:
        """Forget one; nothing happens where there is none."""
        await self._store.write(_remove, (self._table, name))
        self._known.pop(name, None)


def _put(db: sqlite3.Connection, rows: Sequence[tuple[str, str, str]]) -> None:
    for table, name, document in rows:
        db.execute(
            f"INSERT INTO {table} (name, document) VALUES (?, ?) "  # noqa: S608 -- checked when loaded
            "ON CONFLICT (name) DO UPDATE SET document = excluded.document",
            (name, document),
        )


def _remove(db: sqlite3.Connection, rows: Sequence[tuple[str, str]]) -> None:
    for table, name in rows:
        db.execute(f"DELETE FROM {table} WHERE name = ?", (name,))  # noqa: S608 -- checked when loaded
