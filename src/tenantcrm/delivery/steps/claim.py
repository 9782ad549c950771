"""Claim what is due, and let go of it."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

from tenantcrm import clock
from tenantcrm.delivery.repository import hours, lanes, ledger
from tenantcrm.delivery.schemas import Claimed, Settlement
from tenantcrm.delivery.states import State
from tenantcrm.delivery.steps.bench import CLAIM_LEASE, Bench
from tenantcrm.delivery.steps.finish import wake_for

LOOK = timedelta(seconds=15)
"""Business time between looks whether a paused campaign is active again, should nobody ring."""
SOONEST_LOOK = timedelta(seconds=1)
"""Machine time that passes between them at least."""


async def claim(
    bench: Bench,
    tenant_id: UUID,
    kind: str,
    *,
    most: int,
    served: Callable[[int], float],
    rest: timedelta | None = None,
) -> list[Claimed]:
    """Claim up to ``most`` due mails of a lane; none when another worker is at it.

    Args:
        bench: of the worker.
        tenant_id: whose lane.
        kind: which.
        most: how many, one or two seconds of work.
        served: the lane's virtual time after so many mails.
        rest: machine time for which the lane is left alone afterwards.
    """
    now, real = clock.now(), clock.real_now()
    lease = real + CLAIM_LEASE
    async with bench.database.unit_of_work(tenant_id) as session:
        if not await lanes.lock(session, kind):
            return []
        await ledger.put_back(session, kind, real_now=real)
        claimed = await ledger.claim(
            session, kind, most=most, worker=bench.worker, now=now, lease=lease
        )
        await lanes.note_served(
            session,
            kind,
            served=served(len(claimed)),
            now=now,
            lease=lease if claimed else None,
            rest=None if rest is None else real + rest,
            look=real + max(LOOK / clock.rate(), SOONEST_LOOK),
        )
    return claimed


async def release(
    bench: Bench, tenant_id: UUID, claimed: Sequence[Claimed], *, unasked: bool = False
) -> None:
    """Put back what was claimed and has not come to a request.

    ``unasked``: this worker knows that it has asked SES for none of them. Then those whose mark
    ``sending`` was committed while the answer of the database was lost go back as well.
    """
    settlements = [Settlement(id=m.id, fence=m.fence, state=State.PENDING) for m in claimed]
    async with bench.database.unit_of_work(tenant_id) as session:
        moved = await ledger.settle(session, settlements, old=[State.CLAIMED], now=clock.now())
        if unasked:
            marked = await ledger.settle(session, settlements, old=[State.SENDING], now=clock.now())
            await hours.take_back(session, marked)
            moved += marked
        await wake_for(session, moved)
