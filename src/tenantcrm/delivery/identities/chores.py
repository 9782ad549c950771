"""What a worker does about domains and SES's tenants, again and again."""

from tenantcrm.chores import Chore
from tenantcrm.database import Database
from tenantcrm.delivery.identities.bench import Bench
from tenantcrm.delivery.identities.checking import EVERY, check_due
from tenantcrm.delivery.identities.ses_tenants import EVERY as ENLIST_EVERY
from tenantcrm.delivery.identities.ses_tenants import Enlisting
from tenantcrm.settings import Settings


def chores(settings: Settings, database: Database) -> list[Chore]:
    """Looking at the domains that are due, and enlisting tenants where SES is to know them."""
    bench = Bench(database, settings)
    found = [Chore("domains", EVERY, lambda: check_due(bench))]
    if settings.ses_tenants:
        found.append(Chore("ses_tenants", ENLIST_EVERY, Enlisting(database, settings).round))
    return found
