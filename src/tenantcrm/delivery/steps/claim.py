"""Claim what is due, and let go of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from tenantcrm import clock
from tenantcrm.database import TenantSession
from tenantcrm.delivery import allowances
from tenantcrm.delivery.allowances import Cap
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
    start: float = 0.0,
    rest: timedelta | None = None,
    cap: Cap | None = None,
) -> list[Claimed]:
    """Claim up to ``most`` due mails of a lane; none when another worker is at it.

    Args:
        bench: of the worker.
        tenant_id: whose lane.
        kind: which.
        most: how many, one or two seconds of work.
        start: the virtual time of the lane's class: no lane is behind it.
        rest: machine time for which the lane is left alone afterwards.
        cap: of the tenant's campaigns in 24 hours; where it is reached, their lanes are parked.
    """
    now, real = clock.now(), clock.real_now()
    lease = real + CLAIM_LEASE
    async with bench.database.unit_of_work(tenant_id) as session:
        # A cap is kept over both lanes of campaigns, so whoever counts against it holds both.
        held = await (lanes.lock(session, kind) if cap is None else lanes.lock_campaigns(session))
        if not held:
            return []
        if cap is not None:
            most = min(most, await _room(session, cap, now))
            if most <= 0:
                return []
        await ledger.put_back(session, kind, real_now=real)
        claimed = await ledger.claim(
            session, kind, most=most, worker=bench.worker, now=now, lease=lease
        )
        await lanes.note_served(
            session,
            kind,
            start=start,
            mails=len(claimed),
            now=now,
            real=real,
            lease=lease if claimed else None,
            rest=None if rest is None else real + rest,
            look=real + max(LOOK / clock.rate(), SOONEST_LOOK),
        )
    return claimed


async def _room(session: TenantSession, cap: Cap, now: datetime) -> int:
    """How many mails the cap leaves; where none, the lanes of campaigns are parked."""
    since = allowances.window_from(now)
    room = cap.mails - await hours.used_by_campaigns(session, since=since)
    if room <= 0:
        counted = await hours.of_campaigns(session, since=since)
        await lanes.park(session, cap.rule, allowances.next_chance(counted, cap, now))
    return room


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
