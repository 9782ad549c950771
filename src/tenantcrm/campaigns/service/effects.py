"""What an edit does to the people in a campaign: said before it is saved, and kept for the scan."""

from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType, structs, to_builtins

from tenantcrm import clock
from tenantcrm.campaigns import anchors, calendar, elsewhere
from tenantcrm.campaigns.calendar import Timetable
from tenantcrm.campaigns.impact import CatchUp, Impact, People, Shape, impact_of
from tenantcrm.campaigns.models import Campaign
from tenantcrm.campaigns.repository import campaigns, endings, groups, versions
from tenantcrm.campaigns.repository.groups import GroupCount
from tenantcrm.campaigns.schemas import CampaignChanges
from tenantcrm.campaigns.service.drafts import Draft, DraftedMessage, drafted
from tenantcrm.campaigns.service.reach import inside
from tenantcrm.campaigns.service.read import found
from tenantcrm.campaigns.service.work import timetable_of
from tenantcrm.campaigns.states import CampaignState, PastPolicy
from tenantcrm.database import TenantSession

SLACK = timedelta(days=4)
"""Days by which zones, and those who have moved between them, stand behind one another."""


class Foretold(Struct, frozen=True, kw_only=True):
    """The impact of changes that are not saved, and the version that they would change.

    ``exact`` is false where the people of its messages are estimates.
    """

    version: int
    state: str
    impact: Impact
    messages: list[DraftedMessage]
    exact: bool = True


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
    impact, exact = await _impact(
        session,
        campaign,
        await shape(session, campaign),
        after,
        policy=changes.past_messages,
        now=now,
        about=True,
    )
    return Foretold(
        version=campaign.version,
        state=campaign.state,
        impact=impact,
        messages=draft.messages,
        exact=exact,
    )


async def left_by(
    session: TenantSession,
    campaign: Campaign,
    draft: Draft,
    changes: CampaignChanges,
    now: datetime,
) -> list[CatchUp]:
    """What a draft would leave for the next scan, if it were saved now."""
    after = Shape(draft.timetable, [(m.id, m.send_day) for m in draft.messages])
    before = await shape(session, campaign)
    impact, _ = await _impact(
        session, campaign, before, after, policy=changes.past_messages, now=now, about=True
    )
    return impact.catch_up


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
    impact, _ = await _impact(session, campaign, before, after, policy=policy, now=now)
    again = _again(before, after, campaign.scanned_at)
    if again is not None:
        await endings.reopen(session, campaign.id, after=again)
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
    about: bool = False,
) -> tuple[Impact, bool]:
    """What the edit does, and whether that is exact; ``about``: it need not be, where the people
    are too many to look at the zone of each.
    """
    shapes = [one for one in (before, after) if one.messages]
    scanned_at = campaign.scanned_at
    if scanned_at is None or not shapes or campaign.state == CampaignState.DRAFT:
        return impact_of(before, after, [], scanned_at=now, now=now, policy=None), True
    behind = min(scanned_at, now).date() - SLACK
    since = min(passed_by(one, behind) for one in shapes)
    by_zone = before.timetable.by_contact or after.timetable.by_contact
    exact = True
    dated = after.timetable.anchor is not None and after.timetable.anchor != before.timetable.anchor
    there = list[GroupCount]()
    if dated:
        pass  # Another day 0 may lie anywhere: they are told one by one, below.
    elif about:
        there, exact = await inside(session, campaign.id, since=since, by_zone=by_zone)
    else:
        there = await groups.active(session, campaign.id, since=since, by_zone=by_zone)
    again, back = _again(before, after, scanned_at), []
    if again is not None:
        after_that = max(since, again + calendar.DAY)
        back = await groups.finished(session, campaign.id, since=after_that, by_zone=by_zone)
    people = [People(*group) for group in there]
    people += [People(*group, inside=False) for group in back]
    if dated:
        people += await _redated(session, campaign, after.timetable, by_zone=by_zone, now=now)
    chosen = None if policy is UNSET or policy is None else PastPolicy(policy)
    reckon = partial(impact_of, before, after, scanned_at=scanned_at, now=now, policy=chosen)
    impact = reckon(people)
    if impact.catch_up and after.timetable.by_contact and not about and not dated:
        zones = elsewhere.alike(after.timetable, people, [scanned_at, now])
        days0 = {day0 for one in impact.catch_up for day0 in one.days0}
        further = reckon(elsewhere.everywhere(zones, days0))
        impact = structs.replace(impact, catch_up=elsewhere.spelled(further.catch_up, zones))
    return impact, exact


async def _redated(
    session: TenantSession,
    campaign: Campaign,
    timetable: Timetable,
    *,
    by_zone: bool,
    now: datetime,
) -> list[People]:
    """Those in the campaign with the day 0 that another anchor gives them."""
    found = []
    for group, value in await groups.dated(
        session, campaign.id, timetable.anchor or "", by_zone=by_zone
    ):
        day0 = anchors.day0_of(value, timetable.zone_for(group.zone), now)
        found.append(People(*group, moves_to=day0, leaves=day0 is None))
    return found


def passed_by(shape: Shape, day: date) -> date:
    """The latest day 0 whose last message goes on a day or before."""
    return calendar.passed(day, [send_day for _, send_day in shape.messages], shape.timetable.rest)


def _again(before: Shape, after: Shape, scanned_at: datetime) -> date | None:
    """Whoever had finished and has a later day 0 is in it again: a message is to come, at least in
    some zone. None: nobody is.
    """
    if not after.messages or not before.messages or before == after:
        return None
    last = calendar.last_day(scanned_at, after.timetable.at, after.timetable.zone)
    return passed_by(after, last - SLACK if after.timetable.by_contact else last)


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
    if impact is not None and (impact.past or impact.due_at_once or impact.leaving):
        chosen = None if policy is UNSET else PastPolicy(policy).value
        effect = {"policy": chosen, "past": impact.past, "due_at_once": impact.due_at_once}
        if impact.leaving:
            effect["leaving"] = impact.leaving
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
