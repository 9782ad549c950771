"""The one SQLite file of the simulator, and its two threads: one writes, one reads.

Writes wait in a queue; those of one kind that stand together are done together, in one
transaction, and whoever waits for one is answered after the commit. Mails, which are many and
short, are written on the event loop's own thread. The write-ahead log with
``synchronous=NORMAL`` keeps what is committed when the process is killed, not when power fails.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
Write = Callable[[sqlite3.Connection, Sequence[T]], None]
"""Writes all of its items; it is called with one or many."""
Read = Callable[[sqlite3.Connection], T]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS mails (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice, so that "after" holds for ever
    message_id TEXT NOT NULL,
    received_at REAL NOT NULL, -- Unix seconds on the clock of the sandbox
    sender TEXT NOT NULL,
    recipients TEXT NOT NULL, -- a JSON array, as they were written
    tags TEXT NOT NULL, -- a JSON array of [name, value]
    configuration_set TEXT,
    start INTEGER NOT NULL, -- where its source lies in the file of sources
    size INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS recipients (
    address TEXT NOT NULL, -- in lower case
    mail_id INTEGER NOT NULL,
    PRIMARY KEY (address, mail_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sent (
    minute INTEGER PRIMARY KEY, -- of the clock of the sandbox, since 1970
    recipients INTEGER NOT NULL
);
"""
DOCUMENTS = ("configuration_sets", "identities", "suppressions", "tenants")
"""Tables of named documents."""
_DOCUMENTS = """
CREATE TABLE IF NOT EXISTS {} (
    name TEXT PRIMARY KEY,
    document TEXT NOT NULL
) WITHOUT ROWID;
"""
_LATER = {
    "tenant": "ALTER TABLE mails ADD COLUMN tenant TEXT",
    "bulk": "ALTER TABLE mails ADD COLUMN bulk INTEGER NOT NULL DEFAULT 0",
}
"""Columns that the file of an older version may lack."""


@dataclass(slots=True)
class _Waiting:
    work: Write[Any]
    item: Any
    here: bool
    answer: "asyncio.Future[None]"


class Store:
    """The file, open. Make it with :meth:`open`."""

    def __init__(self, writing: sqlite3.Connection, reading: sqlite3.Connection) -> None:
        """Take two connections to one file; each is used by its own thread from here on."""
        self._writing, self._reading = writing, reading
        self._writer = ThreadPoolExecutor(1, "ses-write")
        self._reader = ThreadPoolExecutor(1, "ses-read")
        self._queue: deque[_Waiting] = deque()
        self._draining: asyncio.Task[None] | None = None

    @classmethod
    def open(cls, path: Path) -> "Store":
        """Open or make the file, in a folder that is there."""
        writing = _connect(path)
        writing.execute("PRAGMA journal_mode = WAL")
        writing.execute("PRAGMA synchronous = NORMAL")
        writing.executescript(_SCHEMA + "".join(map(_DOCUMENTS.format, DOCUMENTS)))
        there = {row[1] for row in writing.execute("PRAGMA table_info (mails)")}
        for column, statement in _LATER.items():
            if column not in there:
                writing.execute(statement)
        reading = _connect(path)
        reading.execute("PRAGMA query_only = ON")
        return cls(writing, reading)

    def write(self, work: Write[T], item: T, *, here: bool = False) -> "asyncio.Future[None]":
        """Have ``item`` written by ``work``; the future is done when it is committed.

        ``here``: on the thread of the event loop, for what is short and frequent. To hand it over
        to another thread, with the interpreter's lock, costs several times the writing.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[None] = loop.create_future()
        self._queue.append(_Waiting(work, item, here, answer))
        if self._draining is None:
            self._draining = loop.create_task(self._drain())
        return answer

    async def read(self, work: Read[T]) -> T:
        """Do ``work`` on the reading connection, away from the event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._reader, work, self._reading)

    async def close(self) -> None:
        """Finish what waits, then close the file."""
        while self._draining is not None:
            await self._draining
        self._writer.shutdown()
        self._reader.shutdown()
        self._reading.close()
        self._writing.close()

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        while self._queue:
            waiting = list(self._queue)
            self._queue.clear()
            for (work, here), group in groupby(waiting, lambda one: (one.work, one.here)):
                together = list(group)
                items = [one.item for one in together]
                if here:
                    fault = self._transact(work, items)
                else:
                    fault = await loop.run_in_executor(self._writer, self._transact, work, items)
                _answer(together, fault)
        self._draining = None

    def _transact(self, work: Write[Any], items: Sequence[Any]) -> Exception | None:
        connection = self._writing
        try:
            connection.execute("BEGIN IMMEDIATE")
            work(connection, items)
            connection.execute("COMMIT")
        except Exception as fault:  # noqa: BLE001 -- those who wait for the write get it
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            return fault
        return None


def _answer(together: Sequence[_Waiting], fault: Exception | None) -> None:
    for waiting in together:
        if waiting.answer.cancelled():
            continue
        if fault is None:
            waiting.answer.set_result(None)
        else:
            waiting.answer.set_exception(fault)


def _connect(path: Path) -> sqlite3.Connection:
    # Each connection is handed to exactly one thread, which SQLite's module cannot see.
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
