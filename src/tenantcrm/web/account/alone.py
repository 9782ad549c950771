"""Forms of people who are not signed in do their work once, too; see ``web/once.py``.

They belong to no tenant yet, so that where they led is kept in Redis, for an hour. Losing it costs
words: the address is taken, the link is used. The work itself is not done twice without it, either.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct
from redis.exceptions import RedisError

from tenantcrm.web.dependencies import AnyRequest, services
from tenantcrm.web.entering import enter
from tenantcrm.web.once import WAITS, AnsweredError, Outcome, Press, press_of
from tenantcrm.web.page import Going

KEPT_FOR: Final = timedelta(hours=1)
UNDER_WAY_MOST: Final = timedelta(seconds=30)
_SECONDS = int(KEPT_FOR.total_seconds())


class Landing(Struct):
    """Where a form led; ``user_id`` and ``tenant_id``: as whom, and in which business."""

    outcome: Outcome | None = None
    user_id: UUID | None = None
    tenant_id: UUID | None = None

    async def at(
        self,
        request: AnyRequest,
        answer: Going,
        *,
        user_id: UUID | None = None,
        tenant_id: UUID | None = None,
    ) -> Going:
        """Make an answer the one where the form led, signed in where it says as whom."""
        self.outcome, self.user_id, self.tenant_id = answer.outcome, user_id, tenant_id
        answer.whole = True
        if user_id and tenant_id:
            await enter(request, answer, user_id=user_id, tenant_id=tenant_id)
        return answer


@asynccontextmanager
async def alone(request: AnyRequest) -> AsyncIterator[Landing]:
    """One turn of a form; its body says where it led with :meth:`Landing.at`, once it is done.

    Raises:
        AnsweredError: the same was sent before; with the answer.
    """
    press, landing = await press_of(request), Landing()
    if press is None:
        yield landing
        return
    await _wait(request, press)
    try:
        yield landing
    finally:
        await _note(request, press, landing)


async def _wait(request: AnyRequest, press: Press) -> None:
    redis = services(request).redis
    try:
        for wait in WAITS:
            if await redis.set(_name(press), b"", nx=True, ex=UNDER_WAY_MOST):
                return
            found = press.open(await redis.get(_name(press)) or b"")
            if found is not None:
                before = msgspec.json.decode(found, type=Landing)
                break
            await asyncio.sleep(wait)
        else:
            return
    except RedisError:
        return
    outcome = before.outcome or Outcome(location="/")
    answer = Going(outcome.location, outcome, outcome.cookies(), whole=True)
    if before.user_id and before.tenant_id:
        await enter(request, answer, user_id=before.user_id, tenant_id=before.tenant_id)
    raise AnsweredError(answer)


async def _note(request: AnyRequest, press: Press, landing: Landing) -> None:
    redis = services(request).redis
    try:
        if landing.outcome is None:
            await redis.delete(_name(press))
        else:
            await redis.set(_name(press), press.close(msgspec.json.encode(landing)), ex=_SECONDS)
    except RedisError:
        return


def _name(press: Press) -> str:
    return f"once:{press.key}"
