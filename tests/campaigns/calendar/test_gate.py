"""Whether a mail may leave today, and when to ask again."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tenantcrm.campaigns.calendar import Cap, Deferral, Earlier, Rest, Shift, gate
from tests.campaigns.calendar.shapes import caps, rests

DAY = timedelta(days=1)
TODAY = date(2026, 3, 2)
past = st.lists(st.integers(0, 12).map(lambda n: TODAY - n * DAY), max_size=8)
coming = st.lists(st.integers(-5, 12).map(lambda n: TODAY + n * DAY), max_size=3)


@settings(max_examples=80)
@given(rests, past, coming, past, st.none() | caps)
def test_what_leaves(
    rest: Rest, own: list[date], waiting: list[date], others: list[date], cap: Cap | None
):
    """What leaves today leaves on an open day, alone of its campaign, behind what comes before
    it, within the cap. What does not is asked again on a day for which all that holds, as far as
    it is known; and then the answer is the same."""
    earlier = Earlier(own=own, waiting=waiting, all=[*own, *others])
    deferral = gate(TODAY, rest, earlier, cap)
    day = TODAY if deferral is None else deferral.day
    assert not rest.holds(day)
    assert day not in own
    assert all(day > max(TODAY, due) for due in waiting)
    if cap is not None:
        window = [sent for sent in earlier.all if day - cap.days * DAY < sent <= day]
        assert len(window) < cap.mails
    if deferral is not None:
        assert day > TODAY
        assert deferral.shifts
        assert gate(day, rest, Earlier(own=own, all=earlier.all), cap) is None


def test_no_day_is_passed_over():
    """A mail over the cap waits for the very day on which the oldest of those counted is out."""
    had = [TODAY - 4 * DAY, TODAY - 2 * DAY, TODAY]
    for mails, days, until in ((1, 1, 1), (1, 5, 5), (2, 5, 3), (3, 5, 1), (3, 4, 0)):
        deferral = gate(TODAY, Rest(), Earlier(all=had), Cap(mails, days))
        expected = Deferral(TODAY + until * DAY, (Shift.FREQUENCY_CAP,)) if until else None
        assert deferral == expected, (mails, days)
