"""Make a campaign, and change one: as a whole (PUT) or in part (PATCH)."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from tenantcrm import clock, ids, jobs
from tenantcrm.campaigns import rules
from tenantcrm.campaigns.calendar_fields import ENROLLMENT, key_from
from tenantcrm.campaigns.errors import StaleVersionError
from tenantcrm.campaigns.impact import Shape
from tenantcrm.campaigns.models import (
    Campaign,
    CampaignState,
    DayZero,
    LateAction,
    PastPolicy,
    ZoneMode,
)
from tenantcrm.campaigns.repository import campaigns
from tenantcrm.campaigns.schemas import CampaignChanges, CampaignView, NewCampaign, WholeCampaign
from tenantcrm.campaigns.senders import SenderCheck
from tenantcrm.campaigns.service import effects, versions
from tenantcrm.campaigns.service.activate import check_ready, hurry, reschedule, start, stop
from tenantcrm.campaigns.service.messages import finish_passed, replace_messages
from tenantcrm.campaigns.service.read import found, view
from tenantcrm.contacts.service import record
from tenantcrm.database import TenantSession
from tenantcrm.errors import InvalidError
from tenantcrm.tenants.service import tenants

TIMING = frozenset(
    {
        "preferred_send_time", "timezone", "day_zero", "contact_filter", "zone_mode", "anchor",
        "skip_weekdays", "skip_dates",
    }
)  # fmt: skip
"""Fields that move an active campaign's next scan, or whom it enrols."""
NEEDED = frozenset({"sender_email", "messages"})
"""Fields whose change may leave an active campaign unable to send."""
LATE_LIMIT = 12


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
    changes = await _with_defaults(session, new)
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
    changes = await _with_defaults(session, whole)
    return await change(session, campaign_id, changes, senders=senders, actor=actor, now=now)


async def change(
    session: TenantSession,
    campaign_id: UUID,
    changes: CampaignChanges,
    *,
    senders: SenderCheck,
    actor: str,
    action: str = "edited",
    now: datetime | None = None,
) -> CampaignView:
    """Change what is given; the rest stays. ``action``: what the version that it makes is called.

    Raises:
        NotFoundError: there is no such campaign.
        InvalidError: with every fault.
        StaleVersionError: ``version`` is given and another one was saved since.
        NotReadyError: it is or shall be active and would lack something.
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
        session, campaign, changes.messages
    ):
        changed.add("messages")
    await check_whole(session, campaign)
    edit = Edit(before, changes.past_messages, senders, actor, now, action)
    await saved(session, campaign, changed, edit)
    if changes.active is True:
        await start(session, campaign, senders=senders, actor=actor, now=now)
    elif changes.active is False and campaign.state == CampaignState.ACTIVE:
        await stop(session, campaign, actor=actor, now=now)
    return await view(session, campaign, now=now)


async def give_key(session: TenantSession, campaign: Campaign, given: Mapping[str, Any]) -> None:
    """Give a campaign that is made the key that was asked for, or one of its name.

    Raises:
        InvalidError: another campaign has it.
    """
    if "key" in given:
        await check_key_free(session, campaign.key)
    else:
        taken = await campaigns.keys(session)
        campaign.key = key_from(campaign.name, taken, empty="campaign")


async def check_key_free(session: TenantSession, key: str) -> None:
    """Refuse a key that another campaign has.

    Raises:
        InvalidError: it is taken.
    """
    if key in await campaigns.keys(session):
        raise InvalidError.of("/key", "duplicate_key", "Another campaign has this key")


async def check_whole(session: TenantSession, campaign: Campaign) -> None:
    """Check what no field can be told by itself.

    Raises:
        InvalidError: what the fields say together cannot be.
    """
    rows = (await campaigns.messages(session, [campaign.id], templates=False))[campaign.id]
    rules.check_days(campaign.anchor, [row.send_day for row in rows])
    if campaign.anchor is not None and campaign.day_zero == DayZero.IMMEDIATELY:
        raise InvalidError.of(
            "/day_zero",
            "not_with_anchor",
            "Day 0 of a campaign that counts from a date goes on that date; expected scheduled",
        )


async def restore(
    session: TenantSession,
    campaign_id: UUID,
    version: int,
    *,
    past_messages: PastPolicy | UnsetType = UNSET,
    senders: SenderCheck,
    actor: str,
    now: datetime | None = None,
) -> CampaignView:
    """Make a campaign what it was in a version, as a new version.

    Raises:
        NotFoundError: there is no such campaign or version.
        InvalidError, NotReadyError: as :func:`change`.
    """
    changes = await versions.changes_to(session, campaign_id, version)
    changes = msgspec.structs.replace(changes, past_messages=past_messages)
    return await change(
        session, campaign_id, changes, senders=senders, actor=actor, action="restored", now=now
    )


async def check_version(session: TenantSession, campaign: Campaign, version: Any) -> None:
    """Refuse an edit that was made on an older version; UNSET: whatever is stored.

    Raises:
        StaleVersionError: another version is stored; it tells what was saved since.
    """
    if version is UNSET or version == campaign.version:
        return
    changes = await versions.diff(session, campaign.id, version, campaign.version)
    raise StaleVersionError(campaign.version, version, changes)


class Edit(NamedTuple):
    """An edit under way: the campaign's shape before it, who makes it, and what it shall do."""

    before: Shape
    policy: PastPolicy | UnsetType
    senders: SenderCheck
    actor: str
    now: datetime
    action: str = "edited"


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
    if campaign.state != CampaignState.ACTIVE:
        return
    if changed & NEEDED:
        await check_ready(session, campaign, edit.senders)
    if changed & TIMING:
        look_at_all = "contact_filter" in changed
        await reschedule(session, campaign, now=edit.now, look_at_all=look_at_all)
        jobs.wake(session, "scan")
    if campaign.catch_up:
        await hurry(session, campaign, now=edit.now)


async def _with_defaults(session: TenantSession, given: NewCampaign) -> CampaignChanges:
    values = {name: getattr(given, name) for name in CampaignChanges.__struct_fields__}
    defaults: dict[str, Any] = {
        "sender": None,
        "day_zero": DayZero.SCHEDULED,
        "late_limit_hours": LATE_LIMIT,
        "late_action": LateAction.SKIP,
        "zone_mode": ZoneMode.CAMPAIGN,
        "skip_weekdays": [],
        "skip_dates": [],
        "anchor": ENROLLMENT,
        "reentry_gap_days": None,
        "exit_unmatched": False,
        "track_opens": False,
        "track_clicks": False,
        "messages": [],
    }
    if given.timezone is UNSET:
        defaults["timezone"] = (await tenants.facts(session)).timezone
    missing = {name: value for name, value in defaults.items() if values[name] is UNSET}
    return CampaignChanges(**values | missing)
