"""The account's pace: one sequence of slots for every worker, in Redis on Redis's own time.

Each mail takes one slot, and slots lie as far apart as the account's rate says. A claim takes as
many as it has mails, behind those that were taken before, by whichever worker; the mails leave at
their slots. So all workers together are as even as one, whatever each of them has in hand, and
none is ever refused what another leaves unused. This is the generic cell rate algorithm with
reservation: the theoretical arrival time (TAT) is that of the next free slot.

When SES says that it was too fast, whoever hears it first halves the pace for all, once in a
second, and pushes the next slot away; the pace comes back by and by (see :mod:`account`).
Without Redis each process keeps a sequence of its own, at its share of the rate.
"""

import math
import time
from typing import NamedTuple

from tenantcrm.delivery.account import DOUBLES_IN, HALVE_EVERY, RESTS, SLOWEST, factor_after
from tenantcrm.delivery.answers import Scope
from tenantcrm.delivery.slots import Slots
from tenantcrm.link import Link

KEY = "pace:ses"
AHEAD = 0.25
"""Seconds that slots may be taken ahead: what is claimed leaves within so long, and a mail that
comes later waits no longer."""
CREDIT = 0.25
"""Seconds for which slots that nobody took may still be taken: a pause of a worker or of the
database costs no rate. SES allows a second's mails at once, and this is a quarter of it."""
KEPT_SECONDS = 1200
"""Redis forgets a pace that is not used, after longer than the slowest one needs to come back."""

# The pace as kept: tat and slowed in microseconds of Redis's clock, factor of the full pace.
_FACTOR = """
local kept = redis.call('HMGET', KEYS[1], 'tat', 'factor', 'slowed')
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local earliest = now - tonumber(ARGV[3]) * 1000000
local tat = math.max(tonumber(kept[1]) or 0, earliest)
local slowed = tonumber(kept[3]) or 0
local back = math.min((now - slowed) / 1000000 / tonumber(ARGV[1]), 10)
local factor = math.min(1, (tonumber(kept[2]) or 1) * 2 ^ back)
local function keep(name, value)
  redis.call('HSET', KEYS[1], name, string.format('%.17g', value))
  redis.call('EXPIRE', KEYS[1], ARGV[2])
end
"""
_TAKE = (
    _FACTOR
    + """
local interval = 1000000 / (tonumber(ARGV[4]) * factor)
local n = tonumber(ARGV[5])
if n ~= 0 then keep('tat', math.max(earliest, tat + n * interval)) end
return {math.floor(tat - now), math.floor(interval * 1000)}
"""
)
_SLOW = (
    _FACTOR
    + """
keep('tat', math.max(tat, now + tonumber(ARGV[4]) * 1000000))
if now - slowed >= tonumber(ARGV[5]) * 1000000 then
  keep('factor', math.max(tonumber(ARGV[6]), factor / 2))
  keep('slowed', now)
end
return {}
"""
)


class Look(NamedTuple):
    """Where the next free slot is: seconds from now (or before it), and seconds between slots."""

    ahead: float
    interval: float

    @property
    def room(self) -> int:
        """Mails that may be claimed now."""
        # However slow the pace is, one mail may go when nothing is in front of it.
        horizon = max(AHEAD, self.interval)
        return max(0, math.floor((horizon - self.ahead) / self.interval + 1e-6))

    @property
    def wait(self) -> float:
        """Seconds until there is room again, and for more than a single mail."""
        horizon = max(AHEAD, self.interval)
        some = min(AHEAD / 2, max(self.interval, 0.01))
        return max(0.005, self.ahead - horizon + some)


class Pacer:
    """The slots of the account, as one process takes them."""

    def __init__(self, link: Link, *, share: float, key: str = KEY) -> None:
        """``share``: the part of the rate that this process allows itself without Redis."""
        self._link = link
        self._share = share
        self._key = key
        self._take = link.script(_TAKE)
        self._slow = link.script(_SLOW)
        self._tat = 0.0
        self._factor = 1.0
        self._slowed_at = -math.inf

    async def look(self, rate: float) -> Look:
        """Where the next free slot is, for an account of ``rate`` mails a second."""
        return await self._move(rate, 0)

    async def take(self, rate: float, mails: int) -> Slots:
        """Slots for so many mails, behind all that were taken."""
        look = await self._move(rate, mails)
        return Slots(time.monotonic() + look.ahead, look.interval, mails)

    async def give_back(self, rate: float, mails: int) -> None:
        """Slots that no mail has left at: those behind come earlier."""
        if mails > 0:
            await self._move(rate, -mails)

    async def slow_down(self) -> None:
        """SES has said that it was too fast: everybody rests, and goes at half the pace."""
        now = time.monotonic()
        rest = RESTS[Scope.RATE]
        self._tat = max(self._tat, now + rest)
        if now - self._slowed_at >= HALVE_EVERY:
            self._factor = max(SLOWEST, self._factor_at(now) / 2)
            self._slowed_at = now
        await self._link.run(
            self._slow, self._key, DOUBLES_IN, KEPT_SECONDS, CREDIT, rest, HALVE_EVERY, SLOWEST
        )

    async def _move(self, rate: float, mails: int) -> Look:
        answer = await self._link.run(
            self._take, self._key, DOUBLES_IN, KEPT_SECONDS, CREDIT, float(rate), mails
        )
        if answer is None:
            return self._move_locally(rate, mails)
        ahead, interval = answer
        return Look(ahead / 1e6, interval / 1e9)

    def _move_locally(self, rate: float, mails: int) -> Look:
        now = time.monotonic()
        interval = 1.0 / (rate * self._share * self._factor_at(now))
        tat = max(self._tat, now - CREDIT)
        if mails:
            self._tat = max(now - CREDIT, tat + mails * interval)
        return Look(tat - now, interval)

    def _factor_at(self, now: float) -> float:
        return factor_after(self._factor, now - self._slowed_at)
