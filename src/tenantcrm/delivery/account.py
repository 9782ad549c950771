"""What SES's account allows: how fast, when to leave it alone, and how the pace comes back. Pure.

SES's figure is for all requests of the account; every process shares one pace (:mod:`pacer`).
"""

from typing import NamedTuple

from tenantcrm.delivery.answers import Scope

HEADROOM = 0.98
"""Of SES's rate. Slots are even, and SES allows a second's mails at once: so little is enough for
clocks that differ and mails that meet on the way."""
SLOWEST = 1 / 32
DOUBLES_IN = 60.0
"""Seconds in which a pace that was halved comes back."""
HALVE_EVERY = 1.0
"""Many requests are under way when SES says 429: all of them are one sign."""
RESTS: dict[Scope, float] = {
    Scope.RATE: 1.0,
    Scope.UNREACHABLE: 2.0,
    Scope.QUOTA: 900.0,
    Scope.ACCOUNT: 60.0,
}
"""Seconds for which nothing is sent after a refusal of this scope."""
LONGEST_WAIT = 60.0
FIRST_WAIT = 1.0
SENDER_WAIT = 600.0


def factor_after(factor: float, seconds: float) -> float:
    """How much of the pace is back after so many seconds."""
    return float(min(1.0, factor * 2.0 ** min(seconds / DOUBLES_IN, 10.0)))


def retry_wait(scope: Scope, attempts: int, spread: float) -> float:
    """Seconds before a mail that SES did not take is tried again.

    ``attempts``: requests begun so far, at least 1. ``spread``: from 0 to 1, so that mails that
    were refused together do not come back together.
    """
    if scope is Scope.SENDER:
        return SENDER_WAIT * (1 + spread / 10)
    wait = max(FIRST_WAIT * 2.0 ** min(attempts - 1, 10), RESTS.get(scope, 0.0))
    longest = max(LONGEST_WAIT, RESTS.get(scope, 0.0))
    return min(wait, longest) * (0.75 + spread / 2)


class Day(NamedTuple):
    """SES's answer (GetAccount): ``most`` mails in any 24 hours, None for no limit; ``sent`` in
    the last 24, by whichever application of the account.
    """

    most: float | None
    sent: float


class Account:
    """What one process knows of the account. Times are seconds of one monotonic clock."""

    def __init__(self, fallback_rate: float) -> None:
        """``fallback_rate``: mails a second while SES has not said its own figure."""
        self._max_rate = fallback_rate
        self._rests_until = 0.0
        self.day: Day | None = None
        """What it may send in 24 hours; None: SES has not said."""

    def allow(self, max_rate: float) -> None:
        """SES has said how many mails a second it takes (GetAccount, MaxSendRate)."""
        if max_rate > 0:
            self._max_rate = max_rate

    def allow_a_day(self, most: float, sent: float) -> None:
        """SES has said how many it takes in 24 hours (-1: any number), and has taken."""
        self.day = Day(most if most >= 0 else None, sent)

    @property
    def rate(self) -> float:
        """Mails a second that all workers together go at."""
        return self._max_rate * HEADROOM

    def refused(self, scope: Scope, now: float) -> None:
        """SES has refused a mail for a reason that is about more than this mail."""
        rest = RESTS.get(scope)
        if rest is not None:
            self._rests_until = max(self._rests_until, now + rest)

    def rests(self, now: float) -> float:
        """For how many seconds nothing is to be sent; 0: go on."""
        return max(0.0, self._rests_until - now)
