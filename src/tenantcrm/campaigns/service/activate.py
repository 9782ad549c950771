"""Activate and pause a campaign."""

import asyncio
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from tenantcrm import clock, jobs
from tenantcrm.campaigns import calendar, rules, schedule
from tenantcrm.campaigns.errors import NotActiveError, NotReadyError
from tenantcrm.campaigns.models import Campaign, Message
from tenantcrm.campaigns.repository import campaigns, enrolment, zones
from tenantcrm.campaigns.repository import schedule as schedules
from tenantcrm.campaigns.schemas import CampaignView, MessageInput
from tenantcrm.campaigns.senders import SenderCheck
from tenantcrm.campaigns.service.auditing import note
from tenantcrm.campaigns.service.read import found, view
from tenantcrm.campaigns.service.work import timetable_of
from tenantcrm.campaigns.states import CampaignState, EnrollmentState, Format
from tenantcrm.contacts.filters import parse
from tenantcrm.contacts.filters.compile import compile_filter
from tenantcrm.contacts.service import record
from tenantcrm.database import TenantSession
from tenantcrm.errors import FieldError
from tenantcrm.tenants.service import tenants


async def activate(
    session: TenantSession,
    campaign_id: UUID,
    *,
    senders: SenderCheck,
    actor: str,
    new_only: bool = False,
    now: datetime | None = None,
) -> CampaignView:
    """Start a campaign, or start it again; an active one stays as it is.

    ``new_only``: whoever matches by now and is not in it stays out of it; those who come to match
    from now on come in.

    Raises:
        NotFoundError: there is none.
        NotReadyError: with everything that it lacks.
    """
    now = now or clock.now()
    campaign = found(await campaigns.lock(session, campaign_id))
    was_active = campaign.state == CampaignState.ACTIVE
    await start(session, campaign, senders=senders, actor=actor, now=now)
    if new_only and not was_active:
        await leave_out(session, campaign, now)
    return await view(session, campaign, now=now)


async def leave_out(
    session: TenantSession, campaign: Campaign, now: datetime, *, created_by: datetime | None = None
) -> None:
    """Note whoever matches at this moment as somebody whom the campaign is not for.

    ``created_by``: whoever was created later is left alone.
    """
    campaign.new_only_from = now
    await session.flush()
    newcomers = enrolment.newcomers(
        session,
        campaign.id,
        compile_filter(parse(campaign.contact_filter)),
        since=None,
        created_by=created_by,
    )
    await enrolment.enrol(
        session,
        campaign.id,
        newcomers,
        enrolled_on=calendar.local_date(now, ZoneInfo(campaign.timezone)),
        now=now,
        state=EnrollmentState.EXCLUDED,
    )


async def pause(
    session: TenantSession, campaign_id: UUID, *, actor: str, now: datetime | None = None
) -> CampaignView:
    """Stop a campaign until it is activated again; a paused one stays as it is.

    Waits for a scan in progress. What is due meanwhile stays due, within the limit of lateness.

    Raises:
        NotFoundError: there is none.
        NotActiveError: it was never activated.
    """
    now = now or clock.now()
    campaign = found(await campaigns.lock(session, campaign_id))
    await stop(session, campaign, actor=actor, now=now)
    return await view(session, campaign, now=now)


async def start(
    session: TenantSession, campaign: Campaign, *, senders: SenderCheck, actor: str, now: datetime
) -> None:
    """Make a locked campaign active."""
    if campaign.state == CampaignState.ACTIVE:
        return
    await check_ready(session, campaign, senders)
    if campaign.starts_at is None:
        resumed = campaign.state == CampaignState.PAUSED
        await note(session, campaign, "resumed" if resumed else "activated", actor)
    campaign.starts_at = campaign.starts_for = campaign.started_by = None
    await go(session, campaign, actor=actor, now=now)


async def go(session: TenantSession, campaign: Campaign, *, actor: str, now: datetime) -> None:
    """Make a locked campaign, which is ready, active."""
    campaign.put_away_at = None
    campaign.state = CampaignState.ACTIVE
    campaign.activated_at = now
    await reschedule(session, campaign, now=now, look_at_all=True)
    await record(session, "campaign_activated", at=now, actor=actor, campaign_id=campaign.id)
    jobs.wake(session, "scan", "send")


async def stop(session: TenantSession, campaign: Campaign, *, actor: str, now: datetime) -> None:
    """Make a locked campaign paused."""
    if campaign.state == CampaignState.PAUSED:
        return
    if not rules.may(campaign.state, CampaignState.PAUSED):
        raise NotActiveError
    campaign.state = CampaignState.PAUSED
    campaign.next_scan_at = None
    await session.flush()
    await schedules.refresh(session)
    await note(session, campaign, "paused", actor)
    await record(session, "campaign_paused", at=now, actor=actor, campaign_id=campaign.id)


async def reschedule(
    session: TenantSession, campaign: Campaign, *, now: datetime, look_at_all: bool
) -> None:
    """Set when an active campaign is scanned next. ``look_at_all``: also at unchanged contacts."""
    timetable = timetable_of(campaign)
    if campaign.scanned_at is None:
        # A start never reaches back: the first slot is the next one to come.
        campaign.scanned_at = now
    upcoming = schedule.next_scan(timetable, campaign.scanned_at, campaign.scanned_at, 1.0)
    campaign.next_scan_at = now if timetable.immediate else upcoming
    if look_at_all:
        campaign.scanned_xid = None
        await zones.look_at_all(session, campaign.id)
    if timetable.by_contact and not await zones.marks(session, campaign.id):
        horizon = await enrolment.horizon(session)
        await zones.begin(session, campaign.id, await zones.of_contacts(session), horizon.oldest)
    await session.flush()
    await schedules.refresh(session)


async def hurry(session: TenantSession, campaign: Campaign, *, now: datetime) -> None:
    """Have an active campaign scanned at once: an edit has left something to do."""
    campaign.next_scan_at = min(now, campaign.next_scan_at or now)
    await session.flush()
    await schedules.refresh(session)
    jobs.wake(session, "scan")


async def check_ready(session: TenantSession, campaign: Campaign, senders: SenderCheck) -> None:
    """Refuse a campaign that cannot be sent.

    Raises:
        NotReadyError: with everything that it lacks.
    """
    missing = await _missing(session, campaign, senders)
    if missing:
        raise NotReadyError(missing)


async def readiness(
    session: TenantSession, campaign_id: UUID, *, senders: SenderCheck
) -> list[FieldError]:
    """Everything that a campaign lacks to be active.

    Raises:
        NotFoundError: there is none.
    """
    return await _missing(session, found(await campaigns.find(session, campaign_id)), senders)


async def _missing(
    session: TenantSession, campaign: Campaign, senders: SenderCheck
) -> list[FieldError]:
    tenant = await tenants.facts(session)
    messages = (await campaigns.messages(session, [campaign.id]))[campaign.id]
    missing = await asyncio.to_thread(
        rules.missing_for_activation,
        messages=[as_input(message) for message in messages],
        contact_filter=campaign.contact_filter,
        tenant=tenant,
    )
    sender = campaign.sender_email or tenant.sender_email
    standing = await senders(session, sender) if sender else None
    return missing + rules.missing_sender(sender, standing)


def as_input(message: Message) -> MessageInput:
    """A stored message as if it were given anew, to be checked by the same rules."""
    return MessageInput(
        subject=message.subject,
        send_day=message.send_day,
        html_template=message.html_template,
        preheader=message.preheader,
        format=Format(message.format),
        key=message.key,
    )
