"""Slow down guessing: by address of the client and by account, on Redis' clock."""

import math

from tenantcrm.errors import TooManyRequestsError
from tenantcrm.web.dependencies import AnyRequest, services

PER_CLIENT = (30 / 60, 30)
"""Half an attempt a second, thirty at once: an office behind one address still works."""
PER_ACCOUNT = (5 / 300, 10)
"""Ten at once, then one a minute: OWASP Authentication, account lock-out without locking out."""


async def throttle(request: AnyRequest, what: str, account: str) -> None:
    """Count an attempt.

    Raises:
        TooManyRequestsError: there were too many, from this client or for this account.
    """
    client = request.client.host if request.client else "unknown"
    limiter = services(request).limiter
    for key, (rate, burst) in (
        (f"{what}:client:{client}", PER_CLIENT),
        (f"{what}:account:{account}", PER_ACCOUNT),
    ):
        taken = await limiter.take(key, rate=rate, burst=burst)
        if not taken.granted:
            wait = max(1, math.ceil(taken.retry_after))
            raise TooManyRequestsError(wait, f"Too many attempts; try again in {wait} s")
