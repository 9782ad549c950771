"""What a scan has to do, from the calendar and what was worked off before. Pure."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from tenantcrm.campaigns import calendar
from tenantcrm.campaigns.calendar import DAY, Timetable

MOST = timedelta(days=31)
"""Time that one scan works off; after a longer pause the rest follows in further scans, so that no
transaction grows with the length of the pause."""
RESCAN = timedelta(minutes=15)
"""Machine time after which an immediate campaign looks again, should a wake-up have been lost."""
Zones = tuple[str | None, ...]
"""Names of zones as contacts have them; None: contacts without one."""


class DayMessage(Struct, frozen=True):
    """A message in use and its day."""

    id: UUID
    send_day: int


class Group(Struct, frozen=True, kw_only=True):
    """Contacts for whom it is the same day: the part of a scan that they share.

    ``zones``: those of the contacts; None: every contact, in the campaign's zone.
    ``days``: local days whose slot has come and is not worked off, oldest first.
    ``slots``: of those days, in UTC.
    ``enrol_on``: the local day that is day 0 for whoever is enrolled now; None: nobody is.
    ``created_by``: contacts created later are left for the next slot; None: no such cut.
    """

    zones: Zones | None
    days: tuple[date, ...]
    slots: tuple[datetime, ...]
    enrol_on: date | None
    created_by: datetime | None


class ScanPlan(Struct, frozen=True, kw_only=True):
    """The work of one scan: every slot after ``since`` up to ``until`` is worked off with it."""

    since: datetime
    until: datetime
    groups: tuple[Group, ...]


def plan_scan(
    timetable: Timetable, scanned_at: datetime, now: datetime, zones: Iterable[str | None] = ()
) -> ScanPlan:
    """What a scan at ``now`` does, when every slot up to ``scanned_at`` was worked off before.

    ``zones``: of the tenant's contacts, where the campaign follows those; contacts without one, or
    with one that is not known here, follow the campaign's.
    """
    until = max(scanned_at, min(now, scanned_at + MOST))
    shared: dict[tuple[object, ...], list[str | None]] = {}
    parts: dict[tuple[object, ...], Group] = {}
    for zone, names in _by_zone(timetable, zones).items():
        group = _group(timetable, zone, scanned_at, until, now)
        key = (group.days, group.slots, group.enrol_on)
        parts[key] = group
        shared.setdefault(key, []).extend(names)
    groups = [
        Group(
            zones=tuple(shared[key]) if timetable.by_contact else None,
            days=group.days,
            slots=group.slots,
            enrol_on=group.enrol_on,
            created_by=group.created_by,
        )
        for key, group in parts.items()
        if group.days or group.enrol_on is not None
    ]
    return ScanPlan(since=scanned_at, until=until, groups=tuple(groups))


def _by_zone(timetable: Timetable, zones: Iterable[str | None]) -> dict[ZoneInfo, list[str | None]]:
    names: dict[ZoneInfo, list[str | None]] = {timetable.zone: [None]}
    if timetable.by_contact:
        for name in zones:
            if name is not None:
                names.setdefault(timetable.zone_for(name), []).append(name)
    return names


def _group(
    timetable: Timetable, zone: ZoneInfo, scanned_at: datetime, until: datetime, now: datetime
) -> Group:
    days, slots = [], []
    day = calendar.next_day(scanned_at, timetable.at, zone)
    while (slot := timetable.slot(day, zone)) <= until:
        days.append(day)
        slots.append(slot)
        day += DAY
    enrol_on = created_by = None
    if timetable.immediate:
        enrol_on = calendar.local_date(now, zone)
    elif days and until == now and in_time(timetable, slots[-1], now):
        enrol_on, created_by = days[-1], slots[-1]
    return Group(
        zones=None,
        days=tuple(days),
        slots=tuple(slots),
        enrol_on=enrol_on,
        created_by=created_by,
    )


def in_time(timetable: Timetable, slot: datetime, now: datetime) -> bool:
    """Whether a mail of the slot may still leave."""
    late_at = timetable.late_at(slot)
    return late_at is None or now <= late_at


def next_scan(timetable: Timetable, until: datetime, now: datetime, rate: float) -> datetime:
    """When to scan next; not in the future while slots are left. ``rate``: of the time machine.

    A campaign that follows its contacts' zones is scanned at its time in every zone that there is:
    a contact with a zone that no other has is then no special case.
    """
    if until < now:
        return now
    if timetable.by_contact:
        upcoming = _next_anywhere(timetable, until)
    else:
        upcoming = calendar.next_slot(until, timetable.at, timetable.zone)
    return min(upcoming, now + RESCAN * max(rate, 1.0)) if timetable.immediate else upcoming


def _next_anywhere(timetable: Timetable, after: datetime) -> datetime:
    own = calendar.next_slot(after, timetable.at, timetable.zone)
    moments = world_slots(timetable.at, after.date())
    return min((moment for moment in moments if moment > after), default=own)


@lru_cache(maxsize=512)
def world_slots(at: object, day: date) -> tuple[datetime, ...]:
    """The instants around a UTC day at which it is ``at`` anywhere, in order."""
    found = {
        calendar.slot(day + n * DAY, at, ZoneInfo(name))  # type: ignore[arg-type] # a time
        for name in calendar.zone_names()
        for n in (-1, 0, 1, 2)
    }
    return tuple(sorted(found))


def first_mail(
    timetable: Timetable, scanned_at: datetime, first_send_day: int, now: datetime
) -> datetime:
    """When somebody who is not enrolled yet, and whom the next scan finds, gets the first mail.

    In the campaign's zone; of a campaign without an anchor.
    """
    plan = plan_scan(timetable, max(scanned_at, now - MOST), now)
    if timetable.immediate:
        day0 = calendar.local_date(now, timetable.zone)
    elif plan.groups and plan.groups[0].enrol_on is not None:
        day0 = plan.groups[0].enrol_on
    else:
        day0 = calendar.next_day(now, timetable.at, timetable.zone)
    planned = calendar.plan(day0, [first_send_day], timetable.rest)[0]
    if timetable.immediate and first_send_day == 0 and planned.day == day0:
        return now
    return timetable.slot(planned.day)
