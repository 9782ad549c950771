"""What the SES account allows this process: its rate, and when to leave it alone.

SES's figure is for all requests of the account; every process shares one bucket in Redis and
stays at nine tenths of it. A 429 halves this process's pace, which comes back slowly.
"""

from tenantcrm.delivery.answers import Scope

HEADROOM = 0.9
BURST_SECONDS = 0.25
"""Tokens for this long may be taken at once: more would come over the rate within a second."""
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


class Account:
    """The pace of one process. Times are seconds of one monotonic clock, given by the caller."""

    def __init__(self, fallback_rate: float) -> None:
        """``fallback_rate``: mails a second while SES has not said its own figure."""
        self._max_rate = fallback_rate
        self._factor = 1.0
        self._slowed_at = 0.0
        self._rests_until = 0.0

    def allow(self, max_rate: float) -> None:
        """SES has said how many mails a second it takes (GetAccount, MaxSendRate)."""
        if max_rate > 0:
            self._max_rate = max_rate

    def rate(self, now: float) -> float:
        """Mails a second that this process goes at now."""
        return self._max_rate * HEADROOM * factor_after(self._factor, now - self._slowed_at)

    def burst(self, now: float) -> int:
        """Mails that may leave at once."""
        return max(1, int(self.rate(now) * BURST_SECONDS))

    def refused(self, scope: Scope, now: float) -> None:
        """SES has refused a mail for a reason that is about more than this mail."""
        rest = RESTS.get(scope)
        if rest is None:
            return
        self._rests_until = max(self._rests_until, now + rest)
        if scope is Scope.RATE and now - self._slowed_at >= HALVE_EVERY:
            factor = factor_after(self._factor, now - self._slowed_at) / 2
            self._factor, self._slowed_at = max(SLOWEST, factor), now

    def rests(self, now: float) -> float:
        """For how many seconds nothing is to be sent; 0: go on."""
        return max(0.0, self._rests_until - now)
