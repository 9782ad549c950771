"""What a scan makes due, and to whom, from the calendar. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from tenantcrm.campaigns import calendar
from tenantcrm.campaigns.calendar import Timetable
from tenantcrm.campaigns.schedule import DayMessage, Group, ScanPlan, Zones

DAY_ZERO, DRIP = "day_zero", "drip"


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
    zones: Zones | None = None
    enrolled_at: datetime | None = None
    changed_since: int | None = None
    skip: str | None = None
    """Enter it as skipped, for this reason."""
    inside_at: datetime | None = None
    """Only those who had not finished by then; None: also those who have."""
    contact_id: UUID | None = None
    """Only this contact; None: everybody."""
    takes_back: bool = False
    """Nothing is due: what waits of the message is forgotten, for it comes at another time."""


def kind_of(send_day: int) -> str:
    """The kind of mail that a message is, which is the lane that it travels in."""
    return DRIP if send_day else DAY_ZERO


def hand_overs(
    timetable: Timetable, plan: ScanPlan, *, campaign_id: UUID, messages: Sequence[DayMessage]
) -> list[HandOver]:
    """What the plan's days make due, oldest first, whether or not anybody has such a day 0.

    With day 0 at once, whoever is enrolled gets it in the same scan: :func:`at_once`.
    """
    reached = {
        day: _reached(timetable, day, messages)
        for day in {day for group in plan.groups for day in group.days}
    }
    found = [
        HandOver(
            campaign_id=campaign_id,
            message_id=messages[place].id,
            days0=days0,
            due_at=slot,
            late_at=timetable.late_at(slot),
            kind=kind_of(messages[place].send_day),
            zones=group.zones,
        )
        for group in plan.groups
        for day, slot in zip(group.days, group.slots, strict=True)
        for place, days0 in reached[day]
    ]
    return sorted(found, key=lambda item: item.due_at)


def _reached(
    timetable: Timetable, day: date, messages: Sequence[DayMessage]
) -> list[tuple[int, tuple[date, ...]]]:
    """By place of the message, the day 0s whose mail goes on ``day``."""
    places: dict[int, list[date]] = {}
    for day0, place in calendar.reach(day, [m.send_day for m in messages], timetable.rest):
        if timetable.immediate and messages[place].send_day == 0 and day0 == day:
            continue  # It went at once.
        places.setdefault(place, []).append(day0)
    return [(place, tuple(days0)) for place, days0 in sorted(places.items())]


def at_once(
    timetable: Timetable,
    plan: ScanPlan,
    *,
    campaign_id: UUID,
    messages: Sequence[DayMessage],
    now: datetime,
) -> list[HandOver]:
    """Day 0 of an immediate campaign, due to those whom this scan has enrolled, at ``now``.

    On a day of rest nobody gets it: it goes at the preferred time of the next day that is none.
    """
    if not timetable.immediate:
        return []
    return [
        HandOver(
            campaign_id=campaign_id,
            message_id=message.id,
            days0=(group.enrol_on,),
            enrolled_at=now,
            due_at=now,
            late_at=timetable.late_at(now),
            kind=kind_of(0),
            zones=group.zones,
        )
        for group in plan.groups
        if group.enrol_on is not None and not timetable.rest.holds(group.enrol_on)
        for message in messages
        if message.send_day == 0
    ]


def moved(
    timetable: Timetable,
    group: Group,
    *,
    campaign_id: UUID,
    messages: Sequence[DayMessage],
    days0: Iterable[date],
    changed_since: int | None,
) -> list[HandOver]:
    """What contacts who have come to a group's zone, or to another day 0, have missed by that.

    A change of zone is no lateness: what went by in the old zone's day is due at the group's
    newest slot. With an anchor the mail keeps its own time, and may be too late.
    """
    if not group.days or not messages:
        return []
    found: dict[tuple[DayMessage, datetime, Zones | None], list[date]] = {}
    for day0 in days0:
        planned = calendar.plan(day0, [m.send_day for m in messages], timetable.rest)
        for message, on in zip(messages, planned, strict=True):
            if on.day < group.days[0]:
                for due_at, zones in _times(timetable, group, on.day).items():
                    found.setdefault((message, due_at, zones), []).append(day0)
    return [
        HandOver(
            campaign_id=campaign_id,
            message_id=message.id,
            days0=tuple(days),
            due_at=due_at,
            late_at=timetable.late_at(due_at),
            kind=kind_of(message.send_day),
            zones=zones,
            changed_since=changed_since,
        )
        for (message, due_at, zones), days in sorted(found.items(), key=lambda item: item[0][1])
    ]


def _times(timetable: Timetable, group: Group, day: date) -> dict[datetime, Zones | None]:
    """When a group's mail of a day that has gone by is due, and to which of its zones."""
    if timetable.anchor is None:
        return {group.slots[-1]: group.zones}
    if group.zones is None:
        return {timetable.slot(day): None}
    # Zones that agree today may have changed their clocks on different days.
    names: dict[datetime, list[str | None]] = {}
    for name in group.zones:
        names.setdefault(timetable.slot(day, timetable.zone_for(name)), []).append(name)
    return {due_at: tuple(zones) for due_at, zones in names.items()}
