"""``GET /_ledger``: every mail that was taken, one line for each recipient, to compare with."""

import sqlite3
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import Parameter
from litestar.response import Stream

from tenantcrm.sandbox.ses.ledger import ledger
from tenantcrm.sandbox.ses.mails import HIGHEST_ID
from tenantcrm.sandbox.ses.simulator import Simulator

_AT_ONCE = 5_000
"""Mails that stand in memory together."""


_encode_lines = msgspec.json.Encoder().encode_lines


def _encoded(db: sqlite3.Connection, after: int, limit: int) -> tuple[bytes, int, int]:
    entries, mails, last = ledger(db, after, limit)
    return _encode_lines(entries), mails, last


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
