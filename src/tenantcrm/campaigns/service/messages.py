"""A campaign's messages: replace them all, and what every change of one needs."""

from collections.abc import Collection, Sequence
from datetime import datetime

from tenantcrm import clock, ids
from tenantcrm.campaigns import calendar
from tenantcrm.campaigns.calendar_fields import key_from
from tenantcrm.campaigns.matching import Known, match_messages
from tenantcrm.campaigns.models import Campaign, Message
from tenantcrm.campaigns.repository import campaigns, endings, zones
from tenantcrm.campaigns.schemas import MessageInput
from tenantcrm.campaigns.service.work import timetable_of
from tenantcrm.database import TenantSession

FIELDS = ("subject", "preheader", "send_day", "html_template", "format")


async def replace_messages(
    session: TenantSession, campaign: Campaign, given: Sequence[MessageInput]
) -> bool:
    """Make the locked campaign's messages those given (checked before); whether that changed any.

    Raises:
        InvalidError: a given id is not one of this campaign's messages.
    """
    existing = {m.id: m for m in (await campaigns.messages(session, [campaign.id]))[campaign.id]}
    known = {m.id: Known(m.key, m.send_day) for m in existing.values()}
    matched = match_messages(known, given)
    taken = {m.key for key, m in existing.items() if key in matched}
    taken |= {m.key for m in given if m.key is not None}
    changed = False
    for left_out in existing.keys() - set(matched):
        await retire(session, existing[left_out])
        changed = True
    for message_id, message in zip(matched, given, strict=True):
        if message_id is None:
            made = new_message(campaign, message, taken=taken)
            taken.add(made.key)
            session.add(made)
            changed = True
        else:
            changed |= update(existing[message_id], message)
    await session.flush()
    return changed


def new_message(campaign: Campaign, given: MessageInput, *, taken: Collection[str]) -> Message:
    """A message that is not stored yet; ``taken``: keys of the campaign's others."""
    message = Message(tenant_id=campaign.tenant_id, id=ids.new_id(), campaign_id=campaign.id)
    for name in FIELDS:
        setattr(message, name, _stored(name, given))
    message.key = given.key or key_from(given.subject, taken, empty="message")
    return message


def update(message: Message, given: MessageInput) -> bool:
    """Make a message what is given; whether that changed anything."""
    changed = [name for name in FIELDS if getattr(message, name) != _stored(name, given)]
    for name in changed:
        setattr(message, name, _stored(name, given))
    if given.key is not None and given.key != message.key:
        message.key = given.key
        changed.append("key")
    if changed:
        message.version += 1
    return bool(changed)


def _stored(name: str, given: MessageInput) -> object:
    value = getattr(given, name)
    return value.strip() if name in {"subject", "preheader"} else value


async def retire(session: TenantSession, message: Message) -> None:
    """Take a message out of use: deleted, or kept as retired where the ledger knows of it."""
    if not await campaigns.remove(session, message):
        message.retired_at = clock.now()
        await session.flush()


async def finish_passed(session: TenantSession, campaign: Campaign, *, now: datetime) -> None:
    """Finish those who are past the last message, which may come earlier now than it did.

    A scan looks only at the days that it works off; an edit may move the end for all the others.
    """
    messages = (await campaigns.messages(session, [campaign.id]))[campaign.id]
    if campaign.scanned_at is None or not messages:
        return
    timetable = timetable_of(campaign)
    names = await zones.of_contacts(session) if timetable.by_contact else []
    # In every zone the slots up to one and the same instant have been worked off.
    last = calendar.last_day(campaign.scanned_at, timetable.at, timetable.zone)
    for zone in {timetable.zone_for(name) for name in names}:
        last = min(last, calendar.last_day(campaign.scanned_at, timetable.at, zone))
    await endings.finish(
        session,
        campaign.id,
        since=None,
        through=calendar.passed(
            last - calendar.DAY, [m.send_day for m in messages], timetable.rest
        ),
        now=now,
    )
