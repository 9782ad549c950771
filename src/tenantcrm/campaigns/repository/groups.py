"""People of a campaign, counted by what the calendar needs of them: day 0 and zone.

Those who are in it are sums of summands (decision 0029). Their zones are those of their contacts,
which have to be looked at: all of them, or, where that takes too long, one in 64.
"""

from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, case, cast, func, null, select, true

from tenantcrm.campaigns.models import Enrollment, PeopleCount
from tenantcrm.campaigns.repository import people
from tenantcrm.campaigns.repository.endings import is_last
from tenantcrm.campaigns.repository.enrolment import entries_of
from tenantcrm.campaigns.states import EnrollmentState
from tenantcrm.contacts.models import Contact
from tenantcrm.database import TenantSession
from tenantcrm.tenants.models import Mode


class GroupCount(NamedTuple):
    """So many people with one day 0 in one zone (None: contacts without one, or any)."""

    day0: date
    zone: str | None
    number: int


async def active(
    session: TenantSession, campaign_id: UUID, *, since: date, by_zone: bool
) -> list[GroupCount]:
    """Those in the campaign whose day 0 is ``since`` or later."""
    if by_zone:
        return await _counted(session, campaign_id, EnrollmentState.ACTIVE, since, by_zone=True)
    return await _summed(session, campaign_id, EnrollmentState.ACTIVE, since)


async def finished(
    session: TenantSession, campaign_id: UUID, *, since: date, by_zone: bool
) -> list[GroupCount]:
    """Those through the campaign whose day 0 is ``since`` or later.

    Of whoever has come in again the last entry counts, and of the erased there is nobody: no
    summand tells that, but often enough there is nobody at all.
    """
    if not await _summed(session, campaign_id, EnrollmentState.FINISHED, since):
        return []
    return await _counted(session, campaign_id, EnrollmentState.FINISHED, since, by_zone=by_zone)


async def _summed(
    session: TenantSession, campaign_id: UUID, state: EnrollmentState, since: date
) -> list[GroupCount]:
    query = (
        select(PeopleCount.enrolled_on, func.sum(PeopleCount.people))
        .where(
            PeopleCount.tenant_id == session.tenant_id,
            PeopleCount.campaign_id == campaign_id,
            PeopleCount.enrolled_on >= since,
            PeopleCount.state == state,
        )
        .group_by(PeopleCount.enrolled_on)
        .having(func.sum(PeopleCount.people) != 0)
        .order_by(PeopleCount.enrolled_on)
    )
    return [GroupCount(day, None, int(n)) for day, n in await session.execute(query)]


async def _counted(
    session: TenantSession, campaign_id: UUID, state: EnrollmentState, since: date, *, by_zone: bool
) -> list[GroupCount]:
    zone: Any = Contact.timezone if by_zone else cast(null(), Text)
    query = (
        select(Enrollment.enrolled_on, zone.label("zone"), func.count())
        .where(
            Enrollment.tenant_id == session.tenant_id,
            Enrollment.campaign_id == campaign_id,
            Enrollment.enrolled_on >= since,
            Enrollment.state == state,
            Enrollment.contact_id.is_not(None),
        )
        .group_by(Enrollment.enrolled_on, "zone")
        .order_by(Enrollment.enrolled_on)
    )
    if state is not EnrollmentState.ACTIVE:
        query = query.where(is_last())
    if by_zone:
        query = query.join(
            Contact,
            and_(Contact.tenant_id == Enrollment.tenant_id, Contact.id == Enrollment.contact_id),
        )
    return [GroupCount(*row) for row in await session.execute(query)]


async def dated(
    session: TenantSession, campaign_id: UUID, attribute: str, *, by_zone: bool
) -> list[tuple[GroupCount, str | None]]:
    """Those in the campaign, also by the value of an attribute that their day 0 is to be."""
    zone: Any = Contact.timezone if by_zone else cast(null(), Text)
    query = (
        select(
            Enrollment.enrolled_on,
            zone.label("zone"),
            func.count(),
            Contact.attributes[attribute].astext.label("value"),
        )
        .join(
            Contact,
            and_(Contact.tenant_id == Enrollment.tenant_id, Contact.id == Enrollment.contact_id),
        )
        .where(
            Enrollment.tenant_id == session.tenant_id,
            Enrollment.campaign_id == campaign_id,
            Enrollment.state == EnrollmentState.ACTIVE,
        )
        .group_by(Enrollment.enrolled_on, "zone", "value")
        .order_by(Enrollment.enrolled_on)
    )
    rows = await session.execute(query)
    return [(GroupCount(day0, zone, n), value) for day0, zone, n, value in rows]


async def active_sample(
    session: TenantSession, campaign_id: UUID, those: ColumnElement[bool]
) -> list[GroupCount]:
    """Of a sample of contacts those who are in the campaign, by day 0 and zone."""
    entered = entries_of(campaign_id, Enrollment.enrolled_on, Enrollment.state, newest=True)
    last = entered.limit(1).lateral("last")
    query = (
        select(last.c.enrolled_on, Contact.timezone, func.count())
        .select_from(Contact)
        .join(last, true())
        .where(
            Contact.tenant_id == session.tenant_id,
            Contact.mode == Mode.LIVE,
            those,
            last.c.state == EnrollmentState.ACTIVE,
        )
        .group_by(last.c.enrolled_on, Contact.timezone)
    )
    return [GroupCount(*row) for row in await session.execute(query)]


class Judged(NamedTuple):
    """So many contacts that match. ``reason``: why they cannot come in (None: they can).

    ``zone`` and ``value`` (of the attribute that the campaign counts from) of those who can.
    """

    reason: str | None
    zone: str | None
    value: str | None
    number: int


async def judged(
    session: TenantSession,
    condition: ColumnElement[bool],
    campaign_id: UUID | None,
    *,
    by_zone: bool = False,
    attribute: str | None = None,
) -> list[Judged]:
    """The contacts that match, counted by what would become of them."""
    matching, reason = people.judged(session, condition, campaign_id)
    nothing = cast(null(), Text)
    zone: Any = Contact.timezone if by_zone else nothing
    value: Any = nothing if attribute is None else Contact.attributes[attribute].astext
    found = matching.add_columns(
        reason.label("reason"), zone.label("zone"), value.label("value")
    ).subquery("found")
    can = found.c.reason.is_(None)
    columns = (
        found.c.reason,
        case((can, found.c.zone), else_=nothing),
        case((can, found.c.value), else_=nothing),
    )
    query = select(*columns, func.count()).group_by(*columns)
    return [Judged(*row) for row in await session.execute(query)]
