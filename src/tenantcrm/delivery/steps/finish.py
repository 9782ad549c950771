"""Write down what came of requests."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from tenantcrm import clock
from tenantcrm.database import TenantSession
from tenantcrm.delivery.account import retry_wait
from tenantcrm.delivery.answers import Outcome
from tenantcrm.delivery.repository import hours, lanes, ledger
from tenantcrm.delivery.schemas import Moved, Settlement
from tenantcrm.delivery.states import State
from tenantcrm.delivery.steps.bench import Bench, Ready


async def finish(
    bench: Bench, tenant_id: UUID, outcomes: Sequence[tuple[Ready, Outcome]]
) -> list[Moved]:
    """Write what came of requests, where the fence is still this worker's; gives what moved.

    An answer that comes after the lease is as good: the mail is ``unknown`` then, and is not now.
    """
    settlements = [_settlement(ready, outcome) for ready, outcome in outcomes]
    async with bench.database.unit_of_work(tenant_id) as session:
        moved = await ledger.settle(
            session, settlements, old=[State.SENDING, State.UNKNOWN], now=clock.now()
        )
        # Both are certain refusals; what is unknown may have been taken, and counts.
        refused = [mail for mail in moved if mail.state in {State.PENDING, State.FAILED}]
        await hours.take_back(session, refused)
        await wake_for(session, moved)
    return moved


def _settlement(ready: Ready, outcome: Outcome) -> Settlement:
    retry_at = None
    if outcome.state is State.PENDING:
        seconds = retry_wait(outcome.scope, ready.attempt, random.random())  # noqa: S311 - a spread
        retry_at = clock.real_now() + timedelta(seconds=seconds)
    return Settlement(
        id=ready.id,
        fence=ready.fence,
        state=outcome.state,
        reason=outcome.reason,
        detail=outcome.detail,
        ses_message_id=outcome.ses_message_id,
        retry_at=retry_at,
    )


async def wake_for(session: TenantSession, moved: Sequence[Moved]) -> None:
    """Whatever has become pending makes its lane due."""
    due: dict[str, datetime] = {}
    for mail in moved:
        if mail.state == State.PENDING:
            due[mail.kind] = min(mail.due_at, due.get(mail.kind, mail.due_at))
    await lanes.wake(session, due)
