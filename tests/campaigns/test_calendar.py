"""The calendar: slots, gaps, folds, and what holds for every zone."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantcrm.campaigns.calendar import (
    last_day,
    local_date,
    next_day,
    next_slot,
    slot,
    zone_names,
)

zones = st.sampled_from(sorted(zone_names())).map(ZoneInfo)
days = st.dates(date(1930, 1, 1), date(2090, 1, 1))
wall_times = st.builds(time, st.integers(0, 23), st.integers(0, 59))
moments = st.datetimes(
    datetime(1930, 1, 1),  # noqa: DTZ001 # hypothesis takes bounds without a zone
    datetime(2090, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        ("Europe/London", "2026-01-15", "10:00", "2026-01-15 10:00"),
        ("Europe/London", "2026-07-15", "10:00", "2026-07-15 09:00"),
        ("Asia/Kathmandu", "2026-07-15", "10:00", "2026-07-15 04:15"),
        ("Australia/Lord_Howe", "2026-01-15", "10:00", "2026-01-14 23:00"),
        ("Pacific/Kiritimati", "2026-07-15", "00:00", "2026-07-14 10:00"),
        ("America/New_York", "2028-02-29", "10:00", "2028-02-29 15:00"),
    ],
)
def test_plain_days(zone: str, day: str, at: str, expected: str):
    """A wall time that exists once is that instant."""
    found = slot(date.fromisoformat(day), time.fromisoformat(at), ZoneInfo(zone))
    assert found == utc(expected)


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        ("Europe/Berlin", "2026-03-29", "02:30", "2026-03-29 01:00"),
        ("Europe/Berlin", "2026-03-29", "02:00", "2026-03-29 01:00"),
        ("America/New_York", "2026-03-08", "02:59", "2026-03-08 07:00"),
        ("Australia/Lord_Howe", "2026-10-04", "02:10", "2026-10-03 15:30"),
        ("America/Asuncion", "2023-10-01", "00:15", "2023-10-01 04:00"),
        ("Pacific/Apia", "2011-12-30", "10:00", "2011-12-30 10:00"),
        ("Europe/Dublin", "2026-03-29", "01:30", "2026-03-29 01:00"),
    ],
)
def test_gap(zone: str, day: str, at: str, expected: str):
    """A wall time that does not exist is the first instant after the gap, even of a whole day."""
    found = slot(date.fromisoformat(day), time.fromisoformat(at), ZoneInfo(zone))
    assert found == utc(expected)


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        ("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25 00:30"),
        ("America/New_York", "2026-11-01", "01:30", "2026-11-01 05:30"),
        ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04 14:45"),
        ("Europe/Dublin", "2026-10-25", "01:30", "2026-10-25 00:30"),
    ],
)
def test_fold(zone: str, day: str, at: str, expected: str):
    """A wall time that exists twice is the first of the two."""
    found = slot(date.fromisoformat(day), time.fromisoformat(at), ZoneInfo(zone))
    assert found == utc(expected)


@given(zones, days, wall_times)
def test_slot_is_the_first_instant_at_or_past_the_wall_time(zone: ZoneInfo, day: date, at: time):
    """In every zone a slot shows the wall time, or the end of the gap that swallowed it."""
    found = slot(day, at, zone)
    wall = datetime.combine(day, at)
    shown = found.astimezone(zone).replace(tzinfo=None)
    assert shown >= wall
    just_before = (found - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
    assert just_before < wall


@given(zones, days, wall_times)
def test_order_of_days(zone: ZoneInfo, day: date, at: time):
    """Slots never run backwards, whatever a zone does between two days."""
    slots = [slot(day + timedelta(days=n), at, zone) for n in range(5)]
    assert all(earlier <= later for earlier, later in pairwise(slots))


@given(zones, moments, wall_times)
def test_neighbours(zone: ZoneInfo, moment: datetime, at: time):
    """Around any moment: the last slot has come, the next has not, and no day lies between."""
    last, following = last_day(moment, at, zone), next_day(moment, at, zone)
    assert following == last + timedelta(days=1)
    assert slot(last, at, zone) <= moment < slot(following, at, zone)
    assert next_slot(moment, at, zone) == slot(following, at, zone)


@given(zones, moments)
def test_local_date(zone: ZoneInfo, moment: datetime):
    """A local date is never more than a day away from the date in UTC."""
    assert abs(local_date(moment, zone) - moment.date()) <= timedelta(days=1)


def test_zone_names():
    """Names are IANA names; neither paths nor POSIX rules."""
    assert {"Europe/London", "UTC"} <= zone_names()
    assert not {"", "../etc/passwd", "localtime", "Mars/Olympus"} & zone_names()
