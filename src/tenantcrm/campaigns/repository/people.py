"""Who is in a campaign, who would be, and how many."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    Select,
    Subquery,
    Uuid,
    and_,
    bindparam,
    case,
    exists,
    literal,
    null,
    select,
    text,
    true,
    tuple_,
    union_all,
)

from tenantcrm.campaigns.models import Enrollment
from tenantcrm.campaigns.repository.enrolment import entries_of
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
    entered = entries_of(campaign_id, Enrollment.state, Enrollment.exit_reason)
    first = entered.limit(1).lateral("first")
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
    SELECT k.campaign, d.enrolled_on FROM unnest(:campaigns, :since) AS k (campaign, since)
    CROSS JOIN LATERAL (
      WITH RECURSIVE days AS (
        (SELECT enrolled_on FROM enrollments
         WHERE tenant_id = :t AND campaign_id = k.campaign AND enrolled_on >= k.since
           AND state IN ('active', 'finished') AND contact_id IS NOT NULL
         ORDER BY enrolled_on, id LIMIT 1)
        UNION ALL
        SELECT (SELECT enrolled_on FROM enrollments e
                WHERE tenant_id = :t AND campaign_id = k.campaign
                  AND e.enrolled_on > days.enrolled_on
                  AND state IN ('active', 'finished') AND contact_id IS NOT NULL
                ORDER BY e.enrolled_on, id LIMIT 1)
        FROM days WHERE days.enrolled_on IS NOT NULL
      )
      SELECT enrolled_on FROM days WHERE enrolled_on IS NOT NULL
    ) AS d
    ORDER BY d.enrolled_on
    """
).bindparams(
    bindparam("t", type_=Uuid()),
    bindparam("campaigns", type_=ARRAY(Uuid())),
    bindparam("since", type_=ARRAY(Date())),
)


async def days0(session: TenantSession, since: Mapping[UUID, date]) -> dict[UUID, list[date]]:
    """The day 0s of those who are in each campaign, from the one given for it on, in order."""
    found: dict[UUID, list[date]] = {campaign: [] for campaign in since}
    values = {"t": session.tenant_id, "campaigns": list(since), "since": list(since.values())}
    for campaign, day in await session.execute(_DAYS0, values):
        found[campaign].append(day)
    return found


async def found_by(session: TenantSession, queries: Mapping[UUID, Select[UUID]]) -> set[UUID]:
    """Which of the queries, of contacts, find anybody: all of them in one statement."""
    if not queries:
        return set()
    looks = [
        select(literal(key, Uuid())).where(exists(contacts)) for key, contacts in queries.items()
    ]
    return set((await session.execute(union_all(*looks))).scalars())


async def more_than(session: TenantSession, number: int) -> bool:
    """Whether the tenant has more contacts than this."""
    query = select(Contact.id).where(Contact.tenant_id == session.tenant_id).order_by(Contact.id)
    return (await session.execute(query.offset(number).limit(1))).first() is not None


async def last_change(session: TenantSession) -> int:
    """The newest transaction that changed one of the tenant's contacts; 0: it has none."""
    query = (
        select(Contact.changed)
        .where(Contact.tenant_id == session.tenant_id)
        .order_by(Contact.changed.desc())
        .limit(1)
    )
    return (await session.execute(query)).scalar_one_or_none() or 0
