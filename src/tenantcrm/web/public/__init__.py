"""Pages that need no sign-in."""

from tenantcrm.web.public.reference import openapi, reference
from tenantcrm.web.public.unsubscribe import Unsubscribe

PUBLIC = (Unsubscribe, openapi, reference)
