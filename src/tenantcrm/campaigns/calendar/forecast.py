"""Every future mail of one contact, over all the campaigns that it is in. Pure.

This is the simulator, and the calendar's whole word: what is planned (``days``), at which instant
(``slots``), and what the gate makes of it as the days go by.
"""

import heapq
from bisect import bisect_right, insort
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from tenantcrm.campaigns.calendar.days import Shift, plan
from tenantcrm.campaigns.calendar.gate import Cap, Earlier, gate
from tenantcrm.campaigns.calendar.rest import DAY
from tenantcrm.campaigns.calendar.slots import WIDEST, day_after_pause, local_date
from tenantcrm.campaigns.calendar.timetable import Timetable


class Waiting(Struct, frozen=True, kw_only=True):
    """A mail that is in the ledger already and has not left, due at an instant."""

    message_id: UUID
    send_day: int
    due_at: datetime


class Course(Struct, frozen=True, kw_only=True):
    """One contact's way through one campaign.

    ``messages``: id and send day of each in use, by day. ``settled``: those that the ledger has,
    whatever became of them. ``waiting``: those of them that may still leave. ``sent``: when the
    campaign has mailed the contact. ``enrolled_at``: where day 0 goes at once, when that was.
    """

    campaign_id: UUID
    timetable: Timetable
    zone: ZoneInfo
    day0: date
    messages: Sequence[tuple[UUID, int]]
    settled: frozenset[UUID] = frozenset()
    waiting: Sequence[Waiting] = ()
    sent: Sequence[datetime] = ()
    enrolled_at: datetime | None = None


class FutureMail(Struct, frozen=True, kw_only=True):
    """``at``: UTC. ``local``: the same instant on the wall there. ``shifts``: why it is not at the
    preferred time of the day that its send day says; empty where it is.
    """

    campaign_id: UUID
    message_id: UUID
    send_day: int
    at: datetime
    local: datetime
    zone: str
    wanted: date
    shifts: tuple[Shift, ...] = ()


class _Due(Struct, order=True):
    # Compared in this order: the worker takes mails due at one instant by campaign, then by day.
    at: datetime
    campaign: UUID
    send_day: int
    message: UUID
    place: int
    wanted: date
    shifts: tuple[Shift, ...]


def forecast(
    courses: Sequence[Course],
    *,
    now: datetime,
    cap: Cap | None = None,
    sent: Sequence[datetime] = (),
    paused_until: datetime | None = None,
) -> list[FutureMail]:
    """The mails to come, by time, as if nothing else changed from ``now`` on.

    Args:
        courses: the campaigns that the contact is in, or would be.
        now: what is due before it and not in the ledger leaves at once.
        cap: of the tenant.
        sent: when campaigns that are not among the courses have mailed the contact.
        paused_until: before it the recipient wants no mail. What counts from a date is then not
            sent at all; the rest waits.
    """
    left = [_due(course, place, now) for place, course in enumerate(courses)]
    queue = [due for own in left for due in own]
    heapq.heapify(queue)
    gone = sorted([*sent, *(moment for course in courses for moment in course.sent)])
    mailed = [sorted(course.sent) for course in courses]
    found: list[FutureMail] = []
    while queue:
        due = heapq.heappop(queue)
        course, waiting = courses[due.place], left[due.place]
        at = max(due.at, now)
        paused = paused_until is not None and at < paused_until
        if paused and course.timetable.anchor is not None:
            waiting.remove(due)
            continue
        deferral = gate(
            local_date(at, course.zone),
            course.timetable.rest,
            Earlier(
                own=_days(mailed[due.place], 1, at, course.zone),
                waiting=[
                    local_date(one.at, course.zone)
                    for one in waiting
                    if one.send_day < due.send_day
                ],
                all=() if cap is None else _days(gone, cap.days, at, course.zone),
            ),
            cap,
            paused_until=day_after_pause(paused_until, course.zone) if paused else None,
        )
        if deferral is not None:
            due.at = course.timetable.slot(deferral.day, course.zone)
            due.shifts += tuple(why for why in deferral.shifts if why not in due.shifts)
            heapq.heappush(queue, due)
            continue
        waiting.remove(due)
        insort(gone, at)
        insort(mailed[due.place], at)
        found.append(_mail(due, course, at))
    return sorted(found, key=lambda mail: (mail.at, mail.campaign_id, mail.send_day))


def _days(moments: Sequence[datetime], days: int, at: datetime, zone: ZoneInfo) -> list[date]:
    """The local days of those of the moments, in order, that may be within so many days of it."""
    first = bisect_right(moments, at - (days + WIDEST) * DAY)
    return [local_date(moment, zone) for moment in moments[first:]]


def _due(course: Course, place: int, now: datetime) -> list[_Due]:
    waiting = {mail.message_id: mail for mail in course.waiting}
    planned = plan(course.day0, [day for _, day in course.messages], course.timetable.rest)
    found = []
    for (message_id, send_day), day in zip(course.messages, planned, strict=True):
        held = waiting.get(message_id)
        if held is None and message_id in course.settled:
            continue
        at, shifts = course.timetable.slot(day.day, course.zone), day.shifts
        at_once = course.timetable.immediate and send_day == 0 and day.day == day.wanted
        if at_once and course.enrolled_at is not None:
            at, shifts = course.enrolled_at, (Shift.AT_ONCE,)
        if held is not None:
            at = held.due_at
        elif at < now and Shift.AT_ONCE not in shifts:
            shifts = (*shifts, Shift.LATE_START)
        found.append(_Due(at, course.campaign_id, send_day, message_id, place, day.wanted, shifts))
    return found


def _mail(due: _Due, course: Course, at: datetime) -> FutureMail:
    local = at.astimezone(course.zone)
    shifts = due.shifts
    # A day that the zone left out has its slot on the day after.
    for day in (local.date(), local.date() - DAY):
        clocks = course.timetable.slot_of(day, course.zone)
        if clocks.shift is not None and clocks.at == at:
            shifts = (*shifts, clocks.shift)
            break
    return FutureMail(
        campaign_id=course.campaign_id,
        message_id=due.message,
        send_day=due.send_day,
        at=at,
        local=local,
        zone=course.zone.key,
        wanted=due.wanted,
        shifts=shifts,
    )
