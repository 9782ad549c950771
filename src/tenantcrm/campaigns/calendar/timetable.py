"""What a campaign says of when it sends. Pure."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from tenantcrm.campaigns.calendar.rest import NO_REST, Rest
from tenantcrm.campaigns.calendar.slots import Slot, known_zone, slot, slot_of
from tenantcrm.campaigns.states import DayZero, LateAction, ZoneMode

GRACE = timedelta(minutes=15)
"""A mail is never late within this time, whatever the limit: with a limit of 0 hours a scan that
runs a second past the preferred time would otherwise skip everything."""


class Timetable(Struct, frozen=True, kw_only=True):
    """When a campaign sends: local time, zone, days of rest, how late at most, how day 0 goes.

    ``late_limit`` None: a mail is never too late. ``by_contact``: in the contact's own zone where
    it has one. ``anchor``: the date attribute that day 0 is; None: the day of enrolment.
    """

    at: time
    zone: ZoneInfo
    late_limit: timedelta | None
    immediate: bool
    rest: Rest = NO_REST
    by_contact: bool = False
    anchor: str | None = None

    @classmethod
    def of(
        cls,
        *,
        at: time,
        timezone: str,
        late_limit_hours: int,
        day_zero: str,
        late_action: str = LateAction.SKIP,
        zone_mode: str = ZoneMode.CAMPAIGN,
        skip_weekdays: Iterable[int] = (),
        skip_dates: Iterable[date] = (),
        anchor: str | None = None,
    ) -> "Timetable":
        """The timetable that a campaign's columns say."""
        skips = late_action == LateAction.SKIP
        return cls(
            at=at,
            zone=ZoneInfo(timezone),
            late_limit=timedelta(hours=late_limit_hours) if skips else None,
            immediate=day_zero == DayZero.IMMEDIATELY and anchor is None,
            rest=Rest.of(skip_weekdays, skip_dates),
            by_contact=zone_mode == ZoneMode.CONTACT,
            anchor=anchor,
        )

    def zone_for(self, contact_zone: str | None) -> ZoneInfo:
        """The zone of whoever has this one; the campaign's, too, where it is not known here."""
        if not self.by_contact:
            return self.zone
        return known_zone(contact_zone) or self.zone

    def slot(self, day: date, zone: ZoneInfo | None = None) -> datetime:
        """When the campaign sends on a local day, in UTC; ``zone``: of the contact."""
        return slot(day, self.at, zone or self.zone)

    def slot_of(self, day: date, zone: ZoneInfo | None = None) -> Slot:
        """The same, with what the clocks did to it."""
        return slot_of(day, self.at, zone or self.zone)

    def late_at(self, due_at: datetime) -> datetime | None:
        """The last instant at which a mail due at ``due_at`` may still leave; None: any."""
        return None if self.late_limit is None else due_at + max(self.late_limit, GRACE)
