"""Slots: the moments at which the mails of one claim may leave, evenly spread. No I/O."""

import asyncio
import time

TOGETHER = 0.002
"""Seconds: slots that are nearer than this are not waited for one by one; a timer costs more."""
CATCH_UP = 0.5
"""Whoever is late leaves at intervals of this part of the usual one, not all at once."""


class Slots:
    """Moments of :func:`time.monotonic`, ``interval`` seconds apart, handed out in order."""

    def __init__(self, start: float, interval: float, count: int) -> None:
        """``count`` of them, the first at ``start``."""
        self._next = start
        self._interval = interval
        self._nearest = start
        self.left = count

    @classmethod
    def at_once(cls, count: int) -> "Slots":
        """Slots that have all come."""
        return cls(0.0, 0.0, count)

    async def wait(self, mails: int = 1) -> None:
        """Wait until so many more mails may leave.

        A request that carries several leaves at the last one's slot: it is all of them at once.
        """
        self.left -= mails
        last = self._next + (mails - 1) * self._interval
        self._next += mails * self._interval
        leaves = max(last, self._nearest)
        self._nearest = max(leaves, time.monotonic()) + mails * self._interval * CATCH_UP
        wait = leaves - time.monotonic()
        if wait > TOGETHER:
            await asyncio.sleep(wait)
