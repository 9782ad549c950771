"""Tables of campaigns: campaigns, messages, enrolments, versions, and when to scan next."""

from tenantcrm.campaigns.models.campaigns import Campaign, Message, new_key
from tenantcrm.campaigns.models.enrolments import (
    CampaignZone,
    Enrollment,
    PeopleCount,
    ScanSchedule,
)
from tenantcrm.campaigns.models.versions import CampaignVersion, MessageVersion
from tenantcrm.campaigns.states import (
    CampaignState,
    DayZero,
    Enroll,
    EnrollmentState,
    ExitReason,
    Format,
    LateAction,
    PastPolicy,
    Reached,
    ZoneMode,
)

__all__ = [
    "Campaign",
    "CampaignState",
    "CampaignVersion",
    "CampaignZone",
    "DayZero",
    "Enroll",
    "Enrollment",
    "EnrollmentState",
    "ExitReason",
    "Format",
    "LateAction",
    "Message",
    "MessageVersion",
    "PastPolicy",
    "PeopleCount",
    "Reached",
    "ScanSchedule",
    "ZoneMode",
    "new_key",
]
