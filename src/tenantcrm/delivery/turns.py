"""When a mail that waits is likely to leave, and what it waits for. Pure."""

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from tenantcrm.delivery.allowances import (
    Cap,
    Hour,
    Parked,
    cap_of,
    next_chance,
    window_from,
)

EXACT_TO = 5_000
"""Mails ahead up to which they are counted one by one."""
FRESH = 30.0
"""Seconds for which a lane's pace says something of the next minutes."""
FURTHEST = timedelta(days=366)
MINUTE = timedelta(minutes=1)


class Pace(Struct, frozen=True, kw_only=True):
    """How fast a lane was served: ``mails`` a second, ``age`` seconds ago, of ``fades`` seconds."""

    mails: float
    age: float
    fades: float

    def now(self, most: float) -> float:
        """Mails a second that the lane is served; ``most``, its tenant's rate, where it was not."""
        faded = self.mails * math.exp(-min(50.0, self.age / self.fades))
        return min(most, faded) if self.age <= FRESH and faded > 0 else most


class Day(Struct, frozen=True, kw_only=True):
    """A tenant's allowance: its rules, and what was asked for within the window."""

    daily_cap: int | None
    warm_up_from: date | None
    hours: Sequence[Hour]

    def cap(self, now: datetime) -> Cap | None:
        """What holds then."""
        return cap_of(self.daily_cap, self.warm_up_from, now.astimezone(UTC).date())


class Turn(Struct, frozen=True, kw_only=True):
    """Where a mail stands in its queue.

    ``ahead``: mails that leave before it; ``exact``: they were counted, not guessed. ``at``: when
    it leaves, about; None: nobody can say. ``parked``: the allowance that its queue waits for.
    """

    ahead: int
    exact: bool
    at: datetime | None
    parked: Parked | None = None


def leaves_at(
    ahead: int, a_second: float, day: Day, *, now: datetime, clock_rate: float
) -> datetime | None:
    """When a mail with so many before it leaves, at that pace and within the day's allowance.

    ``clock_rate``: seconds of business time in one of the machine's. None: not within a year.
    """
    paced = now + timedelta(seconds=min(ahead / a_second * clock_rate, 4e8))
    at, left, hours = now, ahead + 1, list(day.hours)
    while (cap := day.cap(at)) is not None:
        hours = [one for one in hours if one.hour >= window_from(at)]
        room = cap.mails - sum(one.asked for one in hours)
        if left <= room:
            break
        if room > 0:
            hours.append(Hour(at.replace(minute=0, second=0, microsecond=0), room))
            left -= room
        at = max(next_chance(hours, cap, at), at + MINUTE)
        if at - now > FURTHEST:
            return None
    return max(paced, at) if paced - now < FURTHEST else None
