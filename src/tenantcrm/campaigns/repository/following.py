"""Those in a campaign, followed as their contacts stop matching its filter, and match anew."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Date,
    DateTime,
    Text,
    Uuid,
    and_,
    case,
    func,
    literal,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from tenantcrm.campaigns.calendar import DAY
from tenantcrm.campaigns.models import Enrollment
from tenantcrm.campaigns.repository.changed import of_changed
from tenantcrm.campaigns.repository.enrolment import in_zones, mailable
from tenantcrm.campaigns.schedule import Zones
from tenantcrm.campaigns.states import EnrollmentState, ExitReason
from tenantcrm.contacts.models import Contact
from tenantcrm.database import TenantSession


async def note_unmatched(
    session: TenantSession,
    campaign_id: UUID,
    condition: ColumnElement[bool],
    *,
    since: int | None,
    leave: bool,
    now: datetime,
) -> int:
    """Note who no longer matches; with ``leave``, those who are in the campaign leave it."""
    query, entry = of_changed(session, campaign_id, since)
    gone = (
        query.with_only_columns(entry.id)
        .where(
            not_(condition),
            # Noted before, while the campaign let nobody leave: now they do.
            or_(entry.unmatched_at.is_(None), entry.state == EnrollmentState.ACTIVE)
            if leave
            else entry.unmatched_at.is_(None),
            or_(
                entry.state != EnrollmentState.EXITED,
                # Left before, and has matched again since by an import that lets nobody in.
                and_(
                    entry.exit_reason == ExitReason.UNMATCHED,
                    entry.unmatched_at.is_(None),
                ),
            ),
        )
        .with_for_update(read=True, key_share=True, of=Contact)
        .cte("gone")
        .prefix_with("MATERIALIZED")
    )
    values: dict[str, Any] = {"unmatched_at": func.coalesce(Enrollment.unmatched_at, now)}
    if leave:
        leaves = Enrollment.state == EnrollmentState.ACTIVE
        values |= {
            "state": case((leaves, EnrollmentState.EXITED.value), else_=Enrollment.state),
            "exit_reason": case((leaves, ExitReason.UNMATCHED.value), else_=Enrollment.exit_reason),
            "ended_at": case((leaves, literal(now)), else_=Enrollment.ended_at),
        }
    statement = (
        update(Enrollment)
        .where(Enrollment.tenant_id == session.tenant_id, Enrollment.id == gone.c.id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    result: CursorResult[Any] = await session.execute(statement)  # type: ignore[assignment] # UPDATE
    return int(result.rowcount)


async def enter_again(
    session: TenantSession,
    campaign_id: UUID,
    condition: ColumnElement[bool],
    *,
    gap_days: int | None,
    zones: Zones | None,
    enrolled_on: date,
    now: datetime,
) -> int:
    """Enrol those who match anew, once more; gives how many.

    Whoever was not let in at the start, because the campaign is for newcomers, comes in for the
    first time; everybody else after ``gap_days`` since the last entry (None: never again).
    """
    last, later = aliased(Enrollment, name="last"), aliased(Enrollment, name="later")
    waited: ColumnElement[bool] = last.state == EnrollmentState.EXCLUDED
    if gap_days is not None:
        ended = or_(
            last.state == EnrollmentState.FINISHED,
            and_(last.state == EnrollmentState.EXITED, last.exit_reason == ExitReason.UNMATCHED),
        )
        # Days of the calendar, as the drip has them: a scan is a second earlier than the last.
        waited = or_(waited, and_(ended, last.enrolled_on <= enrolled_on - gap_days * DAY))
    rows = (
        select(
            literal(session.tenant_id, Uuid()),
            func.uuid_v7(),
            literal(campaign_id, Uuid()),
            Contact.id,
            literal(enrolled_on, Date()),
            literal(now, DateTime(timezone=True)),
            literal(EnrollmentState.ACTIVE.value, Text()),
            last.entry + 1,
        )
        .select_from(last)
        .join(Contact, and_(Contact.tenant_id == last.tenant_id, Contact.id == last.contact_id))
        .where(
            last.tenant_id == session.tenant_id,
            last.campaign_id == campaign_id,
            last.unmatched_at.is_not(None),
            waited,
            Contact.tenant_id == session.tenant_id,
            mailable(),
            condition,
            in_zones(zones),
            ~select(literal(1))
            .where(
                later.tenant_id == last.tenant_id,
                later.contact_id == last.contact_id,
                later.campaign_id == last.campaign_id,
                later.entry > last.entry,
            )
            .correlate(last)
            .exists(),
        )
        .with_for_update(read=True, key_share=True, of=Contact)
    )
    names = ["tenant_id", "id", "campaign_id", "contact_id", "enrolled_on", "enrolled_at", "state"]
    statement = insert(Enrollment).from_select([*names, "entry"], rows, include_defaults=False)
    result: CursorResult[Any] = await session.execute(statement.on_conflict_do_nothing())  # type: ignore[assignment] # INSERT
    return int(result.rowcount)
