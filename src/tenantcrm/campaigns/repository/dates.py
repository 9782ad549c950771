"""Those in a campaign whose day 0 is a date of their contact."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import (
    ARRAY,
    CursorResult,
    Date,
    DateTime,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    column,
    func,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from tenantcrm.campaigns.models import Enrollment
from tenantcrm.campaigns.repository.changed import of_changed
from tenantcrm.campaigns.states import EnrollmentState, ExitReason
from tenantcrm.contacts.models import Contact
from tenantcrm.database import TenantSession


class Dated(Struct, frozen=True):
    """An enrolment or a contact (``id``) with what its contact has for a date."""

    id: UUID
    contact_id: UUID
    value: Any
    timezone: str | None
    enrolled_on: date | None = None
    state: str | None = None


async def dated(
    session: TenantSession,
    campaign_id: UUID,
    attribute: str,
    *,
    since: int | None,
    after: UUID,
    limit: int,
) -> list[Dated]:
    """Those in the campaign whose contact has changed, with the date that it has now, in the order
    of the enrolments' ids, from behind ``after``.

    The contacts are held against deletion before their enrolments are written: an erasure takes
    the two in that order.
    """
    query, entry = of_changed(session, campaign_id, since)
    query = (
        query.with_only_columns(
            entry.id,
            entry.contact_id,
            Contact.attributes[attribute],
            Contact.timezone,
            entry.enrolled_on,
            entry.state,
        )
        .where(
            entry.id > after,
            or_(
                entry.state.in_([EnrollmentState.ACTIVE, EnrollmentState.FINISHED]),
                and_(
                    entry.state == EnrollmentState.EXITED,
                    entry.exit_reason == ExitReason.NO_DATE,
                ),
            ),
        )
        .order_by(entry.id)
        .limit(limit)
        .with_for_update(read=True, key_share=True, of=Contact)
    )
    return [Dated(*row) for row in await session.execute(query)]


async def candidates(
    session: TenantSession, newcomers: Select[UUID], attribute: str, *, after: UUID, limit: int
) -> list[Dated]:
    """Contacts to enrol by a date of theirs, in the order of their ids, from behind ``after``."""
    query = (
        newcomers.with_only_columns(
            Contact.id, Contact.id, Contact.attributes[attribute], Contact.timezone
        )
        .where(Contact.id > after, Contact.attributes[attribute].is_not(None))
        .order_by(Contact.id)
        .limit(limit)
    )
    return [Dated(*row) for row in await session.execute(query)]


async def enrol_dated(
    session: TenantSession, campaign_id: UUID, found: Sequence[tuple[UUID, date]], *, now: datetime
) -> int:
    """Enrol contacts, each with its own day 0."""
    if not found:
        return 0
    given = _pairs(found)
    rows = (
        select(
            literal(session.tenant_id, Uuid()),
            func.uuid_v7(),
            literal(campaign_id, Uuid()),
            Contact.id,
            given.c.day,
            literal(now, DateTime(timezone=True)),
            literal(EnrollmentState.ACTIVE.value, Text()),
        )
        .join(given, and_(Contact.id == given.c.id, true()))
        .where(Contact.tenant_id == session.tenant_id)
        .with_for_update(read=True, key_share=True, of=Contact)
    )
    names = ["tenant_id", "id", "campaign_id", "contact_id", "enrolled_on", "enrolled_at", "state"]
    statement = insert(Enrollment).from_select(names, rows, include_defaults=False)
    result: CursorResult[Any] = await session.execute(statement.on_conflict_do_nothing())  # type: ignore[assignment] # INSERT
    return int(result.rowcount)


async def move_dated(
    session: TenantSession, found: Sequence[tuple[UUID, date]], *, ended_at: datetime | None = None
) -> None:
    """Give enrolments another day 0; who had left for want of a date is in again.

    ``ended_at``: nothing is to come from that day, so that they have finished; None: they go on.
    """
    if not found:
        return
    given = _pairs(found)
    await session.execute(
        update(Enrollment)
        .where(Enrollment.tenant_id == session.tenant_id, Enrollment.id == given.c.id)
        .values(
            enrolled_on=given.c.day,
            state=EnrollmentState.ACTIVE if ended_at is None else EnrollmentState.FINISHED,
            exit_reason=None,
            ended_at=ended_at,
        )
        .execution_options(synchronize_session=False)
    )


async def leave_dated(session: TenantSession, found: Sequence[UUID], *, now: datetime) -> None:
    """Let enrolments end whose contact has no date any more."""
    if not found:
        return
    await session.execute(
        update(Enrollment)
        .where(
            Enrollment.tenant_id == session.tenant_id,
            Enrollment.id == any_(bindparam(None, list(found), ARRAY(Uuid()), unique=True)),
            Enrollment.state == EnrollmentState.ACTIVE,
        )
        .values(state=EnrollmentState.EXITED, exit_reason=ExitReason.NO_DATE.value, ended_at=now)
        .execution_options(synchronize_session=False)
    )


def _pairs(found: Sequence[tuple[UUID, date]]) -> Any:
    return (
        func.unnest(
            bindparam(None, [key for key, _ in found], ARRAY(Uuid()), unique=True),
            bindparam(None, [day for _, day in found], ARRAY(Date()), unique=True),
        )
        .table_valued(column("id", Uuid()), column("day", Date()), name="given")
        .render_derived()
    )
