"""How many mails may leave in 24 hours: of the account, of a tenant, of a tenant that is new. Pure.

What was asked for is counted by the hour of the business clock. The window of 24 hours begins with
a whole hour, so that it is up to an hour longer than 24: fewer are allowed rather than more.
"""

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)
FIRST_DAY, GROWTH, LAST_DAY = 200, 1.5, 28
"""A ramp: mails on its first day, the factor from each day to the next, and how long it lasts."""
KEPT_SHARE, KEPT_LEAST = 0.05, 5
"""Of the account's quota, kept for system mail: a twentieth, and some in any case."""


class Parked(StrEnum):
    """The allowance that a lane waits for."""

    ACCOUNT_QUOTA = "account_quota"
    DAILY_CAP = "daily_cap"
    WARM_UP = "warm_up"


class Hour(NamedTuple):
    """Mails asked for in an hour."""

    hour: datetime
    asked: int


class Cap(NamedTuple):
    """Mails of campaigns in 24 hours, and which rule says so."""

    mails: int
    rule: Parked


def window_from(now: datetime) -> datetime:
    """The first hour that counts at ``now``."""
    return (now - DAY).astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def ramp(day: int) -> int | None:
    """Mails on a day of a ramp, the first being 0; None after its last day: no limit any more."""
    if day >= LAST_DAY:
        return None
    return math.floor(FIRST_DAY * GROWTH ** max(day, 0))


def cap_of(daily_cap: int | None, warm_up_from: date | None, today: date) -> Cap | None:
    """The cap of a tenant on a day (UTC); None: there is none."""
    most = None if warm_up_from is None else ramp((today - warm_up_from).days)
    if most is not None and (daily_cap is None or most < daily_cap):
        return Cap(most, Parked.WARM_UP)
    return None if daily_cap is None else Cap(daily_cap, Parked.DAILY_CAP)


def freed_at(hours: Sequence[Hour], most: int, now: datetime) -> datetime:
    """When fewer than ``most`` mails lie within the window, if none is asked for meanwhile."""
    counted = sorted(one for one in hours if one.hour >= window_from(now))
    total = sum(one.asked for one in counted)
    freed = now
    for hour, asked in counted:
        if total < most:
            break
        total -= asked
        freed = hour + DAY + HOUR
    return freed


def next_chance(hours: Sequence[Hour], cap: Cap, now: datetime) -> datetime:
    """When a tenant at its cap may send again: an hour falls out, or the ramp has its next step."""
    freed = freed_at(hours, cap.mails, now)
    if cap.rule is Parked.WARM_UP:
        tomorrow = now.astimezone(UTC).date() + timedelta(days=1)
        freed = min(freed, datetime.combine(tomorrow, time(), UTC))
    return freed


def for_campaigns(a_day: float) -> int:
    """What campaigns may use of the account's quota; the rest is kept for system mail."""
    return max(0, math.floor(a_day - max(a_day * KEPT_SHARE, KEPT_LEAST)))
