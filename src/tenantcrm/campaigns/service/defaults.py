"""What a campaign is that leaves something out."""

from msgspec import UNSET

from tenantcrm.campaigns.defaults import DEFAULTS
from tenantcrm.campaigns.schemas import CampaignChanges, NewCampaign
from tenantcrm.database import TenantSession
from tenantcrm.tenants.service import tenants


async def with_defaults(session: TenantSession, given: NewCampaign) -> CampaignChanges:
    """A campaign as it was given, with the default of what was not; the tenant has some of them."""
    values = {name: getattr(given, name) for name in CampaignChanges.__struct_fields__}
    defaults = dict(DEFAULTS)
    if given.timezone is UNSET:
        defaults["timezone"] = (await tenants.facts(session)).timezone
    missing = {name: value for name, value in defaults.items() if values[name] is UNSET}
    return CampaignChanges(**values | missing)
