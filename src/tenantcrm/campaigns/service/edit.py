"""Make a campaign, and change one: as a whole (PUT) or in part (PATCH)."""

import asyncio
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from tenantcrm import clock, ids, jobs
from tenantcrm.campaigns import rules
from tenantcrm.campaigns.errors import UndecidedError
from tenantcrm.campaigns.impact import Impact, Shape
from tenantcrm.campaigns.models import Campaign
from tenantcrm.campaigns.repository import campaigns
from tenantcrm.campaigns.schemas import CampaignChanges, CampaignView, NewCampaign, WholeCampaign
from tenantcrm.campaigns.senders import SenderCheck
from tenantcrm.campaigns.service import effects
from tenantcrm.campaigns.service.activate import check_ready, hurry, reschedule, start, stop
from tenantcrm.campaigns.service.auditing import note, note_edit
from tenantcrm.campaigns.service.checks import (
    check_key_free,
    check_version,
    check_whole,
    give_key,
)
from tenantcrm.campaigns.service.defaults import with_defaults
from tenantcrm.campaigns.service.messages import finish_passed, replace_messages
from tenantcrm.campaigns.service.read import found, view
from tenantcrm.campaigns.service.starting_soon import undo_start
from tenantcrm.campaigns.states import CampaignState, PastPolicy
from tenantcrm.contacts.service import record
from tenantcrm.database import TenantSession

TIMING = frozenset(
    {
        "preferred_send_time", "timezone", "day_zero", "contact_filter", "zone_mode", "anchor",
        "skip_weekdays", "skip_dates",
    }
)  # fmt: skip
"""Fields that move an active campaign's next scan, or whom it enrols."""
LOOKED_AT = frozenset(
    {"contact_filter", "zone_mode", "day_zero", "anchor", "exit_unmatched", "reentry_gap_days"}
)
"""Fields that may concern contacts who have not changed since they were looked at."""
DATED = TIMING | {"messages", "late_limit_hours", "late_action"}
"""The same of a campaign that counts from a date: whose date leaves anything to be sent."""
NEEDED = frozenset({"sender_email", "messages"})
"""Fields whose change may leave an active campaign unable to send."""


async def create(
    session: TenantSession,
    new: NewCampaign,
    *,
    senders: SenderCheck,
    actor: str,
    now: datetime | None = None,
) -> CampaignView:
    """Make a campaign: a draft, or an active one where ``active`` asks for it.

    Raises:
        InvalidError: with every fault.
        NotReadyError: it shall be active and lacks something; nothing is made then.
    """
    now = now or clock.now()
    changes = await with_defaults(session, new)
    columns = await asyncio.to_thread(rules.check_changes, changes)
    campaign = Campaign(tenant_id=session.tenant_id, id=ids.new_id(), version=1, **columns)
    campaign.state = CampaignState.DRAFT
    await give_key(session, campaign, columns)
    session.add(campaign)
    await session.flush()
    # A campaign that is made has no messages yet: ids in the input are those of a copied one.
    messages = [msgspec.structs.replace(m, id=None) for m in changes.messages or []]
    await replace_messages(session, campaign, messages)
    await check_whole(session, campaign)
    await record(session, "campaign_created", at=now, actor=actor, campaign_id=campaign.id)
    await note(session, campaign, "created", actor)
    await effects.keep_version(
        session, campaign, actor=actor, action="created", impact=None, policy=UNSET, now=now
    )
    if changes.active is True:
        await start(session, campaign, senders=senders, actor=actor, now=now)
    return await view(session, campaign, now=now)


async def replace(
    session: TenantSession,
    campaign_id: UUID,
    whole: WholeCampaign,
    *,
    senders: SenderCheck,
    actor: str,
    now: datetime | None = None,
) -> CampaignView:
    """Make a campaign what is given; what is left out takes its default, but for ``active``.

    Raises: as :func:`change`.
    """
    changes = await with_defaults(session, whole)
    return await change(session, campaign_id, changes, senders=senders, actor=actor, now=now)


