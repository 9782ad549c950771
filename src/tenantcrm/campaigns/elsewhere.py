"""People whose contact changes zone between an edit and the scan that follows it. Pure.

What an edit does by zone is said of every zone that there is: whoever has moved by the time of the
scan is treated as those of the new zone would have been.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from msgspec import structs

from tenantcrm.campaigns import calendar
from tenantcrm.campaigns.calendar import Timetable
from tenantcrm.campaigns.impact import CatchUp, People

AROUND = timedelta(days=4)

Alike = dict[str | None, list[str | None]]
"""Zones that show the same time around the edit, by one of them."""


def alike(timetable: Timetable, people: Sequence[People], moments: Sequence[datetime]) -> Alike:
    """All zones of the world and of the people: of 600 names some 50 differ in their clocks around
    the moments.
    """
    found: dict[tuple[object, ...], list[str | None]] = {}
    names = {*calendar.zone_names(), *(group.zone for group in people if group.zone)}
    for name in (None, *sorted(names)):
        zone = timetable.zone_for(name)
        key = tuple(
            (moment + n * AROUND).astimezone(zone).utcoffset()
            for moment in moments
            for n in (-1, 0, 1)
        )
        found.setdefault(key, []).append(name)
    return {those[0]: those for those in found.values()}


def everywhere(zones: Alike, days0: Iterable[date]) -> list[People]:
    """Groups of nobody, for whoever has come to a zone before the scan does."""
    return [People(day0, zone, 0) for day0 in sorted(set(days0)) for zone in zones]


def spelled(catch_up: Sequence[CatchUp], zones: Alike) -> list[CatchUp]:
    """The work with the names of all zones that are alike; others stay."""
    return [
        one
        if one.zones is None
        else structs.replace(
            one, zones=[name for zone in one.zones for name in zones.get(zone, [zone])]
        )
        for one in catch_up
    ]
