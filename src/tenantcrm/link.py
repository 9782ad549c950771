"""A link to Redis that never raises and is never waited for long.

Redis keeps nothing here that is not made anew: whoever uses it knows what to do without.
"""

import asyncio
import time
from typing import cast

import structlog
from redis.asyncio import Redis
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError

log = structlog.get_logger()

WAIT = 0.2
"""Seconds that Redis is waited for, where nothing else is said."""
REST = 1.0
"""Seconds for which Redis is left alone after it has not answered."""


class Link:
    """Runs scripts in Redis, where it answers."""

    def __init__(self, redis: Redis, *, wait: float = WAIT) -> None:
        """Keep the client, which stays its owner's to close; nothing connects here.

        ``wait``: seconds that an answer is waited for.
        """
        self.redis = redis
        self._wait = wait
        self._away_until = 0.0

    @property
    def away(self) -> bool:
        """Whether Redis did not answer just now, and is left alone."""
        return time.monotonic() < self._away_until

    def script(self, lua: str) -> AsyncScript:
        """A script for :meth:`run`."""
        return self.redis.register_script(lua)

    async def run(self, script: AsyncScript, key: str, *args: float | str) -> list[int] | None:
        """What the script gives for the key; None: Redis is away."""
        if self.away:
            return None
        values = [repr(value) if isinstance(value, float) else value for value in args]
        try:
            async with asyncio.timeout(self._wait):
                return cast("list[int]", await script(keys=[key], args=values))
        except (RedisError, OSError, TimeoutError) as fault:
            self._away_until = time.monotonic() + REST
            log.warning("rates.redis_away", error=type(fault).__name__)
            return None
