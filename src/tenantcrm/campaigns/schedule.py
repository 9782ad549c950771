"""What a scan has to do, from the calendar and what was worked off before. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from msgspec import Struct

from tenantcrm.campaigns import calendar
from tenantcrm.campaigns.calendar import Timetable

MOST_DAYS = 31
"""Days that one scan works off; after a longer pause the rest follows in further scans, so that no
transaction grows with the length of the pause."""
RESCAN = timedelta(minutes=15)
"""Machine time after which an immediate campaign looks again, should a wake-up have been lost."""


class ScanPlan(Struct, frozen=True, kw_only=True):
    """The work of one scan.

    ``days``: local days whose slot has come and is not worked off, oldest first.
    ``enrol_on``: the local day that is day 0 for whoever is enrolled now; None: nobody is.
    ``created_by``: contacts created later are left for the next slot; None: no such cut.
    """

    days: tuple[date, ...]
    worked_through: date
    enrol_on: date | None
    created_by: datetime | None


class DayMessage(Struct, frozen=True):
    """A message in use and its day."""

    id: UUID
    send_day: int


class HandOver(Struct, frozen=True, kw_only=True):
    """A message that is due to whoever has one of these day 0s, for delivery to enter it.

    Reaches the enrolments of the campaign with one of ``days0`` as ``enrolled_on`` that have not
    exited and whose contact is still there. ``zones``: only contacts whose own zone is one of them
    (None in it: contacts without one); None: all. ``enrolled_at``: only those enrolled at this very
    instant. ``changed_since``: only contacts changed by this transaction or a later one.
    ``now`` past ``late_at``: entered as skipped; None: never late.
    """

    campaign_id: UUID
    message_id: UUID
    days0: tuple[date, ...]
    due_at: datetime
    late_at: datetime | None
    kind: str
    zones: tuple[str | None, ...] | None = None
    enrolled_at: datetime | None = None
    changed_since: int | None = None


def worked_through(timetable: Timetable, before: date | None, now: datetime) -> date:
    """The last day that counts as worked off when a campaign starts, or its timetable changes.

    A start never reaches back: the first slot is the next one to come. After a pause or a change,
    what was not worked off before stays due; working a day off twice does nothing twice.
    """
    passed = calendar.last_day(now, timetable.at, timetable.zone)
    return passed if before is None else min(before, passed)


def plan_scan(timetable: Timetable, worked: date, now: datetime) -> ScanPlan:
    """What a scan at ``now`` does, when everything through ``worked`` was done before."""
    newest = calendar.last_day(now, timetable.at, timetable.zone)
    count = min(max((newest - worked).days, 0), MOST_DAYS)
    days = tuple(worked + n * calendar.DAY for n in range(1, count + 1))
    enrol_on = created_by = None
    if timetable.immediate:
        enrol_on = calendar.local_date(now, timetable.zone)
    elif days and days[-1] == newest and now <= timetable.late_at(timetable.slot(newest)):
        enrol_on, created_by = newest, timetable.slot(newest)
    return ScanPlan(
        days=days,
        worked_through=days[-1] if days else worked,
        enrol_on=enrol_on,
        created_by=created_by,
    )


def next_scan(timetable: Timetable, worked: date, now: datetime, rate: float) -> datetime:
    """When to scan next; in the past while days are left over. ``rate``: of the time machine."""
    upcoming = timetable.slot(worked + calendar.DAY)
    return min(upcoming, now + RESCAN * max(rate, 1.0)) if timetable.immediate else upcoming


def hand_overs(
    timetable: Timetable, plan: ScanPlan, *, campaign_id: UUID, messages: Sequence[DayMessage]
) -> list[HandOver]:
    """What the plan's days make due, oldest first, whether or not anybody was enrolled then.

    With day 0 at once, whoever is enrolled gets it in the same scan: :func:`at_once`.
    """
    return [
        HandOver(
            campaign_id=campaign_id,
            message_id=message.id,
            enrolled_on=day - message.send_day * calendar.DAY,
            due_at=timetable.slot(day),
            late_at=timetable.late_at(timetable.slot(day)),
            kind="drip" if message.send_day else "day_zero",
        )
        for day in plan.days
        for message in messages
        if message.send_day or not timetable.immediate
    ]


def at_once(
    timetable: Timetable,
    plan: ScanPlan,
    *,
    campaign_id: UUID,
    messages: Sequence[DayMessage],
    now: datetime,
) -> list[HandOver]:
    """Day 0 of an immediate campaign, due to those whom this scan has enrolled, at ``now``."""
    if not timetable.immediate or plan.enrol_on is None:
        return []
    return [
        HandOver(
            campaign_id=campaign_id,
            message_id=message.id,
            enrolled_on=plan.enrol_on,
            enrolled_at=now,
            due_at=now,
            late_at=timetable.late_at(now),
            kind="day_zero",
        )
        for message in messages
        if message.send_day == 0
    ]


def first_unfinished(worked: date, last_day: int) -> date:
    """The first enrolment date whose last message's day has not passed at the end of ``worked``."""
    return worked - last_day * calendar.DAY


def first_mail(
    timetable: Timetable, worked: date | None, first_send_day: int, now: datetime
) -> datetime:
    """When somebody who is not enrolled yet, and whom the next scan finds, gets the first mail."""
    if timetable.immediate:
        if first_send_day == 0:
            return now
        day = calendar.local_date(now, timetable.zone)
    else:
        day = worked_through(timetable, worked, now) + calendar.DAY
        newest = calendar.last_day(now, timetable.at, timetable.zone)
        if day <= newest:
            on_time = now <= timetable.late_at(timetable.slot(newest))
            day = newest if on_time else newest + calendar.DAY
    return timetable.slot(day + first_send_day * calendar.DAY)
