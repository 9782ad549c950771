"""How contacts come to the end of a campaign: finished, or out of it before."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Update, and_, literal, select, update
from sqlalchemy.orm import aliased

from tenantcrm.campaigns.models import Enrollment
from tenantcrm.campaigns.repository.enrolment import in_zones
from tenantcrm.campaigns.schedule import Zones
from tenantcrm.campaigns.states import EnrollmentState, ExitReason
from tenantcrm.contacts.models import Contact
from tenantcrm.database import TenantSession
from tenantcrm.orm import any_of


async def finish(
    session: TenantSession,
    campaign_id: UUID,
    *,
    since: date | None,
    through: date,
    now: datetime,
    zones: Zones | None = None,
) -> int:
    """Finish those whose day 0 is ``through`` or before, from ``since`` on (None: from ever).

    ``zones``: only contacts in one of these; None: all.

    Their contacts are locked first, as by an erasure, which takes the contact and then its
    enrolments: in the other order each of the two could wait for the other.
    """
    passed = (
        select(Enrollment.id)
        .join(
            Contact,
            and_(
                Contact.tenant_id == Enrollment.tenant_id,
                Contact.id == Enrollment.contact_id,
            ),
        )
        .where(
            Enrollment.tenant_id == session.tenant_id,
            Enrollment.campaign_id == campaign_id,
            Enrollment.enrolled_on <= through,
            in_zones(zones),
            Enrollment.state == EnrollmentState.ACTIVE,
        )
        # In the order of the index by day, which is then taken also before the first ANALYZE.
        .order_by(Enrollment.enrolled_on, Enrollment.id)
        .with_for_update(read=True, key_share=True, of=Contact)
    )
    if since is not None:
        passed = passed.where(Enrollment.enrolled_on >= since)
    found = passed.cte("passed").prefix_with("MATERIALIZED")
    statement = (
        update(Enrollment)
        .where(
            Enrollment.tenant_id == session.tenant_id,
            Enrollment.id == found.c.id,
            Enrollment.state == EnrollmentState.ACTIVE,
        )
        .values(state=EnrollmentState.FINISHED, ended_at=now)
    )
    return await _count(session, statement)


async def reopen(session: TenantSession, campaign_id: UUID, *, after: date) -> int:
    """Let those be in the campaign again who had finished and whose day 0 is later than this.

    Not an entry that another one of the contact has followed: one at a time. Contacts are locked
    first, as by :func:`finish`.
    """
    found = (
        select(Enrollment.id)
        .join(
            Contact,
            and_(Contact.tenant_id == Enrollment.tenant_id, Contact.id == Enrollment.contact_id),
        )
        .where(
            Enrollment.tenant_id == session.tenant_id,
            Enrollment.campaign_id == campaign_id,
            Enrollment.enrolled_on > after,
            Enrollment.state == EnrollmentState.FINISHED,
            is_last(),
        )
        .with_for_update(read=True, key_share=True, of=Contact)
        .cte("found")
        .prefix_with("MATERIALIZED")
    )
    statement = (
        update(Enrollment)
        .where(
            Enrollment.tenant_id == session.tenant_id,
            Enrollment.id == found.c.id,
            Enrollment.state == EnrollmentState.FINISHED,
        )
        .values(state=EnrollmentState.ACTIVE, ended_at=None)
    )
    return await _count(session, statement)


def is_last() -> ColumnElement[bool]:
    """The enrolment (of ``enrollments``) is its contact's last entry into the campaign."""
    later = aliased(Enrollment, name="later")
    return (
        ~select(literal(1))
        .where(
            later.tenant_id == Enrollment.tenant_id,
            later.contact_id == Enrollment.contact_id,
            later.campaign_id == Enrollment.campaign_id,
            later.entry > Enrollment.entry,
        )
        .correlate(Enrollment)
        .exists()
    )


async def end(
    session: TenantSession,
    *,
    reason: str,
    now: datetime,
    contact_ids: Collection[UUID] | None = None,
    campaign_id: UUID | None = None,
) -> int:
    """Take contacts out of their campaigns, or everybody out of a campaign; gives how many left."""
    statement = update(Enrollment).where(
        Enrollment.tenant_id == session.tenant_id, Enrollment.state == EnrollmentState.ACTIVE
    )
    if contact_ids is not None:
        statement = statement.where(Enrollment.contact_id == any_of(contact_ids))
    if campaign_id is not None:
        statement = statement.where(Enrollment.campaign_id == campaign_id)
    values = {"state": EnrollmentState.EXITED, "exit_reason": reason, "ended_at": now}
    return await _count(session, statement.values(values))


async def leave(
    session: TenantSession, contact_id: UUID, campaign_id: UUID, *, now: datetime
) -> int:
    """Take a contact out of a campaign at its own wish, also where it has finished it."""
    statement = update(Enrollment).where(
        Enrollment.tenant_id == session.tenant_id,
        Enrollment.contact_id == contact_id,
        Enrollment.campaign_id == campaign_id,
        Enrollment.state.in_((EnrollmentState.ACTIVE, EnrollmentState.FINISHED)),
    )
    values = {"state": EnrollmentState.EXITED, "exit_reason": ExitReason.LEFT, "ended_at": now}
    return await _count(session, statement.values(values))


async def finish_one(
    session: TenantSession, contact_id: UUID, campaign_id: UUID, *, now: datetime
) -> None:
    """Finish one contact's way through a campaign."""
    statement = update(Enrollment).where(
        Enrollment.tenant_id == session.tenant_id,
        Enrollment.contact_id == contact_id,
        Enrollment.campaign_id == campaign_id,
        Enrollment.state == EnrollmentState.ACTIVE,
    )
    await _count(session, statement.values(state=EnrollmentState.FINISHED, ended_at=now))


async def _count(session: TenantSession, statement: Update) -> int:
    result: CursorResult[Any] = await session.execute(  # type: ignore[assignment] # UPDATE
        statement.execution_options(synchronize_session=False)
    )
    return int(result.rowcount)
