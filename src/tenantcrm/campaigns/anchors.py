"""Day 0 as a date that a contact has. Pure."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tenantcrm.campaigns import calendar
from tenantcrm.campaigns.calendar import DAY, Timetable
from tenantcrm.contacts.filters.literals import as_moment

FURTHEST = timedelta(days=36_500)
"""A date further away than this is a slip of the pen; sums with it could leave the calendar."""


def day0_of(value: Any, zone: ZoneInfo, now: datetime) -> date | None:
    """The local date that an attribute's value is; None: it is no date.

    A date stands for itself; an instant for the day that it falls on in the zone.
    """
    moment = as_moment(value) if isinstance(value, str) else None
    if moment is None or abs(moment.start - now) > FURTHEST:
        return None
    if moment.whole_day:
        return moment.start.date()
    return calendar.local_date(moment.start, zone)


def first_day(
    timetable: Timetable, value: Any, send_days: list[int], zone: ZoneInfo, at: datetime
) -> date | None:
    """The day 0 of whoever comes in by the scan at ``at``; None: the date does not let it in.

    ``value``: of the attribute that the campaign counts from, where it counts from one.
    """
    if timetable.anchor is None:
        return calendar.local_date(at, zone)
    day0 = day0_of(value, zone, at)
    return day0 if day0 is not None and enrols(timetable, day0, send_days, zone, at) else None


def enrols(
    timetable: Timetable, day0: date, send_days: list[int], zone: ZoneInfo, now: datetime
) -> bool:
    """Whether anything of a campaign that counts from ``day0`` could still be sent at ``now``."""
    if not send_days:
        return False
    last = calendar.plan(day0, send_days, timetable.rest)[-1].day
    slot = timetable.slot(last, zone)
    late_at = timetable.late_at(slot)
    return now <= (slot + DAY if late_at is None else late_at)
