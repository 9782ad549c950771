"""The part of a scan that follows contacts as they change: out, in again, to another day 0."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from msgspec import Struct

from tenantcrm.campaigns import anchors, calendar
from tenantcrm.campaigns.models import Campaign
from tenantcrm.campaigns.repository import dates, enrolment, following
from tenantcrm.campaigns.repository.dates import Dated
from tenantcrm.campaigns.schedule import Group
from tenantcrm.campaigns.service.work import Work, trusted
from tenantcrm.campaigns.states import EnrollmentState
from tenantcrm.contacts.filters import parse
from tenantcrm.contacts.filters.compile import compile_filter
from tenantcrm.database import TenantSession

AT_ONCE = 5_000
"""Contacts whose dates are read at a time."""
NOBODY = UUID(int=0)


class Ahead(Struct, frozen=True):
    """Messages that are to come for contacts whose date has moved: what waits of them, or was
    skipped as too late, was for the old date.
    """

    message_ids: Sequence[UUID]
    contact_ids: Sequence[UUID]


async def follow(session: TenantSession, work: Work) -> list[Ahead]:
    """Follow the changes since the last scan; gives what the ledger must let go of."""
    campaign = work.campaign
    since = trusted(campaign.scanned_xid, work.horizon.following)
    if campaign.exit_unmatched or _tracks(campaign):
        await following.note_unmatched(
            session,
            campaign.id,
            compile_filter(parse(campaign.contact_filter)),
            since=since,
            leave=campaign.exit_unmatched,
            now=work.now,
        )
    if campaign.anchor is None:
        return []
    return await _redate(session, work, campaign.anchor, since)


def _tracks(campaign: Campaign) -> bool:
    """Whether anybody can come in by matching anew."""
    again = campaign.reentry_gap_days is not None or campaign.new_only_from is not None
    return again or campaign.keeps_out


async def enter_again(session: TenantSession, work: Work, group: Group) -> int:
    """Enrol in a group those who match anew."""
    campaign = work.campaign
    if campaign.anchor is not None or group.enrol_on is None:
        return 0
    if not _tracks(campaign):
        return 0
    return await following.enter_again(
        session,
        campaign.id,
        compile_filter(parse(campaign.contact_filter)),
        gap_days=campaign.reentry_gap_days,
        zones=group.zones,
        enrolled_on=group.enrol_on,
        now=work.now,
    )


async def enrol_by_date(
    session: TenantSession, work: Work, group: Group, *, since: int | None
) -> int:
    """Enrol a group's contacts whose date leaves something to be sent."""
    campaign, attribute = work.campaign, work.campaign.anchor
    if attribute is None:
        return 0
    condition = compile_filter(parse(campaign.contact_filter))
    newcomers = enrolment.newcomers(
        session, campaign.id, condition, since=since, created_by=group.created_by, zones=group.zones
    )
    send_days = [message.send_day for message in work.messages]
    count, after = 0, NOBODY
    while True:
        some = await dates.candidates(session, newcomers, attribute, after=after, limit=AT_ONCE)
        if not some:
            return count
        after = some[-1].id
        found = []
        for one in some:
            zone = work.timetable.zone_for(one.timezone)
            day0 = anchors.day0_of(one.value, zone, work.now)
            if day0 is not None and anchors.enrols(work.timetable, day0, send_days, zone, work.now):
                found.append((one.contact_id, day0))
        count += await dates.enrol_dated(session, campaign.id, found, now=work.now)


async def _redate(
    session: TenantSession, work: Work, attribute: str, since: int | None
) -> list[Ahead]:
    campaign_id, after, ahead = work.campaign.id, NOBODY, list[Ahead]()
    send_days = [message.send_day for message in work.messages]
    while True:
        some = await dates.dated(
            session, campaign_id, attribute, since=since, after=after, limit=AT_ONCE
        )
        if not some:
            return ahead
        after = some[-1].id
        moved, over = list[tuple[UUID, date]](), list[tuple[UUID, date]]()
        gone = list[UUID]()
        contacts: dict[tuple[UUID, ...], list[UUID]] = defaultdict(list)
        for one in some:
            zone = work.timetable.zone_for(one.timezone)
            day0 = anchors.day0_of(one.value, zone, work.now)
            if day0 is None:
                gone.append(one.id)
            elif day0 != one.enrolled_on or one.state == EnrollmentState.EXITED:
                comes = anchors.enrols(work.timetable, day0, send_days, zone, work.now)
                (moved if comes else over).append((one.id, day0))
                contacts[_ahead(work, one, day0)].append(one.contact_id)
        await dates.leave_dated(session, gone, now=work.now)
        await dates.move_dated(session, moved)
        await dates.move_dated(session, over, ended_at=work.now)
        ahead += [Ahead(messages, people) for messages, people in contacts.items() if messages]


def _ahead(work: Work, one: Dated, day0: date) -> tuple[UUID, ...]:
    zone = work.timetable.zone_for(one.timezone)
    planned = calendar.plan(
        day0, [message.send_day for message in work.messages], work.timetable.rest
    )
    return tuple(
        message.id
        for message, on in zip(work.messages, planned, strict=True)
        if work.timetable.slot(on.day, zone) > work.now
    )
