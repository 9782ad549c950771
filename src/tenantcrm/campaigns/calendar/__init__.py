"""The calendar: every rule of when a mail goes. Pure: no clock and no database is read here.

Days are calendar days, not 24-hour steps, so nothing drifts when a zone changes its offset. The
same functions make the real schedule, the simulator's answer and the reasons that people are told.

``slots``: when a local day's preferred time is, in UTC. ``rest``: days on which nothing is sent.
``days``: which local day each message of a campaign goes on. ``gate``: whether a mail that is due
may leave today. ``timetable``: what a campaign says of all this. ``forecast``: every future mail
of one contact.
"""

from tenantcrm.campaigns.calendar.days import Planned, Shift, passed, plan, reach
from tenantcrm.campaigns.calendar.forecast import Course, FutureMail, Waiting, forecast
from tenantcrm.campaigns.calendar.gate import Cap, Deferral, Earlier, gate
from tenantcrm.campaigns.calendar.rest import DAY, NO_REST, Rest
from tenantcrm.campaigns.calendar.slots import (
    Slot,
    day_after_pause,
    known_zone,
    last_day,
    local_date,
    next_day,
    next_slot,
    slot,
    slot_of,
    start_of,
    zone_names,
)
from tenantcrm.campaigns.calendar.timetable import GRACE, Timetable

__all__ = [
    "DAY",
    "GRACE",
    "NO_REST",
    "Cap",
    "Course",
    "Deferral",
    "Earlier",
    "FutureMail",
    "Planned",
    "Rest",
    "Shift",
    "Slot",
    "Timetable",
    "Waiting",
    "day_after_pause",
    "forecast",
    "gate",
    "known_zone",
    "last_day",
    "local_date",
    "next_day",
    "next_slot",
    "passed",
    "plan",
    "reach",
    "slot",
    "slot_of",
    "start_of",
    "zone_names",
]
