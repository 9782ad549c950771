"""The commands, one noun a module.

Every command imports what it alone needs when it runs: see ``cli``.
"""

from tenantcrm.commands.campaigns import campaigns
from tenantcrm.commands.deliveries import deliveries
from tenantcrm.commands.keys import keys
from tenantcrm.commands.operators import operators
from tenantcrm.commands.tenants import tenants

GROUPS = (tenants, keys, operators, deliveries, campaigns)

__all__ = ["GROUPS", "campaigns", "deliveries", "keys", "operators", "tenants"]
