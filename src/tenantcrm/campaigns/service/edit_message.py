"""Add, change, remove and move one message of a campaign."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import IntEnum
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from tenantcrm import clock
from tenantcrm.campaigns import rules
from tenantcrm.campaigns.fields import LAST_DAY, MESSAGES_MOST
from tenantcrm.campaigns.models import Campaign, Message
from tenantcrm.campaigns.repository import campaigns
from tenantcrm.campaigns.schemas import CampaignView, MessageChanges, MessageInput, MessageView
from tenantcrm.campaigns.senders import SenderCheck
from tenantcrm.campaigns.service import effects
from tenantcrm.campaigns.service.activate import as_input
from tenantcrm.campaigns.service.checks import check_version
from tenantcrm.campaigns.service.edit import Edit, saved
from tenantcrm.campaigns.service.messages import new_message, retire, update
from tenantcrm.campaigns.service.read import found, view
from tenantcrm.campaigns.states import PastPolicy
from tenantcrm.database import TenantSession
from tenantcrm.errors import InvalidError, NotFoundError

Act = Callable[[Campaign, list[Message]], Awaitable[bool]]
"""What is done to a locked campaign and its messages; whether it changed anything."""


class Direction(IntEnum):
    """Where a message moves among the others: before its neighbour, or behind it."""

    UP = -1
    DOWN = 1


async def add_message(
    session: TenantSession, campaign_id: UUID, given: MessageInput, **edit: Any
) -> CampaignView:
    """Add a message. ``edit``: as of :func:`_edit`.

    Raises:
        InvalidError: it has faults, its day is taken, or there are too many messages.
    """
    await asyncio.to_thread(rules.check_message, given)

    async def act(campaign: Campaign, messages: list[Message]) -> bool:
        _check_room(messages)
        _check_free(messages, given.send_day)
        rules.check_days(campaign.anchor, [given.send_day], pointer="")
        session.add(new_message(campaign, given, taken=[m.key for m in messages]))
        return True

    return await _edit(session, campaign_id, act, **edit)


async def change_message(
    session: TenantSession,
    campaign_id: UUID,
    message_id: UUID,
    changes: MessageChanges,
    **edit: Any,
) -> CampaignView:
    """Change what is given of a message. ``edit``: as of :func:`_edit`.

    Raises:
        InvalidError: it has faults, or its new day is taken.
    """

    async def act(campaign: Campaign, messages: list[Message]) -> bool:
        message = _of(messages, message_id)
        given = {k: v for k, v in msgspec.structs.asdict(changes).items() if v is not UNSET}
        wanted = msgspec.structs.replace(as_input(message), **given)
        await asyncio.to_thread(rules.check_message, wanted)
        _check_free([m for m in messages if m is not message], wanted.send_day)
        rules.check_days(campaign.anchor, [wanted.send_day], pointer="")
        return update(message, wanted)

    return await _edit(session, campaign_id, act, **edit)


async def remove_message(
    session: TenantSession, campaign_id: UUID, message_id: UUID, **edit: Any
) -> CampaignView:
    """Remove a message; it is kept, retired, where the ledger knows of it."""

    async def act(_campaign: Campaign, messages: list[Message]) -> bool:
        await retire(session, _of(messages, message_id))
        return True

    return await _edit(session, campaign_id, act, **edit)


async def move_message(
    session: TenantSession,
    campaign_id: UUID,
    message_id: UUID,
    direction: Direction,
    **edit: Any,
) -> CampaignView:
    """Swap a message's day with its neighbour's; at the end of the row nothing happens."""

    async def act(_campaign: Campaign, messages: list[Message]) -> bool:
        message = _of(messages, message_id)
        place = messages.index(message) + direction
        if not 0 <= place < len(messages):
            return False
        neighbour = messages[place]
        message.send_day, neighbour.send_day = neighbour.send_day, message.send_day
        message.version += 1
        neighbour.version += 1
        return True

    return await _edit(session, campaign_id, act, **edit)


async def duplicate_message(
    session: TenantSession, campaign_id: UUID, message_id: UUID, **edit: Any
) -> MessageView:
    """Copy a message to the first free day behind it. ``edit``: as of :func:`_edit`.

    Raises:
        InvalidError: there are too many messages, or no day is left.
    """
    day = LAST_DAY

    async def act(campaign: Campaign, messages: list[Message]) -> bool:
        nonlocal day
        message = _of(messages, message_id)
        _check_room(messages)
        taken = {m.send_day for m in messages}
        day = next(n for n in range(message.send_day + 1, LAST_DAY + 2) if n not in taken)
        given = msgspec.structs.replace(as_input(message), send_day=day, key=None)
        await asyncio.to_thread(rules.check_message, given)
        session.add(new_message(campaign, given, taken=[m.key for m in messages]))
        return True

    after = await _edit(session, campaign_id, act, **edit)
    return next(message for message in after.messages if message.send_day == day)


async def _edit(
    session: TenantSession,
    campaign_id: UUID,
    act: Act,
    *,
    senders: SenderCheck,
    actor: str,
    version: int | UnsetType = UNSET,
    past_messages: PastPolicy | UnsetType = UNSET,
    ask: bool = False,
    now: datetime | None = None,
) -> CampaignView:
    """Lock the campaign, act on it, and count the edit.

    Args:
        session: of the tenant.
        campaign_id: the campaign.
        act: what to do.
        senders: asked where an active campaign must stay able to send.
        actor: who does it.
        version: the campaign's version that was edited; UNSET: whatever is stored.
        past_messages: what happens to people whom a message's time passes by the edit.
        ask: refuse an edit that passes people while ``past_messages`` does not say what happens.
        now: the moment of the edit.

    Raises:
        NotFoundError: there is no such campaign or message.
        StaleVersionError: another version was saved since.
        NotReadyError: an active campaign would be left without a message.
    """
    now = now or clock.now()
    campaign = found(await campaigns.lock(session, campaign_id))
    await check_version(session, campaign, version)
    before = await effects.shape(session, campaign)
    messages = (await campaigns.messages(session, [campaign.id]))[campaign.id]
    if await act(campaign, messages):
        await session.flush()
        edit = Edit(before, past_messages, senders, actor, now, ask=ask)
        await saved(session, campaign, {"messages"}, edit)
    return await view(session, campaign, now=now)


def _of(messages: list[Message], message_id: UUID) -> Message:
    for message in messages:
        if message.id == message_id:
            return message
    raise NotFoundError


def _check_room(messages: list[Message]) -> None:
    if len(messages) >= MESSAGES_MOST:
        raise InvalidError.of("", "too_many", f"A campaign has at most {MESSAGES_MOST} messages")


def _check_free(messages: list[Message], day: int) -> None:
    if any(message.send_day == day for message in messages):
        raise InvalidError([rules.duplicate_day("/send_day", day)])
