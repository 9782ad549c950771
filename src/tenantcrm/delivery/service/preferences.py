"""What a recipient may choose besides leaving: one campaign less, or a pause."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from tenantcrm import clock, jobs
from tenantcrm.campaigns import calendar
from tenantcrm.campaigns import service as campaigns
from tenantcrm.campaigns.repository import campaigns as campaign_rows
from tenantcrm.campaigns.service.work import timetable_of
from tenantcrm.campaigns.states import ExitReason
from tenantcrm.contacts import service as contacts
from tenantcrm.contacts.schemas import ContactRow
from tenantcrm.contacts.status import ContactStatus
from tenantcrm.database import TenantSession
from tenantcrm.delivery.repository import departures, lanes, outlooks, stopping
from tenantcrm.delivery.service.return_to import hand_over_missed, has_passed
from tenantcrm.delivery.service.undoing import can_undo
from tenantcrm.tenants.models import Mode

PAUSE_DAYS = 30
ACTOR = "recipient"


class Standing(Struct, frozen=True, kw_only=True):
    """How a recipient stands with a tenant.

    ``gets_mail``: is a contact that may be mailed. ``address``: masked; empty when it is not known.
    ``language``: the contact's attribute of that name, whatever it is. ``in_campaign``: None where
    the link names none that it was ever in. ``can_undo``: has unsubscribed within the hour.
    """

    contact_id: UUID | None = None
    gets_mail: bool = False
    address: str = ""
    language: object = None
    zone: str | None = None
    paused_until: datetime | None = None
    in_campaign: bool | None = None
    can_undo: bool = False


async def standing_of(
    session: TenantSession, *, contact_id: UUID, email_hash: bytes, campaign_id: UUID
) -> Standing:
    """How the recipient of a link stands now. Reads, and changes nothing."""
    contact = await contacts.addressed(session, contact_id)
    if contact is None:
        return Standing(can_undo=await can_undo(session, email_hash))
    entered = (await outlooks.entries(session, contact.id)).get(campaign_id)
    left = entered is not None and entered.exit_reason == ExitReason.LEFT
    inside = entered is not None and entered.state in outlooks.MAILED
    suppressed = await outlooks.suppressed(session, contact.mode, contact.email_hash)
    now = clock.now()
    paused = contact.paused_until if contact.paused_until and contact.paused_until > now else None
    return Standing(
        contact_id=contact.id,
        gets_mail=contact.status == ContactStatus.SUBSCRIBED and suppressed is None,
        address=contacts.masked(contact, email_hash),
        language=contact.attributes.get("language"),
        zone=contact.timezone,
        paused_until=paused,
        in_campaign=True if inside else False if left else None,
        can_undo=await can_undo(session, email_hash),
    )


async def leave_campaign(session: TenantSession, contact_id: UUID, campaign_id: UUID) -> bool:
    """Take a recipient out of one campaign for good; whether it was in it.

    Also where it has finished: what is added behind the end does not reach it.
    """
    contact = await contacts.lock(session, contact_id, mode=Mode.LIVE)
    now = clock.now()
    if contact is None or not await campaigns.leave(session, contact_id, campaign_id, now=now):
        return False
    await stopping.stop_contacts(
        session, [contact_id], reason=ExitReason.LEFT.value, now=now, campaign_id=campaign_id
    )
    return True


async def return_to_campaign(session: TenantSession, contact_id: UUID, campaign_id: UUID) -> bool:
    """Undo :func:`leave_campaign`; whether there was anything to undo.

    What waited waits again, what came due meanwhile is due; what is too late by now is skipped, as
    everywhere.
    """
    contact = await contacts.lock(session, contact_id, mode=Mode.LIVE)
    entered = (await outlooks.entries(session, contact_id)).get(campaign_id)
    if contact is None or entered is None or entered.exit_reason != ExitReason.LEFT:
        return False
    now, left_at = clock.now(), entered.ended_at or clock.now()
    due, _ = await departures.revive(
        session, contact_id, reason=ExitReason.LEFT.value, stopped_at=left_at, now=now
    )
    await contacts.record(
        session,
        "contact_returned",
        at=now,
        actor=ACTOR,
        contact_id=contact_id,
        campaign_id=campaign_id,
    )
    if await has_passed(session, contact_id, campaign_id, left_at):
        await campaigns.finish_one(session, contact_id, campaign_id, now=left_at)
    else:
        await hand_over_missed(session, contact_id, [campaign_id], since=left_at, now=now)
    if due:
        await lanes.wake(session, due)
        jobs.wake(session, "send")
    return True


async def pause(session: TenantSession, contact_id: UUID, *, zone: ZoneInfo) -> datetime | None:
    """Send a recipient nothing for 30 days; gives the instant at which it ends, the start of a
    day in ``zone``; None: there is no such contact.

    A pause that is under way begins anew.
    """
    contact = await contacts.lock(session, contact_id, mode=Mode.LIVE)
    if contact is None:
        return None
    now = clock.now()
    until = pause_ends(now, zone)
    if contact.paused_until != until:
        await contacts.set_pause(session, contact, until, now=now)
        await contacts.record(
            session,
            "contact_paused",
            at=now,
            actor=ACTOR,
            contact_id=contact_id,
            detail={"until": until.isoformat()},
        )
    return until


def pause_ends(now: datetime, zone: ZoneInfo) -> datetime:
    """When a pause ends that begins now: 30 days from today, as the day begins."""
    day = calendar.local_date(now, zone) + PAUSE_DAYS * calendar.DAY
    return calendar.start_of(day, zone)


async def resume(session: TenantSession, contact_id: UUID) -> bool:
    """End a recipient's pause; what it has moved goes at its campaign's next time."""
    contact = await contacts.lock(session, contact_id, mode=Mode.LIVE)
    now = clock.now()
    if contact is None or contact.paused_until is None or contact.paused_until <= now:
        return False
    await contacts.set_pause(session, contact, None, now=now)
    await contacts.record(session, "contact_resumed", at=now, actor=ACTOR, contact_id=contact_id)
    due = await _advance(session, contact, now)
    if due:
        await lanes.wake(session, due)
        jobs.wake(session, "send")
    return True


async def _advance(
    session: TenantSession, contact: ContactRow, now: datetime
) -> dict[str, datetime]:
    due: dict[str, datetime] = {}
    reason = calendar.Shift.RECIPIENT_PAUSE.value
    for mail in await outlooks.mails(session, contact.id):
        if mail.state != "pending" or mail.reason != reason or mail.campaign_id is None:
            continue
        campaign = await campaign_rows.find(session, mail.campaign_id)
        if campaign is None:
            continue
        timetable = timetable_of(campaign)
        zone = timetable.zone_for(contact.timezone)
        at = min(mail.due_at, calendar.next_slot(now, timetable.at, zone))
        await stopping.advance(session, mail.id, due_at=at, late_at=timetable.late_at(at), now=now)
        due[mail.kind] = min(at, due.get(mail.kind, at))
    return due
