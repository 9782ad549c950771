"""What a campaign is where nothing is said. Pure; the time zone is the tenant's."""

from typing import Any

from tenantcrm.campaigns.calendar_fields import ENROLLMENT
from tenantcrm.campaigns.states import DayZero, LateAction, ZoneMode

DEFAULTS: dict[str, Any] = {
    "sender": None,
    "day_zero": DayZero.SCHEDULED,
    "late_limit_hours": 12,
    "late_action": LateAction.SKIP,
    "zone_mode": ZoneMode.CAMPAIGN,
    "skip_weekdays": [],
    "skip_dates": [],
    "anchor": ENROLLMENT,
    "reentry_gap_days": None,
    "exit_unmatched": False,
    "track_opens": False,
    "track_clicks": False,
    "messages": [],
}
"""By field, as the API takes them."""
