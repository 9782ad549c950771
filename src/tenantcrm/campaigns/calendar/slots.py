"""When a local day's preferred send time is, in UTC. Pure.

A *slot* is the instant of one local day at which a campaign sends.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from msgspec import Struct

from tenantcrm.campaigns.calendar.days import Shift
from tenantcrm.campaigns.calendar.rest import DAY

SECOND = timedelta(seconds=1)
WIDEST = 3
"""Days on either side of a local date within which the neighbouring slots lie. The widest jump of
a zone is one whole day (Pacific/Apia left out 30 December 2011)."""


@cache
def zone_names() -> frozenset[str]:
    """Every IANA zone that is known here; reading them takes milliseconds, so once.

    ``localtime`` and ``Factory`` are left out: some machines list them, and they name no place.
    """
    return frozenset(available_timezones()) - {"localtime", "Factory"}


class Slot(Struct, frozen=True):
    """``at``: the instant, in UTC. ``shift``: what the clocks did to the wall time, if anything."""

    at: datetime
    shift: Shift | None = None


@lru_cache(maxsize=65_536)
def slot_of(day: date, at: time, zone: ZoneInfo) -> Slot:
    """The instant, in UTC, of the wall time ``at`` on the local ``day``.

    A wall time that the day does not have (clocks go forward) is the first instant after the gap;
    one that it has twice (clocks go back) is the first of the two.
    """
    wall = datetime.combine(day, at, zone)
    moment = wall.astimezone(UTC)
    second = wall.replace(fold=1).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return Slot(moment, None if second == moment else Shift.DST_FOLD)
    return Slot(_end_of_gap(second, moment, zone), Shift.DST_GAP)


def slot(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant alone of :func:`slot_of`."""
    return slot_of(day, at, zone).at


@lru_cache(maxsize=2048)
def known_zone(name: str | None) -> ZoneInfo | None:
    """The zone of this name; None where none is given, or the zone database has no such zone.

    A zone may have been known when a contact was stored, and be gone with a later database.
    """
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    # PEP 495: in a gap fold=1 maps to an instant before the jump and fold=0 to one after it, so
    # the jump lies between the two. Jumps happen on whole seconds.
    old = before.astimezone(zone).utcoffset()
    while after - before > SECOND:
        middle = before + timedelta(seconds=(after - before) // SECOND // 2)
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


def local_date(moment: datetime, zone: ZoneInfo) -> date:
    """The date on a calendar in ``zone`` at ``moment``."""
    return moment.astimezone(zone).date()


def day_after_pause(until: datetime | None, zone: ZoneInfo) -> date | None:
    """The first day on a calendar in ``zone`` that lies wholly behind a pause; None: no pause."""
    if until is None:
        return None
    day = local_date(until, zone)
    return day if start_of(day, zone) >= until else day + DAY


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a local day begins."""
    return slot(day, time(), zone)


def next_day(after: datetime, at: time, zone: ZoneInfo) -> date:
    """The first local day whose slot is later than ``after``."""
    day = local_date(after, zone) - WIDEST * DAY
    while slot(day, at, zone) <= after:
        day += DAY
    return day


def next_slot(after: datetime, at: time, zone: ZoneInfo) -> datetime:
    """The first slot later than ``after``."""
    return slot(next_day(after, at, zone), at, zone)


def last_day(moment: datetime, at: time, zone: ZoneInfo) -> date:
    """The newest local day whose slot has come by ``moment``."""
    return next_day(moment, at, zone) - DAY
