"""Who is in a campaign, who would be, and how many."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    Uuid,
    and_,
    case,
    literal,
    null,
    select,
    text,
    true,
    tuple_,
    union_all,
)

from tenantcrm.campaigns.models import Enrollment
from tenantcrm.campaigns.schemas import Candidate, Participant, Those
from tenantcrm.campaigns.states import EnrollmentState, ExitReason, Reached
from tenantcrm.contacts.models import Contact, Suppression
from tenantcrm.contacts.status import ContactStatus
from tenantcrm.database import TenantSession
from tenantcrm.tenants.models import Mode


async def participants(
    session: TenantSession,
    campaign_id: UUID,
    *,
    among: Those,
    limit: int,
    after: tuple[date, UUID] | None,
) -> list[Participant]:
    """The campaign's people, last enrolled first; ``after``: day and id of the last one seen."""
    found = _found(session, campaign_id, among, limit, after)
    query = (
        select(
            Enrollment.id,
            Enrollment.contact_id,
            Contact.email,
            Contact.name,
            Enrollment.state,
            Enrollment.enrolled_on,
            Enrollment.enrolled_at,
            Enrollment.exit_reason,
            Enrollment.ended_at,
        )
        .outerjoin(
            Contact,
            and_(
                Contact.tenant_id == Enrollment.tenant_id,
                Contact.id == Enrollment.contact_id,
            ),
        )
        .join(found, Enrollment.id == found.c.id)
        .where(Enrollment.tenant_id == session.tenant_id)
        .order_by(Enrollment.enrolled_on.desc(), Enrollment.id.desc())
        .limit(limit)
    )
    return [Participant(**row) for row in (await session.execute(query)).mappings()]


def _found(
    session: TenantSession,
    campaign_id: UUID,
    among: Those,
    limit: int,
    after: tuple[date, UUID] | None,
) -> Subquery:
    """The next enrolments, from an index that has them in this order: one look a value."""
    query = (
        select(Enrollment.enrolled_on, Enrollment.id)
        .where(Enrollment.tenant_id == session.tenant_id, Enrollment.campaign_id == campaign_id)
        .order_by(Enrollment.enrolled_on.desc(), Enrollment.id.desc())
        .limit(limit)
    )
    if among.reason is not None:
        query = query.where(Enrollment.exit_reason == among.reason)
    if among.state is not None:
        query = query.where(Enrollment.state == among.state)
    else:
        query = query.where(Enrollment.state != EnrollmentState.EXCLUDED)
    if among.since is not None:
        query = query.where(Enrollment.enrolled_on >= among.since)
    if among.until is not None:
        query = query.where(Enrollment.enrolled_on <= among.until)
    if after is not None:
        query = query.where(tuple_(Enrollment.enrolled_on, Enrollment.id) < tuple_(*after))
    if among.reached is None:
        return query.subquery("found")
    looks = [
        query.where(Enrollment.reached == value, Enrollment.reached > 0).subquery()
        for value in range(1, sum(Reached) + 1)
        if value & among.reached
    ]
    return union_all(*(select(look) for look in looks)).subquery("found")


def judged(
    session: TenantSession, condition: ColumnElement[bool], campaign_id: UUID | None
) -> tuple[Select[Any], ColumnElement[Any]]:
    """The contacts that match, and why each cannot be enrolled (NULL: it can)."""
    # One look into the unique index a contact, never a join: see enrolment.newcomers.
    first = (
        select(Enrollment.state, Enrollment.exit_reason)
        .where(
            Enrollment.tenant_id == Contact.tenant_id,
            Enrollment.contact_id == Contact.id,
            Enrollment.campaign_id == literal(campaign_id, Uuid()),
        )
        .order_by(
            Enrollment.tenant_id, Enrollment.contact_id, Enrollment.campaign_id, Enrollment.entry
        )
        .limit(1)
        .lateral("first")
    )
    suppressed = and_(
        Suppression.tenant_id == Contact.tenant_id,
        Suppression.mode == Contact.mode,
        Suppression.email_hash == Contact.email_hash,
    )
    reason = case(
        (Contact.mode == Mode.TEST, "test"),
        (Contact.status != ContactStatus.SUBSCRIBED, Contact.status),
        (Suppression.email_hash.is_not(None), "suppressed"),
        (
            and_(
                first.c.state == EnrollmentState.EXCLUDED,
                first.c.exit_reason == ExitReason.IMPORTED,
            ),
            ExitReason.IMPORTED.value,
        ),
        (first.c.state == EnrollmentState.EXCLUDED, "before_start"),
        (first.c.state.is_not(None), "already_in_campaign"),
        else_=null(),
    )
    query = (
        select()
        .select_from(Contact)
        .outerjoin(Suppression, suppressed)
        .outerjoin(first, true())
        .where(Contact.tenant_id == session.tenant_id, condition)
    )
    return query, reason


async def sample(
    session: TenantSession, condition: ColumnElement[bool], campaign_id: UUID | None, limit: int
) -> list[Candidate]:
    """The newest contacts that match and can be enrolled."""
    query, reason = judged(session, condition, campaign_id)
    query = (
        query.add_columns(Contact.id, Contact.email, Contact.name)
        .where(reason.is_(None))
        .order_by(Contact.id.desc())
        .limit(limit)
    )
    return [Candidate(**row) for row in (await session.execute(query)).mappings()]


# One look into the index for each day 0 that there is, however many people have it.
_DAYS0 = text(
    """
    WITH RECURSIVE days AS (
      (SELECT enrolled_on FROM enrollments
       WHERE tenant_id = :t AND campaign_id = :campaign AND enrolled_on >= :since
         AND state IN ('active', 'finished') AND contact_id IS NOT NULL
       ORDER BY enrolled_on, id LIMIT 1)
      UNION ALL
      SELECT (SELECT enrolled_on FROM enrollments e
              WHERE tenant_id = :t AND campaign_id = :campaign AND e.enrolled_on > days.enrolled_on
                AND state IN ('active', 'finished') AND contact_id IS NOT NULL
              ORDER BY e.enrolled_on, id LIMIT 1)
      FROM days WHERE days.enrolled_on IS NOT NULL
    )
    SELECT enrolled_on FROM days WHERE enrolled_on IS NOT NULL
    """
)


async def days0(session: TenantSession, campaign_id: UUID, *, since: date) -> list[date]:
    """The day 0s, from ``since`` on, of those who are in the campaign, in order."""
    values = {"t": session.tenant_id, "campaign": campaign_id, "since": since}
    return list((await session.execute(_DAYS0, values)).scalars())


async def any_of(session: TenantSession, contacts: Select[UUID]) -> bool:
    """Whether the query finds anybody."""
    return (await session.execute(contacts.limit(1))).first() is not None


async def any_of_the_newest(session: TenantSession, contacts: Select[UUID], most: int) -> bool:
    """Whether the query finds anybody, as far as the newest ``most`` contacts tell.

    Where they tell of nobody and there are more of them, somebody is taken to be found.
    """
    own = select(Contact.id).where(Contact.tenant_id == session.tenant_id)
    newest = own.order_by(Contact.id.desc())
    if await any_of(session, contacts.where(Contact.id.in_(newest.limit(most)))):
        return True
    return (await session.execute(newest.offset(most).limit(1))).first() is not None
