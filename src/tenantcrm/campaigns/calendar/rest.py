"""Days on which nothing is sent. Pure."""

from collections.abc import Iterable
from datetime import date, timedelta

from msgspec import Struct

DAY = timedelta(days=1)
WEEK = 7


class Rest(Struct, frozen=True):
    """``weekdays``: ISO numbers, Monday is 1, never all seven. ``dates``: single local days."""

    weekdays: frozenset[int] = frozenset()
    dates: frozenset[date] = frozenset()

    @classmethod
    def of(cls, weekdays: Iterable[int], dates: Iterable[date]) -> "Rest":
        """The rest that a campaign's columns say.

        Raises:
            ValueError: no weekday is left on which anything could be sent.
        """
        rest = cls(frozenset(weekdays), frozenset(dates))
        if len(rest.weekdays) >= WEEK:
            raise ValueError("at least one weekday must be left")
        return rest

    def holds(self, day: date) -> bool:
        """Whether nothing is sent on the day."""
        return day.isoweekday() in self.weekdays or day in self.dates

    def next_open(self, day: date) -> date:
        """The first day from this one on, itself included, on which something may be sent."""
        while self.holds(day):
            day += DAY
        return day


NO_REST = Rest()
