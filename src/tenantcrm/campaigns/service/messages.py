"""A campaign's messages: replace them all, and what every change of one needs."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from tenantcrm import clock, ids
from tenantcrm.campaigns import calendar
from tenantcrm.campaigns.calendar_fields import key_from
from tenantcrm.campaigns.matching import Known, match_messages
from tenantcrm.campaigns.models import Campaign, Message, new_key
from tenantcrm.campaigns.repository import campaigns, endings, zones
from tenantcrm.campaigns.schemas import MessageInput
from tenantcrm.campaigns.service.work import timetable_of
from tenantcrm.database import TenantSession

FIELDS = ("subject", "preheader", "send_day", "html_template", "format")


async def replace_messages(
    session: TenantSession,
    campaign: Campaign,
    given: Sequence[MessageInput],
    *,
    revive: bool = False,
) -> bool:
    """Make the locked campaign's messages those given (checked before); whether that changed any.

    ``revive``: an id may also name a message that is retired, which comes back into use.

    Raises:
        InvalidError: a given id is not one of this campaign's messages, or two would have one key.
    """
    existing = {m.id: m for m in (await campaigns.messages(session, [campaign.id]))[campaign.id]}
    back = await _retired(session, campaign, given) if revive else {}
    existing |= back
    known = {m.id: Known(m.key, m.send_day) for m in existing.values()}
    matched = match_messages(known, given)
    taken = {m.key for key, m in existing.items() if key in matched}
    taken |= {m.key for m in given if m.key is not None}
    changed = bool(back)
    for left_out in existing.keys() - set(matched):
        await retire(session, existing[left_out])
        changed = True
    await _let_keys_go(session, existing, zip(matched, given, strict=True), back)
    _bring_back(campaign, back)
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


async def _retired(
    session: TenantSession, campaign: Campaign, given: Sequence[MessageInput]
) -> dict[UUID, Message]:
    named = [ids.read_id(ids.MESSAGE, m.id) for m in given if m.id is not None]
    return {m.id: m for m in await campaigns.retired(session, campaign.id, named)}


async def _let_keys_go(
    session: TenantSession,
    existing: Mapping[UUID, Message],
    matched: Iterable[tuple[UUID | None, MessageInput]],
    back: Collection[UUID],
) -> None:
    """Free the keys that messages give up, as another may take one over, or two may swap them."""
    for message_id, given in matched:
        if message_id is None or message_id in back or given.key is None:
            continue
        if existing[message_id].key != given.key:
            existing[message_id].key = new_key()
    await session.flush()


def _bring_back(campaign: Campaign, messages: Mapping[UUID, Message]) -> None:
    """Take retired messages into use. What earlier edits left to be done of them does not come
    back with them: it was given up when they were removed.
    """
    for message in messages.values():
        message.retired_at = None
    if messages:
        gone = {str(message_id) for message_id in messages}
        campaign.catch_up = [one for one in campaign.catch_up if one["message_id"] not in gone]


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
