"""What one scan works with, and from where on it looks at contacts."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from tenantcrm.campaigns.calendar import Timetable
from tenantcrm.campaigns.models import Campaign
from tenantcrm.campaigns.repository.enrolment import Horizon
from tenantcrm.campaigns.repository.zones import Mark
from tenantcrm.campaigns.schedule import DayMessage, Group, ScanPlan


class Work(NamedTuple):
    """What one scan works with."""

    campaign: Campaign
    timetable: Timetable
    plan: ScanPlan
    messages: list[DayMessage]
    horizon: Horizon
    marks: dict[str | None, Mark]
    """Of a campaign that follows its contacts' zones, or did so at the last scan."""
    now: datetime

    def since(self, group: Group) -> int | None:
        """From which transaction on to look for newcomers; None: at all contacts."""
        if not self.timetable.by_contact or self.timetable.immediate:
            return self.campaign.scanned_xid
        return _first(
            None if zone not in self.marks else self.marks[zone].scanned_xid
            for zone in group.zones or ()
        )

    def seen(self, group: Group) -> int | None:
        """From which transaction on to look for those who have moved; None: at all contacts.

        With a date whoever is new may have missed something as well. A campaign that has followed
        its contacts' zones until now has still to see who had moved between them by then.
        """
        if self.timetable.anchor is not None:
            return self.since(group)
        if not self.timetable.by_contact:
            return _first(mark.seen_xid for mark in self.marks.values())
        return _first(
            None if zone not in self.marks else self.marks[zone].seen_xid
            for zone in group.zones or ()
        )


def _first(marks: Iterable[int | None]) -> int | None:
    """The earliest; None where any is missing."""
    found = list(marks)
    known = [mark for mark in found if mark is not None]
    return min(known) if known and len(known) == len(found) else None


def timetable_of(campaign: Campaign) -> Timetable:
    """When the campaign sends."""
    return Timetable.of(
        at=campaign.preferred_send_time,
        timezone=campaign.timezone,
        late_limit_hours=campaign.late_limit_hours,
        day_zero=campaign.day_zero,
        late_action=campaign.late_action,
        zone_mode=campaign.zone_mode,
        skip_weekdays=campaign.skip_weekdays,
        skip_dates=campaign.skip_dates,
        anchor=campaign.anchor,
    )


def trusted(since: int | None, following: int) -> int | None:
    """The transaction from which on to look; None: look at all.

    A stored transaction that this database has not come to was counted by another one, from which
    the data was restored; it says nothing here.
    """
    return None if since is None or since > following else since
