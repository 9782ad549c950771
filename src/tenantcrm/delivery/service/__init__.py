"""What can be done with mail. Nothing here commits, but for what takes a ``Database``."""

from tenantcrm.delivery.repository.recount import differences, rebuild
from tenantcrm.delivery.service.allowances import (
    busiest_hour,
    lately,
    left_today,
    set_allowances,
)
from tenantcrm.delivery.service.delete_campaign import delete_campaign
from tenantcrm.delivery.service.feed import campaign_activity, contact_activity
from tenantcrm.delivery.service.forget import erase, erase_all, unsubscribe
from tenantcrm.delivery.service.preferences import (
    Standing,
    leave_campaign,
    pause,
    pause_ends,
    resume,
    return_to_campaign,
    standing_of,
)
from tenantcrm.delivery.service.queue import leaving, queue_system_mail, queue_test_mail
from tenantcrm.delivery.service.read import browse, get_delivery, list_deliveries, was_tested
from tenantcrm.delivery.service.report import report
from tenantcrm.delivery.service.resolve import RESOLUTIONS, counts, resolve
from tenantcrm.delivery.service.scan import contacts_changed, hand_over, scan_tenant
from tenantcrm.delivery.service.sends import (
    campaign_sends,
    how_many,
    recent_troubles,
    sends_by_day,
)
from tenantcrm.delivery.service.silence import judge_unknown, resend
from tenantcrm.delivery.service.standing import review_standings
from tenantcrm.delivery.service.stats import refresh_stats
from tenantcrm.delivery.service.subjects import subjects
from tenantcrm.delivery.service.undoing import forget_departed, undo
from tenantcrm.delivery.service.withdraw import withdraw, withdraw_all

__all__ = [
    "RESOLUTIONS",
    "Standing",
    "browse",
    "busiest_hour",
    "campaign_activity",
    "campaign_sends",
    "contact_activity",
    "contacts_changed",
    "counts",
    "delete_campaign",
    "differences",
    "erase",
    "erase_all",
    "forget_departed",
    "get_delivery",
    "hand_over",
    "how_many",
    "judge_unknown",
    "lately",
    "leave_campaign",
    "leaving",
    "left_today",
    "list_deliveries",
    "pause",
    "pause_ends",
    "queue_system_mail",
    "queue_test_mail",
    "rebuild",
    "recent_troubles",
    "refresh_stats",
    "report",
    "resend",
    "resolve",
    "resume",
    "return_to_campaign",
    "review_standings",
    "scan_tenant",
    "sends_by_day",
    "set_allowances",
    "standing_of",
    "subjects",
    "undo",
    "unsubscribe",
    "was_tested",
    "withdraw",
    "withdraw_all",
]
