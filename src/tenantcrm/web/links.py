"""Links that show something and do nothing."""

from uuid import UUID

from tenantcrm.signing import HASH_BYTES, UnsubscribeClaim
from tenantcrm.tenants.schemas import TenantFacts
from tenantcrm.web.dependencies import Services

NIL = UUID(int=0)


def sample_link(services: Services, tenant: TenantFacts) -> str:
    """The unsubscribe link of a preview: it shows the page, and unsubscribes nobody."""
    claim = UnsubscribeClaim(tenant.id, NIL, NIL, bytes(HASH_BYTES))
    token = services.keyring.sign_unsubscribe(claim, tenant.salt)
    return f"{services.settings.public_url}/u/{token}"
