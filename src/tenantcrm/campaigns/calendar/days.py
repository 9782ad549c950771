"""Which local day each message of a campaign goes on, counted from a contact's day 0. Pure.

A day needs no zone: it is the date on the wall where the contact, or the campaign, is.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum

from msgspec import Struct

from tenantcrm.campaigns.calendar.rest import DAY, Rest


class Shift(StrEnum):
    """Why a mail goes at another time than its day and the preferred time alone would say."""

    SKIP_WEEKDAY = "skip_weekday"
    SKIP_DATE = "skip_date"
    AFTER_EARLIER = "after_earlier"
    """An earlier message of the campaign goes on that day, or has not gone yet."""
    FREQUENCY_CAP = "frequency_cap"
    """The contact has had as many mails as the tenant allows in so many days."""
    RECIPIENT_PAUSE = "recipient_pause"
    """The recipient has asked for a pause."""
    DST_GAP = "dst_gap"
    """Clocks go forward over the preferred time: the first instant after."""
    DST_FOLD = "dst_fold"
    """Clocks go back over the preferred time: the first of the two."""
    AT_ONCE = "at_once"
    """Day 0 of a campaign that mails at once."""
    LATE_START = "late_start"
    """Its time had passed when the contact came to it: as soon as possible."""


class Planned(Struct, frozen=True):
    """``wanted``: the day that its send day says. ``day``: the day on which it goes.

    ``shifts``: why the two differ, in the order in which it was moved; empty where they do not.
    """

    wanted: date
    day: date
    shifts: tuple[Shift, ...] = ()


def plan(day0: date, send_days: Sequence[int], rest: Rest) -> list[Planned]:
    """The days of a campaign's messages; ``send_days`` ascend, and may be negative.

    What falls on a day of rest moves to the next that is none. A message never overtakes an
    earlier one nor joins it on its day: it moves on, too.
    """
    found: list[Planned] = []
    previous: date | None = None
    for send_day in send_days:
        wanted = day0 + send_day * DAY
        planned = move_on(wanted, rest, [] if previous is None else [previous])
        found.append(planned)
        previous = planned.day
    return found


def move_on(wanted: date, rest: Rest, earlier: Iterable[date]) -> Planned:
    """The first day from ``wanted`` on that is open and later than every one of ``earlier``."""
    last = max(earlier, default=None)
    day, shifts = wanted, list[Shift]()
    while True:
        if last is not None and day <= last:
            day = last + DAY
            shifts.append(Shift.AFTER_EARLIER)
        elif rest.holds(day):
            why = Shift.SKIP_DATE if day in rest.dates else Shift.SKIP_WEEKDAY
            if why not in shifts:
                shifts.append(why)
            day += DAY
        else:
            return Planned(wanted, day, tuple(shifts))


def reach(day: date, send_days: Sequence[int], rest: Rest) -> list[tuple[date, int]]:
    """Whom a day reaches: each day 0 of which a message goes on ``day``, with the message's place.

    The inverse of :func:`plan`. A place is an index into ``send_days``; by place, and within one
    the latest day 0 first.
    """
    if rest.holds(day):
        return []
    # With a later day 0 no message goes earlier: all that go on ``day`` stand together, behind
    # those that have gone by the day before.
    by_then, before = _latest(day, send_days, rest), _latest(day - DAY, send_days, rest)
    return [
        (last - n * DAY, place)
        for place, (last, first) in enumerate(zip(by_then, before, strict=True))
        for n in range((last - first).days)
    ]


def passed(day: date, send_days: Sequence[int], rest: Rest) -> date:
    """The latest day 0 whose last message goes on ``day`` or before."""
    return _latest(day, send_days, rest)[-1]


def _latest(day: date, send_days: Sequence[int], rest: Rest) -> list[date]:
    """By place, the latest day 0 of which the message goes on ``day`` or before.

    That is one from which, going back over open days, the message and each before it have come to
    their days. It costs the square of the number of messages, and no search.
    """
    open_days: list[date] = []
    for _ in send_days:
        while rest.holds(day):
            day -= DAY
        open_days.append(day)
        day -= DAY
    return [
        min(open_days[place - n] - send_days[n] * DAY for n in range(place + 1))
        for place in range(len(send_days))
    ]
