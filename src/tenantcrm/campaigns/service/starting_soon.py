"""An activation that can be taken back: for a minute the campaign is not active yet.

Until then it is what it was, a draft or paused, so that no path there is sends anything of it. The
minute is one of business time: whoever turns the clock of a sandbox forward has let it pass.
"""

from datetime import datetime, timedelta
from uuid import UUID

from tenantcrm import clock, jobs
from tenantcrm.campaigns.errors import NotStartingError
from tenantcrm.campaigns.models import Campaign
from tenantcrm.campaigns.repository import campaigns, keeping_out
from tenantcrm.campaigns.repository import schedule as schedules
from tenantcrm.campaigns.schemas import CampaignView
from tenantcrm.campaigns.senders import SenderCheck
from tenantcrm.campaigns.service.activate import check_ready, go, leave_out
from tenantcrm.campaigns.service.auditing import note
from tenantcrm.campaigns.service.read import found, view
from tenantcrm.campaigns.states import CampaignState, Enroll
from tenantcrm.contacts.service import record
from tenantcrm.database import TenantSession
from tenantcrm.tenants.service import audit

GRACE = timedelta(seconds=60)
"""How long an activation can be taken back."""


async def start_soon(
    session: TenantSession,
    campaign_id: UUID,
    *,
    senders: SenderCheck,
    actor: str,
    enroll: Enroll = Enroll.ALL,
    now: datetime | None = None,
) -> CampaignView:
    """Have a campaign become active in a minute; one that is active or starting stays as it is.

    Raises:
        NotFoundError: there is none.
        NotReadyError: with everything that it lacks.
    """
    now = now or clock.now()
    campaign = found(await campaigns.lock(session, campaign_id))
    if campaign.state == CampaignState.ACTIVE or campaign.starts_at is not None:
        return await view(session, campaign, now=now)
    await check_ready(session, campaign, senders)
    campaign.starts_at, campaign.starts_for, campaign.started_by = now + GRACE, enroll, actor
    campaign.put_away_at = None
    await session.flush()
    await schedules.refresh(session)
    await record(session, "campaign_starting", at=now, actor=actor, campaign_id=campaign.id)
    await audit.record(
        session,
        actor=actor,
        action="resumed" if campaign.state == CampaignState.PAUSED else "activated",
        subject="campaign",
        subject_id=campaign.id,
        name=campaign.name,
        changes={"starts_at": (None, campaign.starts_at), "enroll": (None, enroll)},
    )
    return await view(session, campaign, now=now)


async def undo_start(
    session: TenantSession, campaign_id: UUID, *, actor: str, now: datetime | None = None
) -> CampaignView:
    """Take an activation back: nothing has been sent, nobody has come in.

    Raises:
        NotFoundError: there is none.
        NotStartingError: it has started, or nobody has activated it.
    """
    now = now or clock.now()
    campaign = found(await campaigns.lock(session, campaign_id))
    if campaign.starts_at is None:
        raise NotStartingError(active=campaign.state == CampaignState.ACTIVE)
    await take_back(session, campaign)
    await session.flush()
    await schedules.refresh(session)
    await record(session, "campaign_start_undone", at=now, actor=actor, campaign_id=campaign.id)
    await note(session, campaign, "undone", actor)
    return await view(session, campaign, now=now)


async def start_now(
    session: TenantSession, campaign_id: UUID, *, actor: str, now: datetime | None = None
) -> CampaignView:
    """Let a campaign that is starting start at once: the minute is given away.

    Raises:
        NotFoundError: there is none.
        NotStartingError: it has started, or nobody has activated it.
    """
    now = now or clock.now()
    campaign = found(await campaigns.lock(session, campaign_id))
    if campaign.starts_at is None:
        raise NotStartingError(active=campaign.state == CampaignState.ACTIVE)
    campaign.starts_at, campaign.started_by = now, actor
    await session.flush()
    await schedules.refresh(session)
    jobs.wake(session, "scan")
    return await view(session, campaign, now=now)


async def start_waiting(session: TenantSession, *, now: datetime | None = None) -> int:
    """Start the campaigns whose minute is over; gives how many.

    Each starts as of the end of its minute, however late this comes: the day is not lost.
    """
    now = now or clock.now()
    number = 0
    for campaign_id in await schedules.starting(session, now):
        campaign = await campaigns.lock(session, campaign_id, skip_locked=True)
        if campaign is None or campaign.starts_at is None or campaign.starts_at > now:
            continue
        await _start(session, campaign)
        number += 1
    return number


async def _start(session: TenantSession, campaign: Campaign) -> None:
    at, enroll, actor = campaign.starts_at, campaign.starts_for, campaign.started_by
    _forget_start(campaign)
    await go(session, campaign, actor=actor or "system", now=at or clock.now())
    if enroll == Enroll.NEW and at is not None:
        # Whoever came during the minute is a newcomer already.
        await leave_out(session, campaign, at, created_by=at - GRACE)


async def take_back(session: TenantSession, campaign: Campaign) -> None:
    """A locked campaign is not about to start any more, if it was."""
    if campaign.starts_at is not None and campaign.state == CampaignState.DRAFT:
        await keeping_out.let_in(session, campaign.id)
    _forget_start(campaign)


def _forget_start(campaign: Campaign) -> None:
    campaign.starts_at = campaign.starts_for = campaign.started_by = None
