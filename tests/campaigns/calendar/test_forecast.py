"""The simulator: what it promises holds every rule, and stays what it was as time goes by."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from tenantcrm.campaigns.calendar import (
    Cap,
    Course,
    FutureMail,
    Rest,
    Shift,
    Timetable,
    Waiting,
    forecast,
    local_date,
    plan,
)
from tests.campaigns.calendar.shapes import caps, moments, rests, wall_times, zones

DAY = timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")


@st.composite
def situations(draw: st.DrawFn) -> tuple[list[Course], datetime]:
    """A contact in up to three campaigns, on its way for some days."""
    now, courses = draw(moments), []
    for number in range(1, draw(st.integers(2, 4))):
        zone = draw(zones)
        wanted = sorted(draw(st.sets(st.integers(0, 14), min_size=1, max_size=5)))
        timetable = Timetable(
            at=draw(wall_times), zone=zone, late_limit=None, immediate=False, rest=draw(rests)
        )
        courses.append(
            Course(
                campaign_id=UUID(int=number),
                timetable=timetable,
                zone=zone,
                day0=local_date(now, zone) - draw(st.integers(-2, 3)) * DAY,
                messages=[(UUID(int=100 * number + day), day) for day in wanted],
            )
        )
    return courses, now


@settings(max_examples=70)
@given(situations(), st.none() | caps)
def test_what_is_promised(situation: tuple[list[Course], datetime], cap: Cap | None):
    """Every message once, in the order of its campaign, one a day, on open days, never before its
    day or now; and in no days in a row more than the cap allows."""
    courses, now = situation
    mails = forecast(courses, now=now, cap=cap)
    assert len({mail.message_id for mail in mails}) == sum(len(c.messages) for c in courses)
    for course in courses:
        own = [mail for mail in mails if mail.campaign_id == course.campaign_id]
        assert [(mail.message_id, mail.send_day) for mail in own] == list(course.messages)
        on = [local_date(mail.at, course.zone) for mail in own]
        assert on == sorted(set(on))
        assert not any(course.timetable.rest.holds(day) for day in on)
        for mail, day in zip(own, on, strict=True):
            assert mail.wanted == course.day0 + mail.send_day * DAY <= day
            assert mail.at >= now
            assert mail.local.date() == day
            # Whatever is at another time than its send day says has a reason.
            plain = mail.at == course.timetable.slot(mail.wanted, course.zone)
            assert plain or mail.shifts
    if cap is not None:
        _within(cap, mails, {course.campaign_id: course.zone for course in courses})


def _within(cap: Cap, mails: Sequence[FutureMail], zone_of: dict[UUID, ZoneInfo]) -> None:
    for place, mail in enumerate(mails):
        zone = zone_of[mail.campaign_id]
        day = local_date(mail.at, zone)
        until_then = [local_date(one.at, zone) for one in mails[: place + 1]]
        assert sum(1 for one in until_then if day - cap.days * DAY < one <= day) <= cap.mails


@settings(max_examples=70)
@given(situations(), st.none() | caps, st.integers(0, 30 * 24 * 4))
def test_it_stays_what_it_was(
    situation: tuple[list[Course], datetime], cap: Cap | None, quarters: int
):
    """Asked again later, when some were sent as promised and some wait in the ledger for another
    day than theirs, the rest is promised as before."""
    courses, now = situation
    promised = forecast(courses, now=now, cap=cap)
    later = now + quarters * timedelta(minutes=15)
    again = forecast([_by(course, promised, later) for course in courses], now=later, cap=cap)
    rest = [mail for mail in promised if mail.at > later]
    assert [(m.message_id, m.at) for m in again] == [(m.message_id, m.at) for m in rest]


def _by(course: Course, promised: Sequence[FutureMail], later: datetime) -> Course:
    """The course as it stands later, when everything has happened as promised."""
    own = {mail.message_id: mail for mail in promised if mail.campaign_id == course.campaign_id}
    wanted = plan(course.day0, [day for _, day in course.messages], course.timetable.rest)
    known = {
        message_id: own[message_id]
        for (message_id, _), on in zip(course.messages, wanted, strict=True)
        if course.timetable.slot(on.day, course.zone) <= later
    }
    return structs.replace(
        course,
        settled=frozenset(known),
        sent=[mail.at for mail in known.values() if mail.at <= later],
        waiting=[
            Waiting(message_id=mail.message_id, send_day=mail.send_day, due_at=mail.at)
            for mail in known.values()
            if mail.at > later
        ],
    )


def course(day0: date, *wanted: int, zone: ZoneInfo = BERLIN, rest: Rest | None = None) -> Course:
    timetable = Timetable(
        at=time(2, 30), zone=zone, late_limit=None, immediate=False, rest=rest or Rest()
    )
    messages = [(UUID(int=day + 1), day) for day in wanted]
    return Course(
        campaign_id=UUID(int=1), timetable=timetable, zone=zone, day0=day0, messages=messages
    )


def test_what_the_clocks_do_is_said():
    """The mail of the night in which clocks go forward, and of that in which they go back."""
    start = date(2026, 3, 28)
    now = datetime(2026, 3, 27, tzinfo=BERLIN)
    mails = forecast([course(start, 0, 1, 211)], now=now)
    assert [(m.local.strftime("%m-%d %H:%M %z"), m.shifts) for m in mails] == [
        ("03-28 02:30 +0100", ()),
        ("03-29 03:00 +0200", (Shift.DST_GAP,)),
        ("10-25 02:30 +0200", (Shift.DST_FOLD,)),
    ]


def test_a_day_that_an_island_left_out():
    """Apia had no 30 December 2011: its mail goes at the first instant after, which is the 31st,
    and the mail of the 31st a day later."""
    apia = ZoneInfo("Pacific/Apia")
    mails = forecast(
        [course(date(2011, 12, 29), 0, 1, 2, zone=apia)], now=datetime(2011, 12, 28, tzinfo=apia)
    )
    assert [mail.local.strftime("%d %H:%M") for mail in mails] == [
        "29 02:30",
        "31 00:00",
        "01 02:30",
    ]
    assert mails[1].shifts == (Shift.DST_GAP,)
    assert Shift.AFTER_EARLIER in mails[2].shifts
