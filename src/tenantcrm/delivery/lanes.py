"""Which lane is served next: start-time fair queueing, first over classes, then over tenants. Pure.

A lane's virtual time is what it has been served. The lane with the lowest goes next, takes one
quantum, and moves on. A lane that wakes starts where the others are: having been idle earns
nothing. (Goyal, Vin, Cheng: Start-time Fair Queueing, 1996; in two levels, as there in section 4.)

The same rule stands above the lanes: the classes take turns by their weights, so that each has
its share whatever the others have waiting, and one with nothing to send leaves its share to them.
"""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from tenantcrm.delivery.states import Kind


class Class(StrEnum):
    """What shares the account: lanes of one class are equals."""

    OWN = "own"
    DAY_ZERO = "day_zero"
    DRIP = "drip"


CLASS_OF: dict[str, Class] = {
    Kind.SYSTEM: Class.OWN,
    Kind.TEST: Class.OWN,
    Kind.DAY_ZERO: Class.DAY_ZERO,
    Kind.DRIP: Class.DRIP,
}
KINDS: dict[Class, tuple[Kind, ...]] = {
    Class.OWN: (Kind.SYSTEM, Kind.TEST),
    Class.DAY_ZERO: (Kind.DAY_ZERO,),
    Class.DRIP: (Kind.DRIP,),
}
WEIGHT: dict[Class, float] = {Class.OWN: 2.0, Class.DAY_ZERO: 2.0, Class.DRIP: 1.0}
"""Shares of the account when every class has mail waiting: two, two and one fifth."""
URGENCY: dict[Class, int] = {Class.OWN: 0, Class.DAY_ZERO: 1, Class.DRIP: 2}
"""Of classes that were served alike, a person waits in front of the screen for what comes first."""

WORK_SECONDS = 1.0
"""How long the mails of one claim may take: a lane that comes later waits no longer than this."""
LARGEST_QUANTUM = 500


class DueLane(NamedTuple):
    """A lane that has mail due.

    ``rate``: of its tenant, in mails a second. ``furthest``: the highest virtual time among the
    lanes of its class that any worker has served lately; None when there is none. ``daily_cap``
    and ``warm_up_from``: its tenant's, as :mod:`allowances` reads them.
    """

    tenant_id: UUID
    kind: str
    due_at: datetime
    virtual_time: float
    rate: float
    furthest: float | None = None
    daily_cap: int | None = None
    warm_up_from: date | None = None


class Clocks:
    """The virtual times of one process: of every class, and within it.

    What a class was served is known here alone: each process gives every class its share of what
    it sends, and so all of them together do.
    """

    def __init__(self, furthest: dict[str, float]) -> None:
        """``furthest``: the virtual time of the lane of each kind that was served most."""
        self._within = {
            name: max((furthest.get(kind, 0.0) for kind in kinds), default=0.0)
            for name, kinds in KINDS.items()
        }
        self._served = dict.fromkeys(Class, 0.0)
        self._now = 0.0

    def within(self, lane: DueLane) -> float:
        """The virtual time among the lanes of its class."""
        return self._within[CLASS_OF[lane.kind]]

    def start(self, lane: DueLane) -> float:
        """The virtual time at which the lane is served when it is next."""
        return max(lane.virtual_time, self.within(lane))

    def learn(self, due: Iterable[DueLane]) -> None:
        """Bring the times up to those of other processes."""
        for lane in due:
            if lane.furthest is not None:
                name = CLASS_OF[lane.kind]
                self._within[name] = max(self._within[name], lane.furthest - LARGEST_QUANTUM)

    def in_order(self, due: Iterable[DueLane]) -> list[DueLane]:
        """The lanes as they are to be served: by class, then the least served, the longest due."""

        def key(lane: DueLane) -> tuple[float, int, float, datetime]:
            name = CLASS_OF[lane.kind]
            return self._start_of(name), URGENCY[name], self.start(lane), lane.due_at

        return sorted(due, key=key)

    def served(self, lane: DueLane, mails: int) -> None:
        """Note that the lane was next, and was served so many mails."""
        name = CLASS_OF[lane.kind]
        self._within[name] = self.start(lane)
        self._now = self._start_of(name)
        self._served[name] = self._now + mails / WEIGHT[name]

    def _start_of(self, name: Class) -> float:
        return max(self._served[name], self._now)


def quantum(free: int, seconds_a_mail: float, concurrency: int, room: int) -> int:
    """How many mails to claim: what is free to be sent at once, and is done in a second or so.

    ``free`` and ``concurrency``: in mails, where several share a request. ``room``: how many the
    account's pace lets go within its horizon.
    """
    fits = int(WORK_SECONDS * concurrency / max(seconds_a_mail, 0.001))
    return max(1, min(free, fits, room, LARGEST_QUANTUM))
