"""Which lane is served next: start-time fair queueing over (tenant, kind). Pure.

A lane's virtual time is what it has been served, in mails over weight. The lane with the lowest
goes next, takes one quantum, and moves on. A lane that wakes starts where the others are: having
been idle earns nothing. (Goyal, Vin, Cheng: Start-time Fair Queueing, 1996.)
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from tenantcrm.delivery.states import Kind

RANK: dict[str, int] = {Kind.SYSTEM: 0, Kind.TEST: 1, Kind.DAY_ZERO: 2, Kind.DRIP: 2}
"""A person waits in front of the screen for what comes first; these are few by their nature."""
WEIGHT: dict[str, float] = {
    Kind.SYSTEM: 1.0,
    Kind.TEST: 1.0,
    Kind.DAY_ZERO: 2.0,
    Kind.DRIP: 1.0,
}
"""Shares of equal rank: a welcome mail goes twice as fast as one that was due at some hour."""

WORK_SECONDS = 1.0
"""How long the mails of one claim may take: a lane that comes later waits no longer than this."""
LARGEST_QUANTUM = 500


class DueLane(NamedTuple):
    """A lane that has mail due.

    ``rate``: of its tenant, in mails a second. ``furthest``: the highest virtual time among the
    lanes that any worker has served lately; None when there is none.
    """

    tenant_id: UUID
    kind: str
    due_at: datetime
    virtual_time: float
    rate: float
    furthest: float | None = None


def clock_of(lanes: Iterable[DueLane], clock: float) -> float:
    """The virtual time of a process, brought up to that of the others."""
    return max([clock, *(lane.furthest - LARGEST_QUANTUM for lane in lanes if lane.furthest)])


def start(lane: DueLane, clock: float) -> float:
    """The virtual time at which the lane is served when ``clock`` is that of the last one."""
    return max(lane.virtual_time, clock)


def in_order(lanes: Iterable[DueLane], clock: float) -> list[DueLane]:
    """The lanes as they are to be served: by rank, then the least served, then the longest due."""
    return sorted(lanes, key=lambda lane: (RANK[lane.kind], start(lane, clock), lane.due_at))


def served(lane: DueLane, count: int, clock: float) -> float:
    """The lane's virtual time after ``count`` mails."""
    return start(lane, clock) + count / WEIGHT[lane.kind]


def quantum(free: int, seconds_a_mail: float, concurrency: int) -> int:
    """How many mails to claim: what is free to be sent at once, and is done in a second or so."""
    fits = int(WORK_SECONDS * concurrency / max(seconds_a_mail, 0.001))
    return max(1, min(free, fits, LARGEST_QUANTUM))
