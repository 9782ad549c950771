"""The events that were made, and every query for them."""

import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec

from tenantcrm.sandbox.ses import rows

_TABLES = (
    """
    CREATE TABLE IF NOT EXISTS events (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        mail_id INTEGER NOT NULL,
        message_id TEXT NOT NULL,
        recipient TEXT NOT NULL,
        event TEXT NOT NULL,
        detail TEXT NOT NULL,
        at REAL NOT NULL, -- Unix seconds on the clock of the sandbox
        faults TEXT NOT NULL -- a JSON array: lost, doubled, late, reordered
    )
    """,
    "CREATE INDEX IF NOT EXISTS events_mail ON events (mail_id)",
)
_ATTEMPTS = (
    "SELECT event_id, sns_id, subscription, state, attempts, status, fault, settled_at "
    "FROM notices WHERE event_id IN (SELECT value FROM json_each(?)) ORDER BY id"
)
_decode_faults = msgspec.json.Decoder(tuple[str, ...]).decode
_COLUMNS = "id, mail_id, message_id, recipient, event, detail, at, faults"


class Made(msgspec.Struct, frozen=True, array_like=True):
    """An event about to be kept."""

    mail_id: int
    message_id: str
    recipient: str
    event: str
    detail: str
    at: float
    faults: tuple[str, ...] = ()


class Attempted(msgspec.Struct, frozen=True):
    """What became of one notification of an event. ``status`` 0: there was no answer."""

    sns_id: str
    subscription: str
    state: str
    attempts: int
    status: int | None
    fault: str | None
    settled_at: float | None


class Emitted(msgspec.Struct, frozen=True):
    """An event that was made, and what became of it."""

    id: int
    mail_id: int
    message_id: str
    to: str
    event: str
    detail: str
    at: float
    faults: tuple[str, ...]
    notices: list[Attempted]


def make(db: sqlite3.Connection, _: Sequence[None]) -> None:
    """Make the table where there is none."""
    for table in _TABLES:
        db.execute(table)


def keep(db: sqlite3.Connection, made: Sequence[Made]) -> int:
    """Write events; the id of the first of them, which the others follow."""
    (first,) = db.execute(
        "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0) + 1"
    ).fetchone()
    rows.insert(
        db,
        "events",
        _COLUMNS,
        [
            (
                first + place,
                one.mail_id,
                one.message_id,
                one.recipient,
                one.event,
                one.detail,
                one.at,
                msgspec.json.encode(one.faults).decode(),
            )
            for place, one in enumerate(made)
        ],
    )
    return int(first)


def after(db: sqlite3.Connection, event_id: int, limit: int) -> list[Emitted]:
    """Events after an id, in the order that they were made in."""
    return _with_attempts(
        db,
        db.execute(
            f"SELECT {_COLUMNS} FROM events WHERE id > ? ORDER BY id LIMIT ?",  # noqa: S608 -- constants
            (event_id, limit),
        ).fetchall(),
    )


def of_mail(db: sqlite3.Connection, mail_id: int) -> list[Emitted]:
    """The events of one mail, in the order that they happened in."""
    return _with_attempts(
        db,
        db.execute(
            f"SELECT {_COLUMNS} FROM events WHERE mail_id = ? ORDER BY at, id",  # noqa: S608 -- constants
            (mail_id,),
        ).fetchall(),
    )


def forget(db: sqlite3.Connection, _: Sequence[None]) -> None:
    """Remove the events of which nothing waits to be posted any more."""
    db.execute("DELETE FROM notices WHERE state <> 'pending'")
    db.execute(
        "DELETE FROM events WHERE id NOT IN "
        "(SELECT event_id FROM notices WHERE event_id IS NOT NULL)"
    )


def _with_attempts(db: sqlite3.Connection, found: Sequence[Sequence[Any]]) -> list[Emitted]:
    ids = msgspec.json.encode([row[0] for row in found]).decode()
    attempts: dict[int, list[Attempted]] = {}
    for event_id, *attempt in db.execute(_ATTEMPTS, (ids,)):
        attempts.setdefault(event_id, []).append(Attempted(*attempt))
    return [
        Emitted(
            id=row[0],
            mail_id=row[1],
            message_id=row[2],
            to=row[3],
            event=row[4],
            detail=row[5],
            at=row[6],
            faults=_decode_faults(row[7]),
            notices=attempts.get(row[0], []),
        )
        for row in found
    ]
