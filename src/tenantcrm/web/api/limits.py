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
_POLICY = f'"default";q={BURST};w={BURST // RATE}'

AnyConnection: TypeAlias = ASGIConnection[Any, Any, Any, Any]


@dataclass(slots=True)
class _Batch:
    """Tokens that this process holds for a tenant, until ``ends`` (monotonic seconds)."""

    left: int
    remaining: int
    ends: float


class Rates:
    """Counts the requests of each tenant, a batch of tokens at a time."""

    def __init__(self, limiter: Limiter) -> None:
        """Keep the limiter that all processes share."""
        self._limiter = limiter
        self._batches: dict[str, _Batch] = {}

    async def take(self, tenant_id: UUID, mode: str) -> int:
        """Count one request; gives how many more there may be at once.

        Raises:
            TooManyRequestsError: the tenant has used up what it may.
        """
        key = f"api:{mode}:{tenant_id}"
        now = time.monotonic()
        batch = self._batches.get(key)
        if batch is None or batch.left <= 0 or batch.ends < now:
            batch = await self._fetch(key)
        batch.left -= 1
        return batch.remaining + max(0, batch.left)

    async def _fetch(self, key: str) -> _Batch:
        taken = await self._limiter.take(key, rate=RATE, burst=BURST, n=BATCH)
        if not taken.granted:
            raise TooManyRequestsError(max(1, math.ceil(taken.retry_after)))
        now = time.monotonic()
        if len(self._batches) > 10_000:  # noqa: PLR2004 - tenants at once; idle ones go
            self._batches = {k: b for k, b in self._batches.items() if b.ends >= now}
        batch = _Batch(taken.granted, taken.remaining, now + _BATCH_LASTS)
        self._batches[key] = batch
        return batch


def note(connection: AnyConnection, remaining: int) -> None:
    """Keep with the request what its answer will tell."""
    connection.scope["state"][_STATE] = remaining


def rate_headers(connection: AnyConnection) -> dict[str, str]:
    """The headers of the answer; none where nobody was counted."""
    remaining = connection.scope.get("state", {}).get(_STATE)
    if remaining is None:
        return {}
    back = math.ceil((BURST - remaining) / RATE)
    return {"RateLimit-Policy": _POLICY, "RateLimit": f'"default";r={remaining};t={back}'}
