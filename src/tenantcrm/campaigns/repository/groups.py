"""People of a campaign, counted by what the calendar needs of them: day 0 and zone."""

from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, Text, and_, cast, func, literal, null, or_, select

from tenantcrm.campaigns.models import Enrollment
from tenantcrm.campaigns.repository.endings import is_last
from tenantcrm.campaigns.states import EnrollmentState
from tenantcrm.contacts.models import Contact
from tenantcrm.database import TenantSession


class GroupCount(NamedTuple):
    """So many people with one day 0 in one zone (None: contacts without one, or any)."""

    day0: date
    zone: str | None
    state: str
    number: int


async def inside(
    session: TenantSession, campaign_id: UUID, *, since: date, by_zone: bool
) -> list[GroupCount]:
    """Those in the campaign, or through it, whose day 0 is ``since`` or later.

    Of whoever has come in again the last entry counts.
    """
    zone = Contact.timezone if by_zone else cast(null(), Text)
    query = (
        select(Enrollment.enrolled_on, zone.label("zone"), Enrollment.state, func.count())
        .where(
            Enrollment.tenant_id == session.tenant_id,
            Enrollment.campaign_id == campaign_id,
            Enrollment.enrolled_on >= since,
            Enrollment.state.in_([EnrollmentState.ACTIVE, EnrollmentState.FINISHED]),
            Enrollment.contact_id.is_not(None),
            or_(Enrollment.state == EnrollmentState.ACTIVE, is_last()),
        )
        .group_by(Enrollment.enrolled_on, "zone", Enrollment.state)
        .order_by(Enrollment.enrolled_on)
    )
    if by_zone:
        query = query.join(
            Contact,
            and_(Contact.tenant_id == Enrollment.tenant_id, Contact.id == Enrollment.contact_id),
        )
    return [GroupCount(*row) for row in await session.execute(query)]


async def outside(
    session: TenantSession, newcomers: Select[UUID], *, by_zone: bool, attribute: str | None
) -> list[tuple[str | None, str | None, int]]:
    """Those who would be enrolled: zone, value of the attribute, and how many."""
    nothing = literal(None, Text())
    zone = Contact.timezone if by_zone else nothing
    value = nothing if attribute is None else Contact.attributes[attribute].astext
    query = newcomers.with_only_columns(
        zone.label("zone"), value.label("value"), func.count()
    ).group_by("zone", "value")
    return [(place, text, int(number)) for place, text, number in await session.execute(query)]
