"""What the operator does: see tenants, suspend with a reason, resume."""

from uuid import UUID

from sqlalchemy.exc import IntegrityError

from tenantcrm import clock, ids, jobs
from tenantcrm.database import ControlSession
from tenantcrm.errors import ConflictError, InvalidError, NotFoundError
from tenantcrm.tenants import passwords, rules
from tenantcrm.tenants.errors import EmailTakenError, SignInRefusedError, StaleLinkError
from tenantcrm.tenants.models import Operator, OperatorAction, TenantState
from tenantcrm.tenants.repository import operators as stored_operators
from tenantcrm.tenants.repository import people as stored_people
from tenantcrm.tenants.schemas import TenantRow

REASON_MAXIMUM = 500


async def create(session: ControlSession, *, email: str, email_key: str) -> UUID:
    """Make a person of the operator console, without a password yet.

    Raises:
        EmailTakenError: there is one with this address.
    """
    operator = Operator(id=ids.new_id(), email=email, email_key=email_key)
    session.add(operator)
    try:
        await session.flush()
    except IntegrityError as fault:
        raise EmailTakenError.of(
            "/email", "email_taken", "There is an operator with this address already"
        ) from fault
    return operator.id


async def sign_in(session: ControlSession, *, email_key: str, password: str) -> UUID:
    """The operator's id.

    Raises:
        SignInRefusedError: the address is unknown or the password is wrong.
    """
    operator = await stored_operators.Operators(session=session).get_one_or_none(
        email_key=email_key
    )
    right = await passwords.verify_password(operator.password_hash if operator else None, password)
    if operator is None or not right:
        raise SignInRefusedError
    return operator.id


async def find(session: ControlSession, operator_id: UUID) -> Operator | None:
    """The operator, or None when they are no longer one."""
    return await stored_operators.Operators(session=session).get_one_or_none(id=operator_id)


async def password_stamp(session: ControlSession, operator_id: UUID) -> bytes | None:
    """What a link that sets a password is bound to; None when there is no such operator."""
    operator = await find(session, operator_id)
    return None if operator is None else passwords.stamp(operator.password_hash)


async def set_password(session: ControlSession, operator_id: UUID, password: str) -> None:
    """Set an operator's password.

    Raises:
        InvalidError: the password is too weak.
        StaleLinkError: there is no such operator.
    """
    operator = await find(session, operator_id)
    if operator is None:
        raise StaleLinkError
    rules.check_password(password, email=operator.email)
    operator.password_hash = await passwords.hash_password(password)


async def tenants(
    session: ControlSession,
    *,
    search: str = "",
    state: str = "",
    after: UUID | None = None,
    limit: int = 100,
) -> list[TenantRow]:
    """Tenants with their counts, newest first; ``search`` is part of a name."""
    return await stored_operators.tenant_rows(
        session, search=search, state=state, after=after, limit=limit
    )


async def totals(session: ControlSession) -> dict[str, int]:
    """The installation in numbers: tenants, suspended ones, and the sums of their counts."""
    return await stored_operators.totals(session)


async def tenant(session: ControlSession, tenant_id: UUID) -> TenantRow:
    """One tenant with its counts.

    Raises:
        NotFoundError: there is none.
    """
    row = await stored_operators.tenant_row(session, tenant_id)
    if row is None:
        raise NotFoundError("There is no such tenant")
    return row


async def suspend(
    session: ControlSession, tenant_id: UUID, *, reason: str, operator_id: UUID | None
) -> None:
    """Stop a tenant: its keys answer 403, nothing of it is enrolled or sent, its people see why.

    Raises:
        InvalidError: there is no reason, or a very long one.
        NotFoundError: there is no such tenant.
        ConflictError: it is suspended already.
    """
    reason = reason.strip()
    if not reason or len(reason) > REASON_MAXIMUM:
        raise InvalidError.of(
            "/reason", "required", f"A reason of 1 to {REASON_MAXIMUM} characters is needed"
        )
    row = await stored_people.lock_tenant(session, tenant_id)
    if row is None:
        raise NotFoundError("There is no such tenant")
    if row.state == TenantState.SUSPENDED:
        raise ConflictError("This tenant is suspended already")
    row.state, row.suspended_reason, row.suspended_at = TenantState.SUSPENDED, reason, clock.now()
    session.add(
        OperatorAction(
            id=ids.new_id(),
            tenant_id=tenant_id,
            operator_id=operator_id,
            action="suspend",
            reason=reason,
        )
    )
    await session.flush()


async def resume(session: ControlSession, tenant_id: UUID, *, operator_id: UUID | None) -> None:
    """Let a suspended tenant work again; what fell due meanwhile follows the lateness rule.

    Raises:
        NotFoundError: there is no such tenant.
        ConflictError: it is not suspended.
    """
    row = await stored_people.lock_tenant(session, tenant_id)
    if row is None:
        raise NotFoundError("There is no such tenant")
    if row.state != TenantState.SUSPENDED:
        raise ConflictError("This tenant is not suspended")
    row.state, row.suspended_reason, row.suspended_at = TenantState.ACTIVE, "", None
    session.add(
        OperatorAction(
            id=ids.new_id(), tenant_id=tenant_id, operator_id=operator_id, action="resume"
        )
    )
    await session.flush()
    jobs.wake(session, "scan", "send")


async def actions(session: ControlSession, tenant_id: UUID) -> list[OperatorAction]:
    """What operators did to the tenant, newest first."""
    return await stored_operators.operator_actions(session, tenant_id)
