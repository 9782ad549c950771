"""People of a campaign whose contact has changed since the campaign was looked at."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, select, true
from sqlalchemy.orm import aliased

from tenantcrm.campaigns.models import Enrollment
from tenantcrm.campaigns.repository.enrolment import entries_of, in_zones
from tenantcrm.campaigns.schedule import Zones
from tenantcrm.campaigns.states import EnrollmentState
from tenantcrm.contacts.models import Contact
from tenantcrm.database import TenantSession


def of_changed(
    session: TenantSession,
    campaign_id: UUID,
    since: int | None,
) -> tuple[Select[Any], type[Enrollment]]:
    """Enrolments of a campaign whose contact was changed by this transaction or a later one.

    Returns:
        A query of nothing yet, from ``contacts`` and the enrolments; and these, to name columns of.
    """
    if since is None:
        query = (
            select()
            .select_from(Enrollment)
            .join(
                Contact,
                and_(
                    Contact.tenant_id == Enrollment.tenant_id, Contact.id == Enrollment.contact_id
                ),
            )
            .where(
                Enrollment.tenant_id == session.tenant_id,
                Enrollment.campaign_id == campaign_id,
                Contact.tenant_id == session.tenant_id,
            )
        )
        return query, Enrollment
    # Few contacts have changed. What has an OFFSET the planner does not turn into a join.
    entries = entries_of(campaign_id, Enrollment).offset(0).lateral("entries")
    entry = aliased(Enrollment, entries)
    query = (
        select()
        .select_from(Contact)
        .join(entry, true())
        .where(Contact.tenant_id == session.tenant_id, Contact.changed >= since)
    )
    return query, entry


async def days_of_changed(
    session: TenantSession, campaign_id: UUID, zones: Zones | None, *, since: int | None
) -> list[date]:
    """The day 0s of those in the campaign whose contact has changed, by zone."""
    query, entry = of_changed(session, campaign_id, since)
    query = (
        query.with_only_columns(entry.enrolled_on)
        .distinct()
        .where(entry.state == EnrollmentState.ACTIVE, in_zones(zones))
        .order_by(entry.enrolled_on)
    )
    return list((await session.execute(query)).scalars())
