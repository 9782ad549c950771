"""Whether a mail that is due may leave today, knowing what its contact has had. Pure.

A plan says on which day a mail belongs. What really happened may differ: a mail was late, another
campaign has filled the contact's days. This is asked at the last moment, and by the simulator.
"""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct, structs

from tenantcrm.campaigns.calendar.days import Shift
from tenantcrm.campaigns.calendar.rest import DAY, Rest


class Cap(Struct, frozen=True):
    """At most ``mails`` to a contact in any ``days`` days in a row, over all campaigns."""

    mails: int
    days: int


class Earlier(Struct, frozen=True, kw_only=True):
    """What a mail's contact has had, as local dates of the mail's own zone.

    ``own``: days on which the same campaign has sent the contact something.
    ``waiting``: days on which messages of the same campaign are due that come before this one.
    ``all``: days of every mail of a campaign to the contact, one entry a mail, also of mails that
    are due today and come before this one.
    """

    own: Sequence[date] = ()
    waiting: Sequence[date] = ()
    all: Sequence[date] = ()


class Deferral(Struct, frozen=True):
    """The day to which a mail moves on, and why."""

    day: date
    shifts: tuple[Shift, ...]


def gate(
    today: date,
    rest: Rest,
    earlier: Earlier,
    cap: Cap | None = None,
    *,
    paused_until: date | None = None,
) -> Deferral | None:
    """None: the mail may leave today; else when to ask again.

    Nothing leaves before ``paused_until``, on a day of rest, with or before an earlier message of
    its campaign, or over the frequency cap.
    """
    day, shifts = today, list[Shift]()
    # What was due before today and has not left leaves today at the earliest.
    waiting = [max(day, due) for due in earlier.waiting]
    earlier = structs.replace(earlier, waiting=waiting)
    if paused_until is not None and day < paused_until:
        day, shifts = paused_until, [Shift.RECIPIENT_PAUSE]
    while True:
        moved, why = _next(day, rest, earlier, cap)
        if why is None:
            return None if day == today else Deferral(day, tuple(shifts))
        if why not in shifts:
            shifts.append(why)
        day = moved


def _next(day: date, rest: Rest, earlier: Earlier, cap: Cap | None) -> tuple[date, Shift | None]:
    """The next day to try, and why this one will not do; None: it will."""
    if rest.holds(day):
        return day + DAY, Shift.SKIP_DATE if day in rest.dates else Shift.SKIP_WEEKDAY
    if earlier.waiting and day <= max(earlier.waiting):
        return max(earlier.waiting) + DAY, Shift.AFTER_EARLIER
    if day in earlier.own:
        return day + DAY, Shift.AFTER_EARLIER
    if cap is not None:
        window = sorted(sent for sent in earlier.all if day - cap.days * DAY < sent <= day)
        if len(window) >= cap.mails:
            return window[len(window) - cap.mails] + cap.days * DAY, Shift.FREQUENCY_CAP
    return day, None
