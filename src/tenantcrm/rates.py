"""Rates: the generic cell rate algorithm (GCRA), in Redis on Redis's own time.

A key has one number, the *theoretical arrival time* (TAT) of its next token. It lies as far in the
future as the key has been used ahead of its rate; nothing has to be refilled, and a key that is
not in use does not exist. (ITU-T I.371, annex A; the "leaky bucket as a meter".)

When Redis does not answer, the same rule is kept in this process at a share of the rate: slower
than allowed rather than faster, and never an error.
"""

import math
import time
from dataclasses import dataclass

from redis.asyncio import Redis

from tenantcrm.link import WAIT, Link

KEPT = 10_000
"""Local keys kept before the idle ones are dropped."""


@dataclass(frozen=True, slots=True)
class Taken:
    """How many tokens were given, in how many seconds the next is there, and how many are left."""

    granted: int
    retry_after: float
    remaining: int


def gcra(tat: float, now: float, *, rate: float, burst: int, n: int) -> tuple[Taken, float]:
    """Give up to ``n`` tokens at ``now``; also the new TAT. Times in seconds, rate a second.

    ``burst`` tokens are there when the key has rested. A negative ``n`` puts tokens back.
    """
    interval = 1.0 / rate
    start = max(tat, now)
    free = math.floor((now + burst * interval - start) / interval + 1e-6)
    free = max(0, min(burst, free))
    granted = min(n, free)
    after = max(now, start + granted * interval)
    remaining = min(burst, free - granted)
    retry_after = max(0.0, after + interval - burst * interval - now) if granted < n else 0.0
    return Taken(granted, retry_after, remaining), after


# The same rule as gcra(), in microseconds of Redis's clock: one clock for every process. The
# number is written with 17 digits, because Lua's own tostring() keeps 14 and loses milliseconds.
_SCRIPT = """
local rate, burst, n = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local interval = 1000000 / rate
local start = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local free = math.floor((now + burst * interval - start) / interval + 0.000001)
free = math.max(0, math.min(burst, free))
local granted = math.min(n, free)
local after = math.max(now, start + granted * interval)
if granted ~= 0 then
  local ttl = math.ceil((after - now) / 1000) + 1000
  redis.call('SET', KEYS[1], string.format('%.17g', after), 'PX', ttl)
end
local wait = 0
if granted < n then wait = math.max(0, after + interval - burst * interval - now) end
return {granted, math.ceil(wait), math.min(burst, free - granted)}
"""


class Limiter:
    """Tokens by key, shared by every process through Redis.

    ``local_share`` is the part of each rate that this process allows itself while Redis is away;
    with several processes, about half divided by their number.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        local_share: float = 0.5,
        prefix: str = "rate:",
        wait: float = WAIT,
    ) -> None:
        """Keep the client, which stays its owner's to close; nothing connects here.

        ``wait``: seconds that Redis is waited for.
        """
        self.link = Link(redis, wait=wait)
        self.local_share = local_share
        self._script = self.link.script(_SCRIPT)
        self._prefix = prefix
        self._local: dict[str, float] = {}

    @property
    def away(self) -> bool:
        """Whether Redis did not answer just now, and the local share applies."""
        return self.link.away

    async def take(self, key: str, *, rate: float, burst: int, n: int = 1) -> Taken:
        """Take up to ``n`` tokens of ``key``, which gains ``rate`` a second up to ``burst``.

        Fewer than ``n`` may be granted, down to none. Never raises.
        """
        answer = await self.link.run(self._script, self._prefix + key, float(rate), burst, n)
        if answer is None:
            return self._take_locally(key, rate=rate, burst=burst, n=n)
        granted, wait, remaining = answer
        return Taken(granted, wait / 1e6, remaining)

    async def give_back(self, key: str, *, rate: float, burst: int, n: int) -> None:
        """Put back ``n`` tokens that were taken and not used."""
        if n > 0:
            await self.take(key, rate=rate, burst=burst, n=-n)

    def _take_locally(self, key: str, *, rate: float, burst: int, n: int) -> Taken:
        now = time.monotonic()
        if len(self._local) >= KEPT:
            self._local = {k: tat for k, tat in self._local.items() if tat > now}
        taken, self._local[key] = gcra(
            self._local.get(key, 0.0),
            now,
            rate=rate * self.local_share,
            burst=max(1, math.floor(burst * self.local_share)),
            n=n,
        )
        return taken
