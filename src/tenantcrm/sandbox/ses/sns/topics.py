"""Topics and who is subscribed to them: on disk, and in memory for the path of every event."""

import re
import secrets
import sqlite3
from collections.abc import Sequence
from typing import Literal

import msgspec

from tenantcrm.sandbox.ses.arns import ACCOUNT
from tenantcrm.sandbox.ses.sns.errors import InvalidParameterError, TopicNotFoundError
from tenantcrm.sandbox.ses.store import Store

Protocol = Literal["http", "https", "sqs"]
_TOPIC = re.compile(r"arn:aws:sns:[a-z0-9-]+:[0-9]{12}:([A-Za-z0-9_-]{1,256})")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
_TABLES = (
    "CREATE TABLE IF NOT EXISTS topics (arn TEXT PRIMARY KEY) WITHOUT ROWID",
    """
    CREATE TABLE IF NOT EXISTS subscriptions (arn TEXT PRIMARY KEY, document TEXT NOT NULL)
    WITHOUT ROWID
    """,
)


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint that gets what is published to a topic, once it has confirmed."""

    arn: str
    topic_arn: str
    protocol: Protocol
    endpoint: str
    """A URL, or the ARN of a queue."""
    base: str
    """Where the simulator answers for whoever subscribed."""
    token: str = ""
    confirmed: bool = False
    wired: bool = False
    """Made by the simulator's own options at its start."""


class Topics:
    """All topics and subscriptions."""

    def __init__(self, store: Store, arns: set[str], known: dict[str, Subscription]) -> None:
        """Take what :meth:`load` has read."""
        self._store, self._arns, self._known = store, arns, known

    @classmethod
    async def load(cls, store: Store) -> "Topics":
        """Make the tables where there are none, and read them."""
        await store.write(_make, None)
        arns = await store.read(lambda db: db.execute("SELECT arn FROM topics").fetchall())
        rows = await store.read(
            lambda db: db.execute("SELECT document FROM subscriptions").fetchall()
        )
        found = [msgspec.json.decode(document, type=Subscription) for (document,) in rows]
        return cls(store, {arn for (arn,) in arns}, {one.arn: one for one in found})

    def arns(self) -> list[str]:
        """The topics, sorted."""
        return sorted(self._arns)

    async def make(self, arn: str) -> str:
        """Make a topic where there is none.

        Raises:
            InvalidParameterError: this is no ARN of a topic.
        """
        if not _TOPIC.fullmatch(arn):
            raise InvalidParameterError("Invalid parameter: TopicArn")
        if arn not in self._arns:
            self._arns.add(arn)
            await self._store.write(_keep_topic, arn)
        return arn

    async def delete(self, arn: str) -> None:
        """Remove a topic with its subscriptions."""
        self._arns.discard(arn)
        await self._store.write(_drop_topic, arn)
        for one in self.of(arn):
            await self.remove(one)

    def of(self, topic_arn: str) -> list[Subscription]:
        """Every subscription of a topic."""
        return [one for one in self._known.values() if one.topic_arn == topic_arn]

    def reached(self, topic_arn: str) -> list[Subscription]:
        """Those that get notifications.

        What the simulator itself subscribed at its start gets them from the beginning; they wait
        for the application, which may be started later, to confirm.
        """
        return [one for one in self.of(topic_arn) if one.confirmed or one.wired]

    def all(self) -> list[Subscription]:
        """All subscriptions."""
        return list(self._known.values())

    def find(self, arn: str) -> Subscription | None:
        """A subscription, where it is there."""
        return self._known.get(arn)

    async def subscribe(
        self, topic_arn: str, protocol: Protocol, endpoint: str, base: str, *, wired: bool = False
    ) -> tuple[Subscription, bool]:
        """The subscription of an endpoint, and whether it is new. A queue is confirmed at once.

        Raises:
            TopicNotFoundError: there is no such topic.
        """
        if topic_arn not in self._arns:
            raise TopicNotFoundError("Topic does not exist")
        for one in self.of(topic_arn):
            if (one.protocol, one.endpoint) == (protocol, endpoint):
                return one, False
        made = Subscription(
            arn=f"{topic_arn}:{secrets.token_hex(4)}-{secrets.token_hex(14)}",
            topic_arn=topic_arn,
            protocol=protocol,
            endpoint=endpoint,
            base=base,
            token=secrets.token_hex(64),
            confirmed=protocol == "sqs",
            wired=wired,
        )
        await self._keep(made)
        return made, True

    async def confirm(self, topic_arn: str, token: str) -> Subscription:
        """Confirm by the token; doing it again changes nothing.

        Raises:
            InvalidParameterError: no subscription of the topic has this token.
        """
        for one in self.of(topic_arn):
            if token and secrets.compare_digest(one.token, token):
                confirmed = msgspec.structs.replace(one, confirmed=True)
                if not one.confirmed:
                    await self._keep(confirmed)
                return confirmed
        raise InvalidParameterError("Invalid token")

    async def remove(self, gone: Subscription) -> None:
        """End a subscription."""
        self._known.pop(gone.arn, None)
        await self._store.write(_drop, gone.arn)

    async def _keep(self, one: Subscription) -> None:
        self._known[one.arn] = one
        await self._store.write(_keep, one)


def topic_arn(region: str, name: str) -> str:
    """The ARN of a topic by its name.

    Raises:
        InvalidParameterError: the name is not one.
    """
    if not _NAME.fullmatch(name):
        raise InvalidParameterError("Invalid parameter: Topic Name")
    return f"arn:aws:sns:{region}:{ACCOUNT}:{name}"


def _make(db: sqlite3.Connection, _: Sequence[None]) -> None:
    for table in _TABLES:
        db.execute(table)


def _keep_topic(db: sqlite3.Connection, arns: Sequence[str]) -> None:
    db.executemany("INSERT OR IGNORE INTO topics (arn) VALUES (?)", [(arn,) for arn in arns])


def _drop_topic(db: sqlite3.Connection, arns: Sequence[str]) -> None:
    db.executemany("DELETE FROM topics WHERE arn = ?", [(arn,) for arn in arns])


def _keep(db: sqlite3.Connection, kept: Sequence[Subscription]) -> None:
    db.executemany(
        "INSERT OR REPLACE INTO subscriptions (arn, document) VALUES (?, ?)",
        [(one.arn, msgspec.json.encode(one).decode()) for one in kept],
    )


def _drop(db: sqlite3.Connection, arns: Sequence[str]) -> None:
    db.executemany("DELETE FROM subscriptions WHERE arn = ?", [(arn,) for arn in arns])
