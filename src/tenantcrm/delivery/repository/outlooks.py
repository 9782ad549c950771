"""What must be known of a contact to say which mails it gets, and why."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from tenantcrm.campaigns.models import Campaign, Enrollment
from tenantcrm.campaigns.states import CampaignState, EnrollmentState
from tenantcrm.contacts.models import Suppression
from tenantcrm.database import TenantSession
from tenantcrm.delivery.models import Delivery
from tenantcrm.delivery.outlook import Entered


async def suppressed(
    session: TenantSession, mode: str, email_hash: bytes
) -> tuple[str, datetime] | None:
    """Why an address is suppressed, and since when; None: it is not."""
    query = select(Suppression.reason, Suppression.created_at).where(
        Suppression.tenant_id == session.tenant_id,
        Suppression.mode == mode,
        Suppression.email_hash == email_hash,
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else (row[0], row[1])


async def entries(session: TenantSession, contact_id: UUID) -> dict[UUID, Entered]:
    """The contact's last entry into each campaign that it ever was in."""
    query = (
        select(
            Enrollment.campaign_id,
            Enrollment.state,
            Enrollment.entry,
            Enrollment.enrolled_on,
            Enrollment.enrolled_at,
            Enrollment.exit_reason,
            Enrollment.ended_at,
            Enrollment.unmatched_at,
        )
        .where(Enrollment.tenant_id == session.tenant_id, Enrollment.contact_id == contact_id)
        .order_by(Enrollment.entry)
    )
    return {
        row["campaign_id"]: Entered(**{k: v for k, v in row.items() if k != "campaign_id"})
        for row in (await session.execute(query)).mappings()
    }


async def running(session: TenantSession, campaign_ids: Sequence[UUID]) -> list[Campaign]:
    """Those of the campaigns that are active."""
    query = select(Campaign).where(
        Campaign.tenant_id == session.tenant_id,
        Campaign.id.in_(campaign_ids),
        Campaign.state == CampaignState.ACTIVE,
    )
    return list((await session.execute(query)).scalars())


async def nearest(
    session: TenantSession, campaign_ids: Sequence[UUID], *, limit: int
) -> list[Campaign]:
    """Campaigns to tell a contact's story of: those that it was in, then active ones, by age."""
    query = (
        select(Campaign)
        .where(Campaign.tenant_id == session.tenant_id, Campaign.state != CampaignState.ARCHIVED)
        .order_by(
            Campaign.id.in_(campaign_ids).desc(),
            (Campaign.state == CampaignState.ACTIVE).desc(),
            Campaign.id.desc(),
        )
        .limit(limit)
    )
    return list((await session.execute(query)).scalars())


async def mails(session: TenantSession, contact_id: UUID) -> list[Delivery]:
    """Every mail of a campaign to the contact, whatever became of it."""
    query = select(Delivery).where(
        Delivery.tenant_id == session.tenant_id,
        Delivery.contact_id == contact_id,
        Delivery.message_id.is_not(None),
    )
    return list((await session.execute(query)).scalars())


MAILED = (EnrollmentState.ACTIVE, EnrollmentState.FINISHED)
