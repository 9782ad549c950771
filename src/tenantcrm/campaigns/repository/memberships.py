"""The campaigns that a contact is in, or was."""

from uuid import UUID

from sqlalchemy import and_, select, tuple_

from tenantcrm.campaigns.models import Campaign, Enrollment
from tenantcrm.campaigns.schemas import Membership
from tenantcrm.cursors import Place
from tenantcrm.database import TenantSession


async def of_contact(
    session: TenantSession, contact_id: UUID, *, after: Place | None, limit: int
) -> list[Membership]:
    """The contact's enrolments, the latest first."""
    query = (
        select(
            Enrollment.id,
            Enrollment.campaign_id,
            Campaign.name.label("campaign_name"),
            Enrollment.state,
            Enrollment.enrolled_on,
            Enrollment.enrolled_at,
            Enrollment.exit_reason,
            Enrollment.ended_at,
        )
        .join(
            Campaign,
            and_(Campaign.tenant_id == Enrollment.tenant_id, Campaign.id == Enrollment.campaign_id),
        )
        .where(Enrollment.tenant_id == session.tenant_id, Enrollment.contact_id == contact_id)
        .order_by(Enrollment.enrolled_at.desc(), Enrollment.id.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(Enrollment.enrolled_at, Enrollment.id) < tuple_(*after))
    return [Membership(**row) for row in (await session.execute(query)).mappings()]
