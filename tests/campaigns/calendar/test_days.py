"""Which day each message goes on, for every campaign and every rest; and whom a day reaches."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given, settings

from tenantcrm.campaigns.calendar import NO_REST, Rest, Shift, passed, plan, reach
from tests.campaigns.calendar.shapes import days, rests, send_days

DAY = timedelta(days=1)
LEAP = date(2028, 2, 29)


@settings(max_examples=80)
@given(days, send_days, rests)
def test_what_a_plan_keeps(day0: date, wanted: list[int], rest: Rest):
    """The order of days, one message a day, none on a day of rest, none before its own day; and
    as early as that allows, with the reason for each that moves."""
    planned = plan(day0, wanted, rest)
    assert all(one.day < two.day for one, two in pairwise(planned))
    previous = date.min
    for send_day, one in zip(wanted, planned, strict=True):
        assert one.wanted == day0 + send_day * DAY <= one.day
        assert bool(one.shifts) == (one.day != one.wanted)
        first = max(one.wanted, previous + DAY)
        assert not rest.holds(one.day)
        assert all(rest.holds(first + n * DAY) for n in range((one.day - first).days))
        previous = one.day


@settings(max_examples=80)
@given(days, send_days, rests)
def test_whom_a_day_reaches(day: date, wanted: list[int], rest: Rest):
    """Those, and only those, of whose day 0 a message is planned for it."""
    around = [day - n * DAY for n in range(-12, wanted[-1] + 90)]
    expected = {
        (day0, place)
        for day0 in around
        for place, one in enumerate(plan(day0, wanted, rest))
        if one.day == day
    }
    found = reach(day, wanted, rest)
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert [place for _, place in found] == sorted(place for _, place in found)


@settings(max_examples=60)
@given(days, send_days, rests)
def test_who_is_through(day: date, wanted: list[int], rest: Rest):
    """The last message of the day 0 found has gone by the day; of the next it has not."""
    through = passed(day, wanted, rest)
    assert plan(through, wanted, rest)[-1].day <= day < plan(through + DAY, wanted, rest)[-1].day


@settings(max_examples=50)
@given(days, send_days, rests)
@example(LEAP, [-366, 0, 365, 366], NO_REST)
def test_a_later_start_is_never_earlier(day0: date, wanted: list[int], rest: Rest):
    """Whoever comes a day later gets no message before whoever came first."""
    ones, twos = plan(day0, wanted, rest), plan(day0 + DAY, wanted, rest)
    assert all(one.day <= two.day for one, two in zip(ones, twos, strict=True))


@pytest.mark.parametrize(
    ("day0", "wanted", "expected"),
    [
        (LEAP, [0, 1, 366], ["2028-02-29", "2028-03-01", "2029-03-01"]),
        (LEAP, [-1461, 1461], ["2024-02-29", "2032-02-29"]),
        (date(2026, 3, 2), [3650], ["2036-02-28"]),
        (date(9990, 1, 1), [0, 3650], ["9990-01-01", "9999-12-30"]),
    ],
)
def test_leap_days_and_far_ones(day0: date, wanted: Sequence[int], expected: list[str]):
    """Days are days of the calendar, 29 February among them, to the last year there is."""
    planned = [one.day for one in plan(day0, wanted, NO_REST)]
    assert [day.isoformat() for day in planned] == expected
    for place, day in enumerate(planned):
        assert reach(day, wanted, NO_REST).count((day0, place)) == 1


def test_why_days_move():
    """Each reason once, in the order in which it moved the message."""
    rest = Rest.of([6, 7], [date(2026, 3, 9), date(2026, 3, 12)])
    planned = plan(date(2026, 3, 6), [0, 1, 2, 3], rest)
    assert [(one.day.day, one.shifts) for one in planned] == [
        (6, ()),
        (10, (Shift.SKIP_WEEKDAY, Shift.SKIP_DATE)),
        (11, (Shift.AFTER_EARLIER,)),
        (13, (Shift.AFTER_EARLIER, Shift.SKIP_DATE)),
    ]


def test_no_day_is_left():
    """A week without a single open day is refused, and never searched for one."""
    with pytest.raises(ValueError, match="weekday"):
        Rest.of(range(1, 8), [])


def test_a_hundred_messages_and_one_open_weekday():
    """The most that a campaign may have, with six weekdays of rest: each goes a week after the
    other, and a day reaches seven day 0s by each message that has come that far."""
    rest, wanted = Rest(frozenset(range(1, 7))), range(100)
    sunday = date(2026, 3, 1)
    last = plan(sunday, wanted, rest)[-1].day
    assert last == sunday + 99 * 7 * DAY
    found = reach(last, wanted, rest)
    assert len(found) == 700
    assert (sunday, 99) in found
    assert passed(last, wanted, rest) == sunday
