"""How many mails of each campaign left on each of the last days."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from tenantcrm import clock
from tenantcrm.database import TenantSession
from tenantcrm.delivery.repository import sparks

DAYS = 14


async def campaign_days(
    session: TenantSession,
    campaign_ids: Sequence[UUID],
    *,
    zone: str,
    days: int = DAYS,
    now: datetime | None = None,
) -> dict[UUID, list[int]]:
    """Mails of each campaign that left on each of the last local days, oldest first."""
    today = (now or clock.now()).astimezone(ZoneInfo(zone)).date()
    first = today - timedelta(days=days - 1)
    since = datetime(first.year, first.month, first.day, tzinfo=ZoneInfo(zone))
    found = await sparks.sent_by_day(session, campaign_ids, since=since, zone=zone)
    span = [first + timedelta(days=n) for n in range(days)]
    return {key: [counted.get(day, 0) for day in span] for key, counted in found.items()}
