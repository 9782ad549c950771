"""The schedule of a scan: pure, for every campaign and clock."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from tenantcrm import ids
from tenantcrm.campaigns import schedule
from tenantcrm.campaigns.calendar import zone_names
from tenantcrm.campaigns.schedule import DayMessage, Timetable

timetables = st.builds(
    Timetable,
    at=st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    zone=st.sampled_from(sorted(zone_names())).map(ZoneInfo),
    late_limit=st.integers(0, 72).map(lambda hours: timedelta(hours=hours)),
    immediate=st.booleans(),
)
moments = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 # hypothesis takes bounds without a zone
    datetime(2060, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
waits = st.lists(st.integers(0, 10 * 24 * 60), min_size=1, max_size=12)
send_days = st.lists(st.integers(0, 40), min_size=1, max_size=5, unique=True)


@given(timetables, moments)
def test_a_start_never_reaches_back(timetable: Timetable, now: datetime):
    """The first slot of a campaign that starts is later than its start."""
    worked = schedule.worked_through(timetable, None, now)
    assert timetable.slot(worked) <= now < timetable.slot(worked + timedelta(days=1))


@given(timetables, moments, st.dates(date(1999, 1, 1), date(2061, 1, 1)))
def test_a_restart_forgets_nothing(timetable: Timetable, now: datetime, before: date):
    """Days that were not worked off stay due, and no day to come is taken as done."""
    worked = schedule.worked_through(timetable, before, now)
    assert worked <= before
    assert timetable.slot(worked + timedelta(days=1)) > now or worked == before


@given(timetables, moments, waits)
def test_every_day_exactly_once(timetable: Timetable, start: datetime, minutes: list[int]):
    """However scans fall, each day is worked off once its slot has come, once, in order."""
    worked, now, seen = schedule.worked_through(timetable, None, start), start, []
    first = worked + timedelta(days=1)
    for wait in minutes:
        now += timedelta(minutes=wait)
        while (plan := schedule.plan_scan(timetable, worked, now)).days:
            seen += plan.days
            worked = plan.worked_through
            assert all(timetable.slot(day) <= now for day in plan.days)
    assert seen == [first + timedelta(days=n) for n in range(len(seen))]
    assert timetable.slot(first + timedelta(days=len(seen))) > now


@given(timetables, moments, st.integers(0, 60), send_days)
def test_what_is_due(timetable: Timetable, now: datetime, behind: int, days: list[int]):
    """Message N is due at the slot of enrolment date + N; nothing is due in the future."""
    worked = schedule.worked_through(timetable, None, now) - timedelta(days=behind)
    plan = schedule.plan_scan(timetable, worked, now)
    messages = {ids.new_id(): day for day in days}
    found = schedule.hand_overs(
        timetable,
        plan,
        campaign_id=ids.new_id(),
        messages=[DayMessage(key, day) for key, day in messages.items()],
    )
    for hand_over in found:
        send_day = messages[hand_over.message_id]
        assert hand_over.due_at == timetable.slot(hand_over.enrolled_on + timedelta(send_day))
        assert hand_over.due_at <= now
        assert hand_over.late_at > hand_over.due_at
        assert hand_over.kind == ("drip" if send_day else "day_zero")
    assert sorted(found, key=lambda h: h.due_at) == found


@given(timetables, moments, st.integers(0, 60))
def test_nobody_is_enrolled_late(timetable: Timetable, now: datetime, behind: int):
    """Enrolment is for the newest slot alone, within the limit of lateness."""
    worked = schedule.worked_through(timetable, None, now) - timedelta(days=behind)
    plan = schedule.plan_scan(timetable, worked, now)
    if plan.created_by is not None:
        assert plan.enrol_on == plan.days[-1] == schedule.worked_through(timetable, None, now)
        assert now <= timetable.late_at(plan.created_by)
    elif timetable.immediate:
        assert plan.enrol_on == now.astimezone(timetable.zone).date()


@given(timetables, moments, st.integers(0, 60))
def test_the_next_scan(timetable: Timetable, now: datetime, behind: int):
    """The next scan is to come, unless days are left over; then it is due at once."""
    worked = schedule.worked_through(timetable, None, now) - timedelta(days=behind)
    plan = schedule.plan_scan(timetable, worked, now)
    moment = schedule.next_scan(timetable, plan.worked_through, now, 1.0)
    left_over = len(plan.days) == schedule.MOST_DAYS and behind > schedule.MOST_DAYS
    assert (moment <= now) == left_over
    if timetable.immediate:
        assert moment <= now + timedelta(minutes=15)


@given(timetables, moments, st.integers(0, 9), st.integers(0, 5))
def test_the_first_mail_of_a_newcomer(
    timetable: Timetable, now: datetime, send_day: int, behind: int
):
    """It is what the next scan, run in time, does."""
    worked = schedule.worked_through(timetable, None, now) - timedelta(days=behind)
    promised = schedule.first_mail(timetable, worked, send_day, now)
    while (plan := schedule.plan_scan(timetable, worked, now)).enrol_on is None:
        worked = plan.worked_through
        now = max(now, schedule.next_scan(timetable, worked, now, 1.0))
    if timetable.immediate and send_day == 0:
        assert promised == now
    else:
        assert promised == timetable.slot(plan.enrol_on + timedelta(days=send_day))
