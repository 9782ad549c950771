"""What a campaign is that leaves something out."""

from typing import Any

from msgspec import UNSET

from tenantcrm.campaigns.calendar_fields import ENROLLMENT
from tenantcrm.campaigns.models import DayZero, LateAction, ZoneMode
from tenantcrm.campaigns.schemas import CampaignChanges, NewCampaign
from tenantcrm.database import TenantSession
from tenantcrm.tenants.service import tenants

LATE_LIMIT = 12


async def with_defaults(session: TenantSession, given: NewCampaign) -> CampaignChanges:
    """A campaign as it was given, with the default of what was not; the tenant has some of them."""
    values = {name: getattr(given, name) for name in CampaignChanges.__struct_fields__}
    defaults: dict[str, Any] = {
        "sender": None,
        "day_zero": DayZero.SCHEDULED,
        "late_limit_hours": LATE_LIMIT,
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
    if given.timezone is UNSET:
        defaults["timezone"] = (await tenants.facts(session)).timezone
    missing = {name: value for name, value in defaults.items() if values[name] is UNSET}
    return CampaignChanges(**values | missing)
