"""A period of a report: whole local days, both inclusive, and the moments between which they lie.

Pure. Local midnights are multiples of a quarter of an hour in every zone there is.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct


class Period(Struct, frozen=True, kw_only=True):
    """From the first local day to the last one; None: without an end on that side."""

    first: date | None
    last_day: date | None
    since: datetime | None
    until: datetime | None

    @classmethod
    def of(cls, first: date | None, last_day: date | None, *, zone: str) -> "Period":
        """The period of local days in ``zone``, an IANA name."""
        after = None
        if last_day is not None and last_day < date.max:
            after = last_day + timedelta(days=1)
        return cls(
            first=first,
            last_day=last_day,
            since=None if first is None else midnight(first, zone),
            until=None if after is None else midnight(after, zone),
        )


def midnight(day: date, zone: str) -> datetime:
    """The moment at which a local day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
