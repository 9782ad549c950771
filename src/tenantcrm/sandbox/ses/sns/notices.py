"""What is to be posted, and what became of it: one row a notification and subscription.

Rows carry their message until they are settled; from then on only how it ended.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from tenantcrm.sandbox.ses import rows

State = Literal["pending", "delivered", "failed", "dropped"]
_TABLES = (
    """
    CREATE TABLE IF NOT EXISTS notices (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        event_id INTEGER, -- NULL: published by hand, or a confirmation
        subscription TEXT NOT NULL,
        sns_id TEXT NOT NULL, -- SNS's MessageId: the same message twice has it twice
        fields TEXT, -- JSON of what is signed; NULL once it is settled
        forgery TEXT, -- JSON of what is wrong with it on purpose
        due REAL NOT NULL, -- Unix seconds of real time
        attempts INTEGER NOT NULL DEFAULT 0,
        state TEXT NOT NULL DEFAULT 'pending',
        status INTEGER, -- of the last answer; 0: there was none
        fault TEXT,
        settled_at REAL,
        confirms INTEGER NOT NULL -- whether it asks for a confirmation
    )
    """,
    """
    CREATE INDEX IF NOT EXISTS notices_waiting ON notices (subscription, confirms, due)
    WHERE state = 'pending'
    """,
    "CREATE INDEX IF NOT EXISTS notices_event ON notices (event_id)",
)


_WAITS = "state = 'pending' AND subscription = :arn AND confirms = :confirms"


class Notice(msgspec.Struct, frozen=True, array_like=True):
    """A message for one subscription, about to be kept. ``event``: its place in the batch."""

    event: int | None
    subscription: str
    sns_id: str
    fields: str
    due: float
    forgery: str | None = None
    state: State = "pending"
    confirms: bool = False


class Due(msgspec.Struct, frozen=True, array_like=True):
    """A message whose turn it is."""

    id: int
    subscription: str
    fields: str
    forgery: str | None
    attempts: int


class Settled(msgspec.Struct, frozen=True, array_like=True):
    """How an attempt ended; ``due``: when it is tried again, where it is pending still."""

    id: int
    state: State
    status: int
    fault: str
    attempts: int
    due: float
    at: float


def make(db: sqlite3.Connection, _: Sequence[None]) -> None:
    """Make the table where there is none."""
    for table in _TABLES:
        db.execute(table)


def keep(db: sqlite3.Connection, kept: Sequence[Notice], first_event: int = 0) -> None:
    """Write notices; ``event`` counts from ``first_event``."""
    rows.insert(
        db,
        "notices",
        "event_id, subscription, sns_id, fields, forgery, due, state, attempts, settled_at, "
        "confirms",
        [
            (
                None if one.event is None else first_event + one.event,
                one.subscription,
                one.sns_id,
                one.fields,
                one.forgery,
                one.due,
                one.state,
                one.state != "pending",
                None if one.state == "pending" else one.due,
                one.confirms,
            )
            for one in kept
        ],
    )


def due(
    db: sqlite3.Connection, now: float, limit: int, to: Iterable[tuple[str, bool]]
) -> tuple[list[Due], float | None]:
    """What is due by now, the longest first; and when the next is, where nothing is.

    ``to``: the subscriptions to look at, and whether each has confirmed; one that has not gets
    confirmations alone. However much waits for the others, it is not read.
    """
    found: list[tuple[float, Due]] = []
    following: list[float] = []
    for arn, confirmed in to:
        for confirms in (False, True) if confirmed else (True,):
            held = {"arn": arn, "confirms": confirms, "now": now, "limit": limit}
            rows = db.execute(
                "SELECT due, id, subscription, fields, forgery, attempts FROM notices "  # noqa: S608 -- constants
                f"WHERE {_WAITS} AND due <= :now ORDER BY due LIMIT :limit",
                held,
            ).fetchall()
            found += [(when, Due(*row)) for when, *row in rows]
            if not rows:
                (soonest,) = db.execute(
                    f"SELECT min(due) FROM notices WHERE {_WAITS}",  # noqa: S608 -- constants
                    held,
                ).fetchone()
                following += [] if soonest is None else [soonest]
    found.sort(key=lambda one: one[0])
    return [one for _, one in found[:limit]], min(following, default=None)


def drop(db: sqlite3.Connection, kept: Sequence[Sequence[str]]) -> None:
    """Give up what waits for any subscription but these."""
    for arns in kept:
        db.execute(
            "UPDATE notices SET state = 'dropped', fields = NULL WHERE state = 'pending' "
            "AND subscription NOT IN (SELECT value FROM json_each(?))",
            (msgspec.json.encode(arns).decode(),),
        )


def settle(db: sqlite3.Connection, settled: Sequence[Settled]) -> None:
    """Write how attempts ended."""
    db.execute(
        """
        UPDATE notices SET
            state = json_extract(one.value, '$[1]'), status = json_extract(one.value, '$[2]'),
            fault = json_extract(one.value, '$[3]'), attempts = json_extract(one.value, '$[4]'),
            due = json_extract(one.value, '$[5]'),
            fields = CASE json_extract(one.value, '$[1]') WHEN 'pending' THEN fields END,
            settled_at = CASE json_extract(one.value, '$[1]')
                         WHEN 'pending' THEN NULL ELSE json_extract(one.value, '$[6]') END
        FROM json_each(:rows) AS one
        WHERE notices.id = json_extract(one.value, '$[0]')
        """,
        {"rows": msgspec.json.encode(settled).decode()},
    )


def pending(db: sqlite3.Connection) -> int:
    """How many wait, whether due or not; confirmations that nobody gives are not counted."""
    (found,) = db.execute(
        "SELECT count(*) FROM notices WHERE state = 'pending' AND NOT confirms"
    ).fetchone()
    return int(found)
