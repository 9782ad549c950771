"""The schedule of a scan: pure, for every campaign and clock."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from tenantcrm import ids
from tenantcrm.campaigns import calendar, handing_over, schedule
from tenantcrm.campaigns.calendar import Rest, Timetable, zone_names
from tenantcrm.campaigns.schedule import DayMessage

DAY = timedelta(days=1)
zones = st.sampled_from(sorted(zone_names()))
timetables = st.builds(
    Timetable,
    at=st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    zone=zones.map(ZoneInfo),
    late_limit=st.one_of(st.none(), st.integers(0, 72).map(lambda hours: timedelta(hours=hours))),
    immediate=st.booleans(),
    rest=st.builds(Rest, weekdays=st.frozensets(st.integers(1, 7), max_size=6)),
    by_contact=st.booleans(),
)
moments = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 # hypothesis takes bounds without a zone
    datetime(2060, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
waits = st.lists(st.integers(0, 10 * 24 * 60), min_size=1, max_size=12)
send_days = st.lists(st.integers(-5, 40), min_size=1, max_size=5, unique=True).map(sorted)
contact_zones = st.lists(zones, max_size=4, unique=True)


@given(timetables, moments, contact_zones)
def test_a_start_never_reaches_back(timetable: Timetable, now: datetime, there: list[str]):
    """A campaign that starts has nothing to work off, and is scanned at the next slot to come."""
    plan = schedule.plan_scan(timetable, now, now, there)
    assert not any(group.days for group in plan.groups)
    coming = schedule.next_scan(timetable, now, now, 1.0)
    assert now < coming <= calendar.next_slot(now, timetable.at, timetable.zone)


@given(timetables, moments, waits, contact_zones)
def test_every_day_exactly_once(
    timetable: Timetable, start: datetime, minutes: list[int], there: list[str]
):
    """However scans fall, each zone's days are worked off once their slot has come, in order."""
    scanned_at = now = start
    seen: dict[str | None, list] = {}
    for wait in minutes:
        now += timedelta(minutes=wait)
        while scanned_at < now:
            plan = schedule.plan_scan(timetable, scanned_at, now, there)
            for group in plan.groups:
                assert all(scanned_at < slot <= plan.until for slot in group.slots)
                for name in group.zones or (None,):
                    seen.setdefault(name, []).extend(group.days)
            scanned_at = plan.until
    for name, days in seen.items():
        zone = timetable.zone_for(name)
        first = calendar.next_day(start, timetable.at, zone)
        assert days == [first + n * DAY for n in range(len(days))]
        assert timetable.slot(first + len(days) * DAY, zone) > now


@given(timetables, moments, st.integers(0, 20), send_days, contact_zones)
def test_what_is_due(
    timetable: Timetable, now: datetime, behind: int, days: list[int], there: list[str]
):
    """What is due are the plans of the calendar, at the slots of those days."""
    plan = schedule.plan_scan(timetable, now - behind * DAY, now, there)
    messages = [DayMessage(ids.new_id(), day) for day in days]
    found = handing_over.hand_overs(timetable, plan, campaign_id=ids.new_id(), messages=messages)
    places = {message.id: place for place, message in enumerate(messages)}
    for hand_over in found:
        place = places[hand_over.message_id]
        for day0 in hand_over.days0:
            on = calendar.plan(day0, days, timetable.rest)[place].day
            assert hand_over.due_at == timetable.slot(
                on, timetable.zone_for((hand_over.zones or (None,))[0])
            )
        assert now - behind * DAY < hand_over.due_at <= now
        assert hand_over.kind == ("drip" if days[place] else "day_zero")
    assert sorted(found, key=lambda h: h.due_at) == found


@given(timetables, moments, st.integers(0, 60))
def test_nobody_is_enrolled_late(timetable: Timetable, now: datetime, behind: int):
    """Enrolment is for the newest slot alone, within the limit of lateness."""
    plan = schedule.plan_scan(timetable, now - behind * DAY, now)
    for group in plan.groups:
        if group.created_by is not None:
            assert group.enrol_on == group.days[-1]
            assert schedule.in_time(timetable, group.created_by, now)
        elif timetable.immediate:
            assert group.enrol_on == now.astimezone(timetable.zone).date()


@given(timetables, moments, st.integers(0, 60))
def test_the_next_scan(timetable: Timetable, now: datetime, behind: int):
    """The next scan is to come, unless slots are left over; then it is due at once."""
    plan = schedule.plan_scan(timetable, now - behind * DAY, now)
    moment = schedule.next_scan(timetable, plan.until, now, 1.0)
    assert (moment <= now) == (behind * DAY > schedule.MOST)
    if timetable.immediate:
        assert moment <= now + timedelta(minutes=15)


@given(timetables, moments, st.integers(0, 9), st.integers(0, 5))
def test_the_first_mail_of_a_newcomer(
    timetable: Timetable, now: datetime, send_day: int, behind: int
):
    """It is what the next scan, run in time, does."""
    scanned_at = now - behind * DAY
    promised = schedule.first_mail(timetable, scanned_at, send_day, now)
    zone = timetable.zone
    while True:
        plan = schedule.plan_scan(timetable, scanned_at, now)
        own = [g for g in plan.groups if g.enrol_on is not None]
        if own:
            break
        scanned_at = plan.until
        now = max(now, schedule.next_scan(timetable, scanned_at, now, 1.0))
    on = calendar.plan(own[0].enrol_on, [send_day], timetable.rest)[0]
    if timetable.immediate and send_day == 0 and on.day == on.wanted:
        assert promised == now
    else:
        assert promised == timetable.slot(on.day, zone)