async def change(
    session: TenantSession,
    campaign_id: UUID,
    changes: CampaignChanges,
    *,
    senders: SenderCheck,
    actor: str,
    action: str = "edited",
    ask: bool = False,
    ask_leaving: bool = False,
    now: datetime | None = None,
) -> CampaignView:
    """Change what is given; the rest stays. ``action``: what the version that it makes is called.

    ``ask``, here or in the changes: refuse an edit that passes people in the campaign while it
    does not say what happens; ``ask_leaving``: also one by which people leave it for want of a
    date.

    Raises:
        NotFoundError: there is no such campaign.
        InvalidError: with every fault.
        StaleVersionError: ``version`` is given and another one was saved since.
        NotReadyError: it is or shall be active and would lack something.
        UndecidedError: with ``ask`` or ``ask_leaving``.
    """
    now = now or clock.now()
    columns = await asyncio.to_thread(rules.check_changes, changes)
    campaign = found(await campaigns.lock(session, campaign_id))
    await check_version(session, campaign, changes.version)
    before = await effects.shape(session, campaign)
    changed = {name for name, value in columns.items() if getattr(campaign, name) != value}
    if "key" in changed:
        await check_key_free(session, columns["key"])
    for name in changed:
        setattr(campaign, name, columns[name])
    if changes.messages is not UNSET and await replace_messages(
        session, campaign, changes.messages, revive=action == "restored"
    ):
        changed.add("messages")
    await check_whole(session, campaign)
    ask = ask or changes.ask is True
    policy = changes.past_messages
    edit = Edit(before, policy, senders, actor, now, action, ask, ask_leaving=ask_leaving)
    await saved(session, campaign, changed, edit)
    if changes.active is True:
        await start(session, campaign, senders=senders, actor=actor, now=now)
    elif changes.active is False and campaign.state == CampaignState.ACTIVE:
        await stop(session, campaign, actor=actor, now=now)
    elif changes.active is False and campaign.starts_at is not None:
        await undo_start(session, campaign.id, actor=actor, now=now)
    return await view(session, campaign, now=now)


class Edit(NamedTuple):
    """An edit under way: the campaign's shape before it, who makes it, and what it shall do."""

    before: Shape
    policy: PastPolicy | UnsetType
    senders: SenderCheck
    actor: str
    now: datetime
    action: str = "edited"
    ask: bool = False
    """Refuse an edit that passes people while ``policy`` is not set."""
    ask_leaving: bool = False
    """The same of one by which people leave for want of a date."""

    def open_question(self, impact: Impact) -> bool:
        """Whether somebody has to decide upon the edit first."""
        asked = (self.ask and impact.past) or (self.ask_leaving and impact.leaving)
        return bool(asked) and self.policy is UNSET


async def saved(session: TenantSession, campaign: Campaign, changed: set[str], edit: Edit) -> None:
    """Count the edit, note it, and let an active campaign follow it. Nothing changed: no edit."""
    if not changed:
        return
    campaign.version += 1
    await session.flush()
    await record(
        session,
        "campaign_edited",
        at=edit.now,
        actor=edit.actor,
        campaign_id=campaign.id,
        detail={"fields": sorted(changed), "version": campaign.version},
    )
    impact = None
    if changed & (TIMING | {"messages"}):
        impact = await effects.take_effect(
            session, campaign, edit.before, policy=edit.policy, now=edit.now
        )
        if impact is not None and edit.open_question(impact):
            raise UndecidedError(impact)
        await finish_passed(session, campaign, now=edit.now)
    await effects.keep_version(
        session,
        campaign,
        actor=edit.actor,
        action=edit.action,
        impact=impact,
        policy=edit.policy,
        now=edit.now,
    )
    restored = edit.action == "restored"
    await note_edit(session, campaign, "restored" if restored else "changed", edit.actor)
    starting = campaign.starts_at is not None
    if changed & NEEDED and (starting or campaign.state == CampaignState.ACTIVE):
        await check_ready(session, campaign, edit.senders)
    if campaign.state != CampaignState.ACTIVE:
        return
    look_at_all = bool(changed & (LOOKED_AT if campaign.anchor is None else LOOKED_AT | DATED))
    if look_at_all or changed & TIMING:
        await reschedule(session, campaign, now=edit.now, look_at_all=look_at_all)
        jobs.wake(session, "scan")
    if campaign.catch_up:
        await hurry(session, campaign, now=edit.now)
