"""The mails that were taken: how they are kept, and every query for them."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from tenantcrm.sandbox.ses.sources import Sources

_COLUMNS = "id, message_id, received_at, sender, recipients, tags, configuration_set, start, size"
GLANCE = 64 * 1024
"""Bytes of a mail's source that are enough for a line in a list."""
HIGHEST_ID = 2**63 - 1
_KEEP_MAILS = """
    INSERT INTO mails (id, message_id, received_at, sender, recipients, tags, configuration_set,
                       start, size, tenant, bulk)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
# One address may be named twice, in another case too.
_KEEP_RECIPIENTS = "INSERT OR IGNORE INTO recipients (address, mail_id) VALUES (?, ?)"
_KEEP_SENT = """
    INSERT INTO sent (minute, recipients) VALUES (?, ?)
    ON CONFLICT (minute) DO UPDATE SET recipients = recipients + excluded.recipients
"""
_encode = msgspec.json.Encoder().encode
_decode_recipients = msgspec.json.Decoder(tuple[str, ...]).decode
_decode_tags = msgspec.json.Decoder(tuple[tuple[str, str], ...]).decode


@dataclass(slots=True)
class Taken:
    """A mail that passed every check. ``message_id``: SES's, without the domain."""

    message_id: str
    received_at: datetime
    """On the clock of the sandbox."""
    sender: str
    recipients: Sequence[str]
    """The addresses alone, as they were written."""
    tags: Sequence[tuple[str, str]]
    configuration_set: str | None
    raw: bytes
    tenant: str | None = None
    bulk: bool = False
    id: int = 0
    """Of its row, from the moment that it is kept."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is known of a kept mail without reading it."""

    id: int
    message_id: str
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    tags: tuple[tuple[str, str], ...]
    configuration_set: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """Kept mails, newest first, each with the start of its source, and where the page lies."""

    mails: list[tuple[Envelope, bytes]]
    total: int
    """How many match, on all pages."""
    newer: bool
    older: bool


class Mails:
    """All mails. The methods take the connection of the thread that they are called in."""

    def __init__(self, sources: Sources) -> None:
        """Take the file of sources."""
        self._sources = sources

    def keep(self, db: sqlite3.Connection, taken: Sequence[Taken]) -> None:
        """Write mails, in their order."""
        first, any_kept = db.execute(
            "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'mails'), 0) + 1, "
            "EXISTS (SELECT 1 FROM mails)"
        ).fetchone()
        if not any_kept:
            # Only here is it certain that no committed row points into the file.
            self._sources.clear()
        starts = self._sources.append([mail.raw for mail in taken])
        rows: list[tuple[object, ...]] = []
        named: list[tuple[str, int]] = []
        sent: dict[int, int] = {}
        for number, (mail, start) in enumerate(zip(taken, starts, strict=True), first):
            mail.id = number
            at = mail.received_at.timestamp()
            minute = int(at) // 60
            sent[minute] = sent.get(minute, 0) + len(mail.recipients)
            named += [(address.lower(), number) for address in mail.recipients]
            rows.append(
                (
                    number,
                    mail.message_id,
                    at,
                    mail.sender,
                    _encode(mail.recipients).decode(),
                    _encode(mail.tags).decode(),
                    mail.configuration_set,
                    start,
                    len(mail.raw),
                    mail.tenant,
                    mail.bulk,
                )
            )
        db.executemany(_KEEP_MAILS, rows)
        db.executemany(_KEEP_RECIPIENTS, named)
        db.executemany(_KEEP_SENT, list(sent.items()))

    def keep_all(self, db: sqlite3.Connection, groups: Sequence[Sequence[Taken]]) -> None:
        """Write mails that were taken together: all of them, or none."""
        self.keep(db, [mail for group in groups for mail in group])

    def one(self, db: sqlite3.Connection, mail_id: int) -> tuple[Envelope, bytes] | None:
        """A mail and its source."""
        row = db.execute(
            f"SELECT {_COLUMNS} FROM mails WHERE id = ?",  # noqa: S608 -- constants
            (mail_id,),
        ).fetchone()
        return None if row is None else self._with_source(row)

    def several(
        self, db: sqlite3.Connection, ids: Sequence[int]
    ) -> Iterator[tuple[Envelope, bytes]]:
        """The mails of ``ids`` that are still there, in that order, each read when its turn is."""
        return (found for mail_id in ids if (found := self.one(db, mail_id)) is not None)

    def page(
        self,
        db: sqlite3.Connection,
        part: str,
        *,
        before: int | None,
        after: int | None,
        size: int,
    ) -> Page:
        """A page of the mails of which a recipient contains ``part``, which is in lower case.

        ``before``, ``after``: ids; the next older mails, the next newer ones; else the newest.
        """
        match = _match(part)
        asked = {"part": part, "before": before, "after": after, "size": size}
        (total,) = db.execute(f"SELECT count(*) FROM mails WHERE {match}", asked).fetchone()  # noqa: S608 -- constants
        if after is not None:
            order, beyond = "ASC", "id > :after"
        else:
            order, beyond = "DESC", "id < :before" if before is not None else "true"
        rows = db.execute(
            f"SELECT {_COLUMNS} FROM mails "  # noqa: S608 -- constants
            f"WHERE {match} AND {beyond} ORDER BY id {order} LIMIT :size",
            asked,
        ).fetchall()
        rows.sort(reverse=True)
        newer = older = None
        if rows:
            newer, _ = beside(db, rows[0][0], part)
            _, older = beside(db, rows[-1][0], part)
        found = [self._with_source(row, GLANCE) for row in rows]
        return Page(found, total, newer is not None, older is not None)

    def empty(self, db: sqlite3.Connection, _: Sequence[None]) -> None:
        """Remove every mail. What was sent stays counted; the room is free with the next mail."""
        db.execute("DELETE FROM mails")
        db.execute("DELETE FROM recipients")

    def _with_source(self, row: Sequence[Any], most: int | None = None) -> tuple[Envelope, bytes]:
        *_, start, size = row
        return _envelope(row), self._sources.read(start, size if most is None else min(size, most))


