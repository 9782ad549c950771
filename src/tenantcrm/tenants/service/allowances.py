"""What an operator lets a tenant send: its rate, cap and ramp, and going on after a pause."""

from uuid import UUID

from tenantcrm import clock, ids, jobs
from tenantcrm.database import ControlSession
from tenantcrm.errors import ConflictError, NotFoundError
from tenantcrm.tenants import allowance_rules, rules
from tenantcrm.tenants.models import OperatorAction, Standing, Tenant
from tenantcrm.tenants.repository import people as stored_people
from tenantcrm.tenants.schemas import Allowances


async def set_allowances(
    session: ControlSession,
    tenant_id: UUID,
    *,
    allowances: Allowances,
    reason: str,
    operator_id: UUID | None,
) -> None:
    """Change how much a tenant may send.

    Raises:
        InvalidError: a figure or the reason is not acceptable.
        NotFoundError: there is no such tenant.
        ConflictError: nothing would change.
    """
    allowance_rules.check_allowances(allowances, reason)
    row = await _locked(session, tenant_id)
    before = Allowances(
        send_rate=row.send_rate, daily_cap=row.daily_cap, warm_up_from=row.warm_up_from
    )
    if allowances == before:
        raise ConflictError("Nothing was changed: these are its allowances already")
    row.send_rate, row.daily_cap = allowances.send_rate, allowances.daily_cap
    row.warm_up_from = allowances.warm_up_from
    row.updated_at = clock.now()
    words = f"{'; '.join(allowance_rules.changes(before, allowances))}. {reason.strip()}"
    await _note(session, tenant_id, operator_id, "allowances", words)


async def forgive(
    session: ControlSession, tenant_id: UUID, *, reason: str, operator_id: UUID | None
) -> None:
    """Let a tenant go on that bounces or complaints have warned or stopped: they count no more.

    Raises:
        InvalidError: there is no reason, or a very long one.
        NotFoundError: there is no such tenant.
        ConflictError: it is in good standing.
    """
    reason = rules.check_reason(reason, pointer="/forgive_reason")
    row = await _locked(session, tenant_id)
    if row.standing == Standing.GOOD:
        raise ConflictError("This tenant is in good standing")
    row.standing, row.standing_reason = Standing.GOOD, ""
    row.standing_since = row.forgiven_at = clock.now()
    await _note(session, tenant_id, operator_id, "forgive", reason)


async def _locked(session: ControlSession, tenant_id: UUID) -> Tenant:
    row = await stored_people.lock_tenant(session, tenant_id)
    if row is None:
        raise NotFoundError("There is no such tenant")
    return row


async def _note(
    session: ControlSession, tenant_id: UUID, operator_id: UUID | None, action: str, reason: str
) -> None:
    session.add(
        OperatorAction(
            id=ids.new_id(),
            tenant_id=tenant_id,
            operator_id=operator_id,
            action=action,
            reason=reason,
        )
    )
    await session.flush()
    jobs.wake(session, "send")
