"""Keep the numbers of the ledger small and current."""

from tenantcrm.campaigns.repository import counting as people
from tenantcrm.database import TenantSession
from tenantcrm.delivery.repository import counting, reach

AT_ONCE = 5_000
"""Summands of a kind that one round adds up."""
NEWS_AT_ONCE = 100
"""Batches of contacts, each up to a claim large, whose enrolments one round brings up to date."""


async def tally(session: TenantSession, *, news: int = NEWS_AT_ONCE, most: int = AT_ONCE) -> bool:
    """Take over what the ledger tells of people, and add up summands; whether there is more.

    Where somebody else is at it, nothing is done. Numbers are right without it, but for how far
    people have come, which is as of the last time.
    """
    if not await reach.alone(session):
        return False
    taken = await reach.take_over(session, most=news)
    added = await counting.add_up(session, most=most) if most else 0
    stood = await people.add_up(session, most=most) if most else 0
    return taken >= news or max(added, stood) >= max(most, 1)
