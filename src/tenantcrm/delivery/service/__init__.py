"""What can be done with mail. Nothing here commits."""

from tenantcrm.delivery.service.feed import campaign_activity, contact_activity

__all__ = ["campaign_activity", "contact_activity"]
