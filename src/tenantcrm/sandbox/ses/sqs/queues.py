"""Queues: made on demand, kept on disk, with long polling and visibility time-outs."""

import asyncio
import re
import secrets
import sqlite3
import time
from collections.abc import Sequence
from functools import partial

import msgspec

from tenantcrm.sandbox.ses.arns import ACCOUNT
from tenantcrm.sandbox.ses.sqs import messages
from tenantcrm.sandbox.ses.sqs.errors import (
    InvalidValueError,
    NotInFlightError,
    QueueNotFoundError,
)
from tenantcrm.sandbox.ses.sqs.messages import Change, Receive, Received, Sent
from tenantcrm.sandbox.ses.store import Store

MOST_AT_ONCE = 10
MOST_BYTES = 1024 * 1024
VISIBILITY = 30.0
LONGEST_WAIT = 20.0
_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_SOONEST = 0.01


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """A queue. ``attributes``: as CreateQueue was given them."""

    name: str
    attributes: dict[str, str] = {}

    def seconds(self, attribute: str, default: float) -> float:
        """A time among the attributes."""
        try:
            return float(self.attributes[attribute])
        except (KeyError, ValueError):
            return default


class Queues:
    """All queues."""

    def __init__(self, store: Store, region: str, known: dict[str, Queue]) -> None:
        """Take what :meth:`load` has read."""
        self._store, self._region, self._known = store, region, known
        self._arrivals: dict[str, asyncio.Event] = {}

    @classmethod
    async def load(cls, store: Store, region: str) -> "Queues":
        """Make the tables where there are none, and read the queues."""
        await store.write(messages.make, None)
        rows = await store.read(lambda db: db.execute("SELECT document FROM queues").fetchall())
        found = [msgspec.json.decode(document, type=Queue) for (document,) in rows]
        return cls(store, region, {one.name: one for one in found})

    def arn(self, name: str) -> str:
        """The ARN of a queue."""
        return f"arn:aws:sqs:{self._region}:{ACCOUNT}:{name}"

    def names(self) -> list[str]:
        """All of them, sorted."""
        return sorted(self._known)

    def get(self, name: str) -> Queue:
        """One of them.

        Raises:
            QueueNotFoundError: there is none of this name.
        """
        found = self._known.get(name)
        if found is None:
            raise QueueNotFoundError("The specified queue does not exist.")
        return found

    async def make(self, name: str, attributes: dict[str, str] | None = None) -> Queue:
        """The queue of this name, made where there is none.

        Raises:
            InvalidValueError: the name is not one.
        """
        if not _NAME.fullmatch(name):
            raise InvalidValueError(
                "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in "
                "length"
            )
        found = self._known.get(name)
        if found is None or attributes:
            found = Queue(name=name, attributes=attributes or {})
            self._known[name] = found
            await self._store.write(_keep, found)
        return found

    async def delete(self, name: str) -> None:
        """Remove a queue with its messages."""
        self.get(name)
        del self._known[name]
        await self._store.write(_drop, name)
        await self._store.write(messages.drop, name)

    async def purge(self, name: str) -> None:
        """Remove the messages of a queue."""
        await self._store.write(messages.drop, self.get(name).name)

    async def send(self, name: str, body: str, delay: float) -> str:
        """Put a message into a queue; its id.

        Raises:
            InvalidValueError: it is empty or too long.
        """
        if not body or len(body.encode()) > MOST_BYTES:
            raise InvalidValueError(f"The body takes from 1 to {MOST_BYTES} bytes.")
        now = time.time()
        message_id = _message_id()
        sent = Sent(self.get(name).name, message_id, body, None, now, now + delay)
        await self._store.write(messages.keep, sent)
        self.arrived(name)
        return message_id

    def arrived(self, name: str) -> None:
        """Wake those who wait for messages of a queue."""
        event = self._arrivals.pop(name, None)
        if event is not None:
            event.set()

    async def receive(
        self, name: str, *, most: int, wait: float, visibility: float
    ) -> list[Received]:
        """Up to ``most`` messages, hidden for ``visibility`` seconds; waits until there is one."""
        queue = self.get(name)
        end = time.monotonic() + wait
        while True:
            arrival = self._arrivals.setdefault(name, asyncio.Event())
            now = time.time()
            asked = Receive(queue.name, most, now, now + visibility)
            await self._store.write(messages.receive, asked)
            left = end - time.monotonic()
            if asked.found or left <= 0:
                return asked.found
            following = await self._store.read(partial(messages.following, queue=name))
            if following is not None:
                left = min(left, max(_SOONEST, following - time.time()))
            try:
                async with asyncio.timeout(left):
                    await arrival.wait()
            except TimeoutError:
                continue

    async def remove(self, name: str, receipts: Sequence[str]) -> None:
        """Delete received messages; one that is gone already is no fault, as with SQS."""
        queue, now = self.get(name), time.time()
        await asyncio.gather(
            *(
                self._store.write(messages.change, Change(queue.name, receipt, now))
                for receipt in receipts
            )
        )

    async def hide(self, name: str, receipt: str, seconds: float) -> None:
        """Hide a received message for so long from now; 0 shows it again.

        Raises:
            NotInFlightError: it is not hidden at present.
        """
        now = time.time()
        asked = Change(self.get(name).name, receipt, now, until=now + seconds)
        await self._store.write(messages.change, asked)
        if not asked.done:
            raise NotInFlightError("The specified message is not in flight.")
        self.arrived(name)

    async def counts(self, name: str) -> tuple[int, int, int]:
        """How many are visible, received and hidden, sent but not visible yet."""
        look = partial(messages.counts, queue=self.get(name).name, now=time.time())
        return await self._store.read(look)


def _message_id() -> str:
    text = secrets.token_hex(16)
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def notified(queue: str, fields: str, signs_as: str, due: float) -> Sent:
    """A notification on its way into a queue, signed when somebody receives it."""
    return Sent(queue, _message_id(), fields, signs_as, due, due)


def _keep(db: sqlite3.Connection, kept: Sequence[Queue]) -> None:
    db.executemany(
        "INSERT OR REPLACE INTO queues (name, document) VALUES (?, ?)",
        [(one.name, msgspec.json.encode(one).decode()) for one in kept],
    )


def _drop(db: sqlite3.Connection, names: Sequence[str]) -> None:
    db.executemany("DELETE FROM queues WHERE name = ?", [(name,) for name in names])
