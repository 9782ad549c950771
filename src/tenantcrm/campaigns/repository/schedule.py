"""Which campaigns are due, and when the tenant is to be scanned next."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from tenantcrm.campaigns.models import Campaign, ScanSchedule
from tenantcrm.campaigns.states import CampaignState, DayZero
from tenantcrm.database import TenantSession


async def due(session: TenantSession, now: datetime) -> list[UUID]:
    """The campaigns whose scan is due, the longest waiting first."""
    query = (
        select(Campaign.id)
        .where(Campaign.tenant_id == session.tenant_id, Campaign.next_scan_at <= now)
        .order_by(Campaign.next_scan_at, Campaign.id)
    )
    return list((await session.execute(query)).scalars())


async def starting(session: TenantSession, now: datetime) -> list[UUID]:
    """The campaigns whose start has come, the longest waiting first."""
    query = (
        select(Campaign.id)
        .where(Campaign.tenant_id == session.tenant_id, Campaign.starts_at <= now)
        .order_by(Campaign.starts_at, Campaign.id)
    )
    return list((await session.execute(query)).scalars())


async def active(session: TenantSession) -> list[Campaign]:
    """The campaigns that are active, or are about to be."""
    query = select(Campaign).where(
        Campaign.tenant_id == session.tenant_id,
        or_(Campaign.state == CampaignState.ACTIVE, Campaign.starts_at.is_not(None)),
    )
    return list((await session.execute(query)).scalars())


async def hurry(session: TenantSession, now: datetime) -> None:
    """Make the active campaigns whose day 0 goes at once due now.

    Waits for a scan in progress and makes it due again: the scan may not have seen what changed.
    """
    await session.execute(
        update(Campaign)
        .where(
            Campaign.tenant_id == session.tenant_id,
            Campaign.state == CampaignState.ACTIVE,
            Campaign.day_zero == DayZero.IMMEDIATELY,
        )
        .values(next_scan_at=func.least(Campaign.next_scan_at, now), updated_at=Campaign.updated_at)
        .execution_options(synchronize_session=False)
    )


async def note_scan(
    session: TenantSession,
    campaign_id: UUID,
    *,
    scanned_at: datetime,
    scanned_xid: int | None,
    next_scan_at: datetime,
) -> None:
    """Keep how far a scan came, and that it has caught up with edits.

    It is no edit itself: neither the version nor ``updated_at`` moves.
    """
    await session.execute(
        update(Campaign)
        .where(Campaign.tenant_id == session.tenant_id, Campaign.id == campaign_id)
        .values(
            scanned_at=scanned_at,
            scanned_xid=scanned_xid,
            next_scan_at=next_scan_at,
            catch_up=[],
            updated_at=Campaign.updated_at,
        )
        .execution_options(synchronize_session=False)
    )


async def refresh(session: TenantSession) -> None:
    """Tell the dispatcher the earliest scan, or start, of the tenant's campaigns.

    The schedule's row is locked first, in a statement of its own: the minimum is then read by a
    later snapshot, which sees what whoever held the lock has written. In one statement two
    transactions would each miss the other's campaign, and the later one would hide it.
    """
    lock = insert(ScanSchedule).values(tenant_id=session.tenant_id, scan_at=None)
    await session.execute(
        lock.on_conflict_do_update(
            index_elements=[ScanSchedule.tenant_id], set_={"scan_at": ScanSchedule.scan_at}
        )
    )
    earliest = func.least(  # Of NULL and a moment it is the moment.
        *(
            select(func.min(column))
            .where(Campaign.tenant_id == session.tenant_id, column.is_not(None))
            .scalar_subquery()
            for column in (Campaign.next_scan_at, Campaign.starts_at)
        )
    )
    await session.execute(
        update(ScanSchedule)
        .where(ScanSchedule.tenant_id == session.tenant_id)
        .values(scan_at=earliest)
        .execution_options(synchronize_session=False)
    )