def sizes(db: sqlite3.Connection, to: str | None, after: int, limit: int) -> list[tuple[int, int]]:
    """``(id, bytes)`` of the mails after an id, oldest first; ``to``: an address in any case."""
    if to is None:
        rows = db.execute(
            "SELECT id, size FROM mails WHERE id > ? ORDER BY id LIMIT ?", (after, limit)
        )
    else:
        rows = db.execute(
            "SELECT m.id, m.size FROM recipients r JOIN mails m ON m.id = r.mail_id "
            "WHERE r.address = ? AND r.mail_id > ? ORDER BY r.mail_id LIMIT ?",
            (to.lower(), after, limit),
        )
    return rows.fetchall()


def beside(db: sqlite3.Connection, mail_id: int, part: str) -> tuple[int | None, int | None]:
    """The ids of the next newer and the next older mail of which a recipient contains ``part``."""
    match = _match(part)
    found: tuple[int | None, int | None] = db.execute(
        f"SELECT (SELECT min(id) FROM mails WHERE {match} AND id > :id), "  # noqa: S608 -- constants
        f"(SELECT max(id) FROM mails WHERE {match} AND id < :id)",
        {"part": part, "id": mail_id},
    ).fetchone()
    return found


def state(db: sqlite3.Connection) -> tuple[int, int]:
    """The newest id ever given and how many mails there are: either changes when the list does."""
    found: tuple[int, int] = db.execute(
        "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'mails'), 0), "
        "(SELECT count(*) FROM mails)"
    ).fetchone()
    return found


def _match(part: str) -> str:
    return "id IN (SELECT mail_id FROM recipients WHERE instr(address, :part))" if part else "true"


def _envelope(row: Sequence[Any]) -> Envelope:
    mail_id, message_id, received_at, sender, recipients, tags, configuration_set = row[:7]
    return Envelope(
        mail_id,
        message_id,
        datetime.fromtimestamp(received_at, UTC),
        sender,
        _decode_recipients(recipients),
        _decode_tags(tags),
        configuration_set,
    )
