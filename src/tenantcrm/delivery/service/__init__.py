"""What can be done with mail. Nothing here commits."""

from tenantcrm.delivery.service.feed import campaign_activity, contact_activity
from tenantcrm.delivery.service.sends import campaign_sends, sends_by_day

__all__ = ["campaign_activity", "campaign_sends", "contact_activity", "sends_by_day"]
