"""How much a tenant may call, and what the answers say about it.

Headers as in draft-ietf-httpapi-ratelimit-headers: ``RateLimit-Policy`` is the quota ``q`` in a
window of ``w`` seconds, ``RateLimit`` what remains and in how many seconds all of it is back.
"""

import math
import time
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from uuid import UUID

from litestar.connection import ASGIConnection

from tenantcrm.errors import TooManyRequestsError
from tenantcrm.rates import Limiter

RATE: Final = 300
"""Requests a second that a tenant may keep up, with all of its keys of one mode."""
BURST: Final = 3000
"""Requests at once after a rest."""
BATCH: Final = 20
"""Tokens fetched at once: one call to Redis serves this many requests."""
_BATCH_LASTS = 1.0
_STATE = "rate"

AnyConnection: TypeAlias = ASGIConnection[Any, Any, Any, Any]


def key_of(tenant_id: UUID, mode: str) -> str:
    """What the limiter knows the requests of a tenant by."""
    return f"api:{mode}:{tenant_id}"


@dataclass(slots=True)
class _Batch:
    """Tokens that this process holds for a tenant, until ``ends`` (monotonic seconds)."""

    left: int
    remaining: int
    ends: float
    retry_after: int


class Rates:
    """Counts the requests of each tenant, a batch of tokens at a time."""

    def __init__(self, limiter: Limiter, *, rate: float = RATE, burst: int = BURST) -> None:
        """Keep the limiter that all processes share; ``rate`` is requests a second."""
        self._limiter = limiter
        self._rate, self._burst = rate, burst
        self._policy = f'"default";q={burst};w={math.ceil(burst / rate)}'
        self._batches: dict[str, _Batch] = {}

    async def count(self, connection: AnyConnection, tenant_id: UUID, mode: str) -> None:
        """Count one request, and keep with it what its answer will tell.

        Raises:
            TooManyRequestsError: the tenant has used up what it may.
        """
        key = key_of(tenant_id, mode)
        batch = self._batches.get(key)
        if batch is None or batch.left <= 0 or batch.ends < time.monotonic():
            batch = await self._fetch(key)
        batch.left -= 1
        remaining = batch.remaining + max(0, batch.left)
        back = math.ceil((self._burst - remaining) / self._rate)
        connection.scope["state"][_STATE] = {
            "RateLimit-Policy": self._policy,
            "RateLimit": f'"default";r={remaining};t={back}',
        }
        if batch.left < 0:
            raise TooManyRequestsError(batch.retry_after)

    async def _fetch(self, key: str) -> _Batch:
        taken = await self._limiter.take(key, rate=self._rate, burst=self._burst, n=BATCH)
        now = time.monotonic()
        if len(self._batches) > 10_000:  # noqa: PLR2004 - tenants at once; idle ones go
            self._batches = {k: b for k, b in self._batches.items() if b.ends >= now}
        retry_after = max(1, math.ceil(taken.retry_after))
        batch = _Batch(taken.granted, taken.remaining, now + _BATCH_LASTS, retry_after)
        self._batches[key] = batch
        return batch


def rate_headers(connection: AnyConnection) -> dict[str, str]:
    """The headers of the answer; none where nobody was counted."""
    found: dict[str, str] = connection.scope.get("state", {}).get(_STATE, {})
    return found
