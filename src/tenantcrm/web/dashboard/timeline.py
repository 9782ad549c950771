"""The line of days of a campaign: each message, when it goes, and what moves it. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tenantcrm.campaigns.calendar import DAY, Planned, Timetable, local_date, next_day, plan
from tenantcrm.campaigns.calendar_fields import ATTRIBUTE, ENROLLMENT, WEEKDAYS
from tenantcrm.campaigns.schemas import CampaignView
from tenantcrm.campaigns.words import shifts_sentence
from tenantcrm.web.dashboard.campaign_words import join

MONDAY = date(2029, 1, 1)
"""A Monday that no date of rest touches: weekdays alone are told by the pattern."""
WEEK = 7
MINUS = "\N{MINUS SIGN}"
MOVES_MOST = 3
"""Sentences of a pattern; what takes more is told by the example alone."""


def timetable_of(campaign: CampaignView) -> Timetable:
    """When the campaign sends."""
    anchor = campaign.anchor.removeprefix(ATTRIBUTE) if campaign.anchor != ENROLLMENT else None
    at = time.fromisoformat(campaign.preferred_send_time)
    return Timetable.of(
        at=at,
        timezone=campaign.timezone,
        late_limit_hours=campaign.late_limit_hours,
        day_zero=campaign.day_zero,
        late_action=campaign.late_action,
        zone_mode=campaign.zone_mode,
        skip_weekdays=[WEEKDAYS.index(day) + 1 for day in campaign.skip_weekdays],
        skip_dates=campaign.skip_dates,
        anchor=anchor,
    )


def steps(
    campaign: CampaignView, faults: Mapping[UUID, Sequence[str]], now: datetime
) -> list[dict[str, Any]]:
    """The campaign's messages for ``campaigns/timeline.html``, by day."""
    timetable = timetable_of(campaign)
    days = [message.send_day for message in campaign.messages]
    day0 = example_day0(timetable, days, now)
    planned = plan(day0, days, timetable.rest)
    patterns = _patterns(days, timetable)
    found = []
    for place, message in enumerate(campaign.messages):
        behind = days[place + 1] if place + 1 < len(days) else None
        free = free_day(message.send_day, behind)
        found.append(
            {
                "id": message.id,
                "subject": message.subject,
                "preheader": message.preheader,
                "send_day": message.send_day,
                "day": day_text(message.send_day),
                "when": _when(timetable, message.send_day, planned[place]),
                "shift": shifts_sentence(planned[place].shifts),
                "pattern": patterns[place],
                "faults": list(faults.get(message.id, ())),
                "first": place == 0,
                "last": behind is None,
                "free_day": free,
                "free_text": "" if free is None else day_text(free),
            }
        )
    return found


def day_text(send_day: int) -> str:
    """A day's number, with a minus sign that is one."""
    return f"{MINUS}{-send_day}" if send_day < 0 else str(send_day)


def free_day(before: int, behind: int | None) -> int | None:
    """A day for a message between two, in their middle; None: there is none. Last of all: 2 on."""
    if behind is None:
        return before + 2
    return before + (behind - before) // 2 if behind - before > 1 else None


def example_day0(timetable: Timetable, send_days: Sequence[int], now: datetime) -> date:
    """The day 0 of whoever would come in next; of a date, one whose first mail is the next."""
    upcoming = next_day(now, timetable.at, timetable.zone)
    if timetable.anchor is not None and send_days:
        return upcoming - send_days[0] * DAY
    return local_date(now, timetable.zone) if timetable.immediate else upcoming


def example_words(timetable: Timetable, day0: date) -> str:
    """What the dates of the line stand for."""
    if timetable.anchor is not None:
        return f"Dates are those of a contact whose {timetable.anchor} is {date_text(day0)}."
    return f"Dates are those of a contact who comes in on {date_text(day0)}."


def date_text(day: date) -> str:
    """``Tue 1 Dec``, with the year where it is far."""
    return f"{day:%a} {day.day} {day:%b %Y}"


def _when(timetable: Timetable, send_day: int, planned: Planned) -> str:
    if timetable.immediate and send_day == 0 and planned.day == planned.wanted:
        return f"{date_text(planned.day)}, at once"
    slot = timetable.slot(planned.day).astimezone(ZoneInfo(str(timetable.zone)))
    clock = "" if timetable.by_contact else f" {slot:%Z}"
    if clock[1:2] in {"+", "-"}:
        clock = f" UTC{clock[1:]}"
    return f"{date_text(planned.day)}, {slot:%H:%M}{clock}"


def _patterns(send_days: Sequence[int], timetable: Timetable) -> list[str]:
    """Of each message, whose mail moves on to which weekday, in words; empty: nobody's."""
    if not timetable.rest.weekdays:
        return [""] * len(send_days)
    moves: list[dict[int, list[int]]] = [{} for _ in send_days]
    rest = type(timetable.rest)(timetable.rest.weekdays)
    # Only on open days does anybody come in at the preferred time; a date may be any day.
    for start in (MONDAY + timedelta(days=n) for n in range(WEEK)):
        for place, planned in enumerate(plan(start, send_days, rest)):
            if planned.day != planned.wanted:
                moves[place].setdefault(planned.day.weekday(), []).append(start.weekday())
    words = "day 0 is a" if timetable.anchor else "come in on a"
    return [_moves(found, words) for found in moves]


def _moves(found: dict[int, list[int]], words: str) -> str:
    if not found:
        return ""
    if len(found) > MOVES_MOST:
        return "Moves on where its day is one of rest or taken by an earlier message."
    parts = [
        f"to {WEEKDAYS[to].capitalize()} for those "
        f"{'whose ' if words.startswith('day') else 'who '}{words} "
        f"{join([WEEKDAYS[day].capitalize() for day in days]).replace(' and ', ' or ')}"
        for to, days in found.items()
    ]
    return f"Moves on {'; '.join(parts)}."
