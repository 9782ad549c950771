"""What an edit does to the people in a campaign: said before it is saved, and kept for the scan."""

from datetime import datetime, timedelta
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType, to_builtins

from tenantcrm import clock
from tenantcrm.campaigns import calendar
from tenantcrm.campaigns.impact import Impact, People, Shape, impact_of
from tenantcrm.campaigns.models import Campaign, CampaignState, PastPolicy
from tenantcrm.campaigns.repository import campaigns, endings, groups, versions
from tenantcrm.campaigns.schemas import CampaignChanges
from tenantcrm.campaigns.service.drafts import DraftedMessage, drafted
from tenantcrm.campaigns.service.read import found
from tenantcrm.campaigns.service.work import timetable_of
from tenantcrm.database import TenantSession

SLACK = timedelta(days=31)
"""Days by which mails may have moved behind their own: rest, caps, and what waits for them."""


class Foretold(Struct, frozen=True, kw_only=True):
    """The impact of changes that are not saved, and the version that they would change."""

    version: int
    state: str
    impact: Impact
    messages: list[DraftedMessage]


async def shape(session: TenantSession, campaign: Campaign) -> Shape:
    """What the calendar needs of a campaign as it is stored."""
    rows = (await campaigns.messages(session, [campaign.id], templates=False))[campaign.id]
    return Shape(timetable_of(campaign), [(row.id, row.send_day) for row in rows])


async def foretell(
    session: TenantSession,
    campaign_id: UUID,
    changes: CampaignChanges,
    *,
    now: datetime | None = None,
) -> Foretold:
    """What saving the changes would do. Nothing is kept.

    Raises:
        NotFoundError: there is no such campaign.
        InvalidError: with every fault of the changes.
    """
    now = now or clock.now()
    campaign = found(await campaigns.find(session, campaign_id))
    draft = await drafted(session, campaign, changes)
    after = Shape(draft.timetable, [(m.id, m.send_day) for m in draft.messages])
    impact = await _impact(
        session,
        campaign,
        await shape(session, campaign),
        after,
        policy=changes.past_messages,
        now=now,
    )
    return Foretold(
        version=campaign.version, state=campaign.state, impact=impact, messages=draft.messages
    )


async def take_effect(
    session: TenantSession,
    campaign: Campaign,
    before: Shape,
    *,
    policy: PastPolicy | UnsetType,
    now: datetime,
) -> Impact | None:
    """Leave for the next scan what the edit, which is written by now, does to people.

    None: it does nothing to anybody. The caller has the scan come at once.
    """
    if campaign.scanned_at is None:
        return None
    after = await shape(session, campaign)
    impact = await _impact(session, campaign, before, after, policy=policy, now=now)
    if after.messages and before.messages and before != after:
        # Whoever had finished and has a message to come is in it again.
        days = [day for _, day in after.messages]
        last = calendar.last_day(campaign.scanned_at, after.timetable.at, after.timetable.zone)
        through = calendar.passed(last, days, after.timetable.rest)
        await endings.reopen(session, campaign.id, after=through)
    if impact.catch_up:
        campaign.catch_up = [*campaign.catch_up, *to_builtins(impact.catch_up)]
        await session.flush()
    return impact


async def _impact(
    session: TenantSession,
    campaign: Campaign,
    before: Shape,
    after: Shape,
    *,
    policy: PastPolicy | UnsetType | None,
    now: datetime,
) -> Impact:
    days = [day for _, day in (*before.messages, *after.messages)]
    scanned_at = campaign.scanned_at
    if scanned_at is None or not days or campaign.state == CampaignState.DRAFT:
        return impact_of(before, after, [], scanned_at=now, now=now, policy=None)
    since = min(scanned_at, now).date() - timedelta(days=max(0, *days)) - SLACK
    by_zone = before.timetable.by_contact or after.timetable.by_contact
    counted = await groups.inside(session, campaign.id, since=since, by_zone=by_zone)
    return impact_of(
        before,
        after,
        [People(g.day0, g.zone, g.number) for g in counted if g.state == "active"],
        scanned_at=scanned_at,
        now=now,
        policy=None if policy is UNSET or policy is None else PastPolicy(policy),
    )


async def keep_version(
    session: TenantSession,
    campaign: Campaign,
    *,
    actor: str,
    action: str,
    impact: Impact | None,
    policy: PastPolicy | UnsetType,
    now: datetime,
) -> None:
    """Keep the campaign as it is now, with what the edit did."""
    rows = (await campaigns.messages(session, [campaign.id], templates=False))[campaign.id]
    effect = None
    if impact is not None and (impact.past or impact.due_at_once):
        chosen = None if policy is UNSET else PastPolicy(policy).value
        effect = {"policy": chosen, "past": impact.past, "due_at_once": impact.due_at_once}
    await versions.keep(
        session,
        campaign.id,
        version=campaign.version,
        at=now,
        actor=actor,
        action=action,
        fields=fields_of(campaign),
        messages=[{"id": row.id.hex, "version": row.version} for row in rows],
        effect=effect,
    )


KEPT = (
    "name", "key", "contact_filter", "timezone", "sender_name", "sender_email", "day_zero",
    "late_limit_hours", "late_action", "zone_mode", "anchor", "reentry_gap_days",
    "exit_unmatched", "track_opens", "track_clicks",
)  # fmt: skip


def fields_of(campaign: Campaign) -> dict[str, object]:
    """What a person can set of a campaign, as a version keeps it."""
    return {
        **{name: getattr(campaign, name) for name in KEPT},
        "preferred_send_time": campaign.preferred_send_time.strftime("%H:%M"),
        "skip_weekdays": list(campaign.skip_weekdays),
        "skip_dates": [day.isoformat() for day in campaign.skip_dates],
    }
