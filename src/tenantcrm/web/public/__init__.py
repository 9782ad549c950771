"""Pages that need no sign-in."""

from tenantcrm.web.public.reference import openapi, reference
from tenantcrm.web.public.tracking import Images, Links
from tenantcrm.web.public.unsubscribe import Unsubscribe
from tenantcrm.web.public.webhooks import events_lifespan, take_notice

PUBLIC = (Unsubscribe, Images, Links, openapi, reference, take_notice)

__all__ = ["PUBLIC", "events_lifespan"]
