"""The account's quota of a day, as one process keeps to it. Pure.

PostgreSQL counts what all tenants asked for. A process counts anew once it has used its part of
what was left, which is smaller the less is left: so the quota is met to a few mails, by any number
of processes, and hardly ever counted while there is plenty.
"""

import math

EVERY = 10.0
"""Seconds after which is counted anew in any case."""
SOONEST = 0.5
"""Seconds between two counts at least."""
PARTS = 8
"""What is left is used in so many parts at least."""


class Quota:
    """What is left of the day, for campaigns and for system mail. Times as in ``monotonic``."""

    def __init__(self, processes: int) -> None:
        """``processes``: how many workers share the quota."""
        self._parts = max(PARTS, 2 * processes)
        self._counted_at = -math.inf
        self._campaigns = self._all = self._part = math.inf

    def is_stale(self, now: float) -> bool:
        """Whether it is time to count."""
        age = now - self._counted_at
        return age >= EVERY or (self._part <= 0 and age >= SOONEST)

    def count(self, campaigns: float, everything: float, now: float) -> None:
        """So many are left for campaigns, and in all; infinity: there is no limit."""
        self._counted_at = now
        self._campaigns, self._all = campaigns, everything
        self._part = math.inf if math.isinf(everything) else max(1, everything // self._parts)

    def left(self, *, system: bool) -> int | None:
        """How many mails may be claimed now, before the next count; None: as many as you like."""
        left = min(self._all if system else self._campaigns, self._part)
        return None if math.isinf(left) else max(0, int(left))

    @property
    def is_used_up(self) -> bool:
        """Whether campaigns wait for hours to fall out of the window."""
        return self._campaigns <= 0

    def use(self, mails: int) -> None:
        """So many were claimed."""
        self._campaigns -= mails
        self._all -= mails
        self._part -= mails


def used(ours: int, ours_when_asked: int, theirs: float) -> float:
    """Mails of the account in the last 24 hours.

    ``theirs``: what SES had counted when it was asked, which holds what other applications sent;
    ``ours_when_asked``: what we had counted then; ``ours``: what we count now.
    """
    return ours + max(0.0, theirs - ours_when_asked)
