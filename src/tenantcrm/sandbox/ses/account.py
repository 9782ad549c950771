"""The account: what it may send in a second and in a day, and what it has sent."""

import time
from dataclasses import dataclass
from datetime import datetime

from tenantcrm import clock
from tenantcrm.sandbox.ses.errors import SendingPausedError, TooManyRequestsError
from tenantcrm.sandbox.ses.store import Store

_DAY_MINUTES = 24 * 60
UNLIMITED = -1


@dataclass(frozen=True, slots=True)
class Allowance:
    """What SES allows the account. The defaults never stand in the way of a laptop."""

    max_24_hour_send: float = 50_000_000
    """Recipients in any 24 hours of the sandbox's clock; -1: no limit."""
    max_send_rate: float = 10_000
    """Recipients in a real second, with one second's worth at once."""
    sending_enabled: bool = True
    production_access: bool = True
    """Without it, mail goes to verified identities alone."""


class Account:
    """The account, counting."""

    def __init__(self, allowance: Allowance, minutes: dict[int, int]) -> None:
        """Take the allowance, and the recipients by minute since 1970, oldest first."""
        self.allowance = allowance
        self._minutes, self._total = minutes, sum(minutes.values())
        self._tokens, self._filled_at = max(allowance.max_send_rate, 1.0), time.monotonic()

    @classmethod
    async def load(cls, store: Store, allowance: Allowance) -> "Account":
        """Read what was sent within the last day."""
        since = minute_of(clock.now()) - _DAY_MINUTES
        rows = await store.read(
            lambda db: db.execute(
                "SELECT minute, recipients FROM sent WHERE minute > ? ORDER BY minute", (since,)
            ).fetchall()
        )
        return cls(allowance, dict(rows))

    def sent_last_24_hours(self, now: datetime) -> int:
        """Recipients within the 24 hours before ``now``, to the minute."""
        since = minute_of(now) - _DAY_MINUTES
        while self._minutes and (oldest := next(iter(self._minutes))) <= since:
            self._total -= self._minutes.pop(oldest)
        return self._total

    def admit(self, recipients: int, now: datetime) -> None:
        """Count a mail against rate and quota.

        Raises:
            SendingPausedError: the account may not send at all.
            TooManyRequestsError: over the rate or the quota; nothing is counted.
        """
        quota = self.allowance.max_24_hour_send
        if not self.allowance.sending_enabled:
            raise SendingPausedError("Sending is paused for this account.")
        if self.sent_last_24_hours(now) + recipients > quota != UNLIMITED:
            raise TooManyRequestsError("Daily message quota exceeded.")
        self._take(recipients)
        minute = minute_of(now)
        self._minutes[minute] = self._minutes.get(minute, 0) + recipients
        self._total += recipients

    def _take(self, recipients: int) -> None:
        rate, real = self.allowance.max_send_rate, time.monotonic()
        most = max(rate, 1.0)
        self._tokens = min(most, self._tokens + (real - self._filled_at) * rate)
        self._filled_at = real
        # A mail to more recipients than a second allows passes on a full bucket, and is owed for.
        if self._tokens < min(recipients, most):
            raise TooManyRequestsError("Maximum sending rate exceeded.")
        self._tokens -= recipients


def minute_of(now: datetime) -> int:
    """The minute since 1970, UTC."""
    return int(now.timestamp()) // 60
