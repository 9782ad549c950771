"""Chores: what a process does again and again, each at its own pace, none hurt by another.

A chore that fails is logged and comes round again; one that hangs holds up itself alone.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import structlog
from prometheus_client import Counter

from tenantcrm.database import AWAY

log = structlog.get_logger()

FAILED = Counter("tenantcrm_chore_failures", "Rounds of a chore that failed", ["chore"])

AFTER_FAULT = 1.0
"""Seconds that a chore pauses after a failure, besides its pace."""


class Chore(NamedTuple):
    """What is done again and again.

    ``pace`` gives the seconds from the end of one round to the next; a number, where they are
    always the same.
    """

    name: str
    pace: Callable[[], float] | float
    work: Callable[[], Awaitable[object]]


async def keep_doing(chore: Chore) -> None:
    """Do the chore until cancelled; whatever it raises, the next round comes."""
    while True:
        await do(chore)
        await asyncio.sleep(chore.pace() if callable(chore.pace) else chore.pace)


async def do(chore: Chore) -> bool:
    """One round; whether it went well. A database that is away is no fault worth a traceback."""
    try:
        await chore.work()
    except AWAY as fault:
        log.warning("chore.database_away", chore=chore.name, error=type(fault).__name__)
    except Exception:
        log.exception("chore.failed", chore=chore.name)
    else:
        return True
    FAILED.labels(chore.name).inc()
    await asyncio.sleep(AFTER_FAULT)
    return False
