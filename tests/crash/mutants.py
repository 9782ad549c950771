"""Builds that are wrong on purpose: with each of them the crash test must fail."""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from tenantcrm.delivery import steps
from tenantcrm.delivery.repository import ledger
from tenantcrm.delivery.repository.statement import statement
from tenantcrm.driver import BoundConnection

REHEARSAL: ContextVar[bool] = ContextVar("rehearsal", default=False)
_CARELESS = statement(
    """
    WITH gone AS (
      SELECT id FROM deliveries WHERE tenant_id = :t AND lease_until < :real
      ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED)
    UPDATE deliveries d SET state = 'pending', lease_until = NULL, updated_at = :now
    FROM gone WHERE d.tenant_id = :t AND d.id = gone.id
    RETURNING d.id, d.kind, d.state, d.due_at
    """
)


def ask_before_preflight_commits() -> None:
    """The request leaves before ``sending`` is committed.

    What preflight would send is found by one that is undone; that is sent, and only then comes
    the one that commits. A worker that dies in between has asked, and nobody knows.
    """
    preflight, request, execute = steps.preflight, steps.request_parcel, BoundConnection.execute
    asked: dict[tuple[UUID, int], Any] = {}

    async def undone(self: Any, query: str, *args: Any, **more: Any) -> str:
        if REHEARSAL.get() and query.startswith("COMMIT"):
            query = "ROLLBACK;"
        return await execute(self, query, *args, **more)

    async def hasty(bench: Any, tenant_id: UUID, *args: Any, **more: Any) -> Any:
        token = REHEARSAL.set(True)
        try:
            parcels = await preflight(bench, tenant_id, *args, **more)
        finally:
            REHEARSAL.reset(token)
        for answers in await asyncio.gather(*(request(bench, tenant_id, one) for one in parcels)):
            asked.update({(ready.id, ready.fence): outcome for ready, outcome in answers})
        return await preflight(bench, tenant_id, *args, **more)

    async def already_asked(bench: Any, tenant_id: UUID, parcel: Any) -> Any:
        keys = [(ready.id, ready.fence) for ready in parcel]
        if all(key in asked for key in keys):
            return [(ready, asked.pop(key)) for ready, key in zip(parcel, keys, strict=True)]
        return await request(bench, tenant_id, parcel)

    BoundConnection.execute = undone  # type: ignore[method-assign]
    steps.preflight = hasty  # type: ignore[assignment]
    steps.request_parcel = already_asked  # type: ignore[assignment]


def rescue_puts_sending_back() -> None:
    """A mail whose worker is gone is sent again, although SES may have been asked."""

    async def careless(session: Any, *, now: Any, real_now: Any) -> list[Any]:
        values = {"t": session.tenant_id, "now": now, "real": real_now, "most": ledger.AT_ONCE}
        rows = (await session.execute(_CARELESS, values)).mappings()
        return [ledger.Moved(**row) for row in rows]

    ledger.rescue = careless


MUTANTS: dict[str, Callable[[], None]] = {
    "ask-before-preflight-commits": ask_before_preflight_commits,
    "rescue-puts-sending-back": rescue_puts_sending_back,
}
