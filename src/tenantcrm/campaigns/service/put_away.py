"""Put a campaign out of the way of the others, bring it back, and copy one."""

from datetime import datetime
from uuid import UUID

from tenantcrm import clock, ids
from tenantcrm.campaigns.calendar_fields import WEEKDAYS
from tenantcrm.campaigns.models import Campaign
from tenantcrm.campaigns.repository import campaigns
from tenantcrm.campaigns.repository import schedule as schedules
from tenantcrm.campaigns.schemas import (
    CampaignView,
    MessageInput,
    NewCampaign,
    SenderInput,
)
from tenantcrm.campaigns.senders import SenderCheck
from tenantcrm.campaigns.service.activate import stop
from tenantcrm.campaigns.service.auditing import note
from tenantcrm.campaigns.service.edit import create
from tenantcrm.campaigns.service.read import found, get, view
from tenantcrm.campaigns.service.starting_soon import take_back
from tenantcrm.campaigns.states import CampaignState, DayZero, Format, LateAction, ZoneMode
from tenantcrm.contacts.service import record
from tenantcrm.database import TenantSession
from tenantcrm.tenants.service import audit

NAME_MOST = 200


async def put_away(
    session: TenantSession, campaign_id: UUID, *, actor: str, now: datetime | None = None
) -> CampaignView:
    """Archive a campaign: out of the list, paused where it was active. Twice is as good as once.

    Raises:
        NotFoundError: there is none.
    """
    now = now or clock.now()
    campaign = found(await campaigns.lock(session, campaign_id))
    if campaign.put_away_at is None:
        if campaign.state == CampaignState.ACTIVE:
            await stop(session, campaign, actor=actor, now=now)
        await take_back(session, campaign)
        campaign.put_away_at = now
        await session.flush()
        await schedules.refresh(session)
        await _note(session, campaign, "archived", actor, now)
    return await view(session, campaign, now=now)


async def bring_back(
    session: TenantSession, campaign_id: UUID, *, actor: str, now: datetime | None = None
) -> CampaignView:
    """Take a campaign out of the archive, as a draft or paused. Twice is as good as once.

    Raises:
        NotFoundError: there is none.
    """
    now = now or clock.now()
    campaign = found(await campaigns.lock(session, campaign_id))
    if campaign.put_away_at is not None:
        campaign.put_away_at = None
        await session.flush()
        await _note(session, campaign, "brought back", actor, now)
    return await view(session, campaign, now=now)


async def _note(
    session: TenantSession, campaign: Campaign, action: str, actor: str, now: datetime
) -> None:
    kind = f"campaign_{action.replace(' ', '_')}"
    await record(session, kind, at=now, actor=actor, campaign_id=campaign.id)
    await note(session, campaign, action, actor)


async def duplicate(
    session: TenantSession, campaign_id: UUID, *, senders: SenderCheck, actor: str
) -> CampaignView:
    """Copy a campaign with its messages: a draft that nobody is in.

    Raises:
        NotFoundError: there is none.
        InvalidError: what is stored is not valid any more.
    """
    row = await get(session, campaign_id)
    sender = None
    if row.sender_email:
        sender = SenderInput(name=row.sender_name or "", email=row.sender_email)
    new = NewCampaign(
        name=_copied(row.name),
        contact_filter=row.contact_filter,
        preferred_send_time=row.preferred_send_time,
        timezone=row.timezone,
        sender=sender,
        day_zero=DayZero(row.day_zero),
        late_limit_hours=row.late_limit_hours,
        late_action=LateAction(row.late_action),
        zone_mode=ZoneMode(row.zone_mode),
        skip_weekdays=[day for day in WEEKDAYS if day in row.skip_weekdays],
        skip_dates=[day.isoformat() for day in row.skip_dates],
        anchor=row.anchor,
        reentry_gap_days=row.reentry_gap_days,
        exit_unmatched=row.exit_unmatched,
        track_opens=row.track_opens,
        track_clicks=row.track_clicks,
        messages=[
            MessageInput(
                key=message.key,
                subject=message.subject,
                preheader=message.preheader,
                send_day=message.send_day,
                html_template=message.html_template,
                format=Format(message.format),
            )
            for message in row.messages
        ],
    )
    made = await create(session, new, senders=senders, actor=actor)
    await audit.record(
        session,
        actor=actor,
        action="duplicated",
        subject="campaign",
        subject_id=campaign_id,
        name=row.name,
        changes={"copy": (None, ids.show_id(ids.CAMPAIGN, made.id))},
    )
    return made


def _copied(name: str) -> str:
    """``Welcome`` becomes ``Welcome (copy)``, cut where it would be too long."""
    return f"{name[: NAME_MOST - 7].rstrip()} (copy)"
