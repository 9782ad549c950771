"""The account: what it may send in a second and in a day, and what it has sent."""

import time
from collections import Counter
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tenantcrm import clock
from tenantcrm.sandbox.ses.errors import (
    AccountSuspendedError,
    DailyQuotaError,
    SendingPausedError,
    TooManyRequestsError,
)
from tenantcrm.sandbox.ses.store import Store

_DAY_MINUTES = 24 * 60
UNLIMITED = -1


class Allowance(msgspec.Struct, frozen=True, kw_only=True):
    """What SES allows the account. The defaults never stand in the way of a laptop."""

    max_24_hour_send: Annotated[float, Meta(ge=UNLIMITED)] = 50_000_000
    """Recipients in any 24 hours of the sandbox's clock; -1: no limit."""
    max_send_rate: Annotated[float, Meta(gt=0)] = 10_000
    """Recipients in a real second.

    SES allows short bursts and does not say how short. Here a bucket holds one second's worth and
    fills at this rate: after a pause twice the rate passes within a second, over any longer time
    the rate itself.
    """
    sending_enabled: bool = True
    production_access: bool = True
    """Without it, mail goes to verified identities alone."""
    enforcement: Literal["HEALTHY", "PROBATION", "SHUTDOWN"] = "HEALTHY"
    """With SHUTDOWN every request to send is refused for good."""


class Account:
    """The account, counting."""

    def __init__(self, allowance: Allowance, minutes: dict[int, int]) -> None:
        """Take the allowance, and the recipients by minute since 1970, oldest first."""
        self.allowance = allowance
        self.counted: Counter[str] = Counter()
        """Recipients that were ``taken``, ``throttled`` and ``over_quota``, in this process."""
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

    def check_enabled(self) -> None:
        """See that the account may send at all.

        Raises:
            SendingPausedError: not at present.
            AccountSuspendedError: never again.
        """
        if self.allowance.enforcement == "SHUTDOWN":
            raise AccountSuspendedError("Sending is suspended for this account.")
        if not self.allowance.sending_enabled:
            raise SendingPausedError("Sending is paused for this account.")

    def admit(self, recipients: int, now: datetime, real: float | None = None) -> None:
        """Count a mail against rate and quota; ``real``: another moment of the monotonic clock.

        Raises:
            SendingPausedError, AccountSuspendedError: the account may not send at all.
            TooManyRequestsError: over the rate or the quota; nothing is counted.
        """
        self.check_enabled()
        quota = self.allowance.max_24_hour_send
        if self.sent_last_24_hours(now) + recipients > quota != UNLIMITED:
            self.counted["over_quota"] += recipients
            raise DailyQuotaError("Daily message quota exceeded.")
        self._take(recipients, time.monotonic() if real is None else real)
        self.counted["taken"] += recipients
        minute = minute_of(now)
        self._minutes[minute] = self._minutes.get(minute, 0) + recipients
        self._total += recipients

    def _take(self, recipients: int, real: float) -> None:
        rate = self.allowance.max_send_rate
        most = max(rate, 1.0)
        self._tokens = min(most, self._tokens + (real - self._filled_at) * rate)
        self._filled_at = real
        # A mail to more recipients than a second allows passes on a full bucket, and is owed for.
        if self._tokens < min(recipients, most):
            self.counted["throttled"] += recipients
            raise TooManyRequestsError("Maximum sending rate exceeded.")
        self._tokens -= recipients


def minute_of(now: datetime) -> int:
    """The minute since 1970, UTC."""
    return int(now.timestamp()) // 60
