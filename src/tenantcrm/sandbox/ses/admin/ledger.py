"""``GET /_ledger``: every mail that was taken, one line for each recipient, to compare with."""

import sqlite3
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import Parameter
from litestar.response import Stream

from tenantcrm.sandbox.ses.mails import HIGHEST_ID, Entry, ledger
from tenantcrm.sandbox.ses.simulator import Simulator

_AT_ONCE = 5_000
"""Mails that stand in memory together."""


class Line(msgspec.Struct, frozen=True):
    """A recipient of a mail."""

    id: int
    """Of the mail, in order of arrival; the lines of one mail have the same."""
    message_id: str
    to: str
    tags: dict[str, str]
    received_at: str
    """On the clock of the sandbox: RFC 3339, UTC, in milliseconds."""
    bulk: bool
    tenant: str | None


_encode_lines = msgspec.json.Encoder().encode_lines


def _encoded(db: sqlite3.Connection, after: int, limit: int) -> tuple[bytes, int, int]:
    entries = ledger(db, after, limit)
    lines = [line for entry in entries for line in _lines(entry)]
    return _encode_lines(lines), len(entries), entries[-1].id if entries else after


def _lines(entry: Entry) -> list[Line]:
    at = f"{entry.received_at.isoformat(timespec='milliseconds')[:-6]}Z"
    tags = dict(entry.tags)
    return [
        Line(entry.id, entry.message_id, to, tags, at, entry.bulk, entry.tenant)
        for to in entry.recipients
    ]


async def _pages(simulator: Simulator, after: int, limit: int) -> AsyncIterator[bytes]:
    while limit > 0:
        size = min(limit, _AT_ONCE)
        lines, found, after = await simulator.store.read(partial(_encoded, after=after, limit=size))
        if lines:
            yield lines
        if found < size:
            return
        limit -= found


@get("/_ledger")
async def get_ledger(
    simulator: Simulator,
    after: Annotated[int, Parameter(ge=0, le=HIGHEST_ID)] = 0,
    limit: Annotated[int, Parameter(ge=1, le=HIGHEST_ID)] = HIGHEST_ID,
) -> Stream:
    """NDJSON of the mails after an id, oldest first; ``limit``: mails, whose lines stay together.

    It says what the inbox says: emptying that empties this.
    """
    return Stream(_pages(simulator, after, limit), media_type="application/x-ndjson")
