"""The messages of all queues, and every query for them. Times are Unix seconds of real time."""

import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from tenantcrm.sandbox.ses import rows

_TABLES = (
    """
    CREATE TABLE IF NOT EXISTS queues (name TEXT PRIMARY KEY, document TEXT NOT NULL)
    WITHOUT ROWID
    """,
    """
    CREATE TABLE IF NOT EXISTS queue_messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        queue TEXT NOT NULL,
        message_id TEXT NOT NULL,
        body TEXT NOT NULL, -- or the fields of a notification that is signed when it is received
        signs_as TEXT, -- JSON of {base, subscription, forgery}; NULL: the body stands as it is
        sent_at REAL NOT NULL,
        visible_at REAL NOT NULL,
        receives INTEGER NOT NULL DEFAULT 0,
        first_at REAL,
        receipt TEXT
    )
    """,
    "CREATE INDEX IF NOT EXISTS queue_messages_visible ON queue_messages (queue, visible_at)",
    "CREATE INDEX IF NOT EXISTS queue_messages_receipt ON queue_messages (receipt)",
)


class Sent(msgspec.Struct, frozen=True, array_like=True):
    """A message about to be kept."""

    queue: str
    message_id: str
    body: str
    signs_as: str | None
    sent_at: float
    visible_at: float


@dataclass(frozen=True, slots=True)
class Received:
    """A message that somebody received."""

    id: int
    message_id: str
    body: str
    signs_as: str | None
    sent_at: float
    receives: int
    first_at: float
    receipt: str


@dataclass(slots=True)
class Receive:
    """Who asks for messages; ``found`` is filled in."""

    queue: str
    most: int
    now: float
    hidden_until: float
    found: list[Received] = field(default_factory=list)


@dataclass(slots=True)
class Change:
    """A received message to be removed (``until`` None) or hidden until then."""

    queue: str
    receipt: str
    now: float
    until: float | None = None
    done: bool = False


def make(db: sqlite3.Connection, _: Sequence[None]) -> None:
    """Make the tables where there are none."""
    for table in _TABLES:
        db.execute(table)


def keep(db: sqlite3.Connection, sent: Sequence[Sent]) -> None:
    """Write messages."""
    rows.insert(
        db,
        "queue_messages",
        "queue, message_id, body, signs_as, sent_at, visible_at",
        [
            (one.queue, one.message_id, one.body, one.signs_as, one.sent_at, one.visible_at)
            for one in sent
        ],
    )


def receive(db: sqlite3.Connection, asked: Sequence[Receive]) -> None:
    """Hand out what is visible, the longest first, and hide it for a while."""
    for one in asked:
        found = db.execute(
            """
            UPDATE queue_messages SET visible_at = :hidden, receives = receives + 1,
                first_at = coalesce(first_at, :now), receipt = :receipt || '-' || id
            WHERE id IN (SELECT id FROM queue_messages WHERE queue = :queue AND visible_at <= :now
                         ORDER BY visible_at, id LIMIT :most)
            RETURNING id, message_id, body, signs_as, sent_at, receives, first_at, receipt
            """,
            {
                "hidden": one.hidden_until,
                "now": one.now,
                "receipt": secrets.token_hex(16),
                "queue": one.queue,
                "most": one.most,
            },
        ).fetchall()
        one.found = sorted((Received(*row) for row in found), key=lambda received: received.id)


def change(db: sqlite3.Connection, changes: Sequence[Change]) -> None:
    """Remove or hide messages by their newest receipt; an old one finds nothing."""
    for one in changes:
        held = {"queue": one.queue, "receipt": one.receipt, "now": one.now, "until": one.until}
        if one.until is None:
            done = db.execute(
                "DELETE FROM queue_messages WHERE receipt = :receipt AND queue = :queue", held
            )
        else:
            done = db.execute(
                "UPDATE queue_messages SET visible_at = :until WHERE receipt = :receipt "
                "AND queue = :queue AND visible_at > :now",
                held,
            )
        one.done = done.rowcount > 0


def following(db: sqlite3.Connection, queue: str) -> float | None:
    """When the next message of a queue is visible."""
    found: tuple[float | None] = db.execute(
        "SELECT min(visible_at) FROM queue_messages WHERE queue = ?", (queue,)
    ).fetchone()
    return found[0]


def counts(db: sqlite3.Connection, queue: str, now: float) -> tuple[int, int, int]:
    """How many of a queue are visible, received and hidden, sent but not visible yet."""
    found: tuple[int, int, int] = db.execute(
        "SELECT count(*) FILTER (WHERE visible_at <= :now), "
        "count(*) FILTER (WHERE visible_at > :now AND receives > 0), "
        "count(*) FILTER (WHERE visible_at > :now AND receives = 0) "
        "FROM queue_messages WHERE queue = :queue",
        {"queue": queue, "now": now},
    ).fetchone()
    return found


def drop(db: sqlite3.Connection, queues: Sequence[str]) -> None:
    """Remove every message of queues."""
    db.executemany("DELETE FROM queue_messages WHERE queue = ?", [(name,) for name in queues])
