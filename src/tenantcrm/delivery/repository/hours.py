"""What a tenant asked for and what came back, counted by the hour of the business clock."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from tenantcrm import clock
from tenantcrm.database import TenantSession
from tenantcrm.delivery.allowances import Hour
from tenantcrm.delivery.repository.statement import statement
from tenantcrm.delivery.reputation import Counts
from tenantcrm.delivery.schemas import Moved

CAMPAIGNS = "tenant_id = :t AND kind IN ('day_zero', 'drip')"

_ADD = statement(
    """
    INSERT INTO sending_hours AS h
      (tenant_id, hour, kind, asked, hard_bounced, soft_bounced, complained)
    VALUES (:t, date_trunc('hour', :hour, 'UTC'), :kind,
      greatest(0, :asked), greatest(0, :hard), greatest(0, :soft), greatest(0, :complained))
    ON CONFLICT (tenant_id, hour, kind) DO UPDATE SET
      asked = greatest(0, h.asked + :asked),
      hard_bounced = greatest(0, h.hard_bounced + :hard),
      soft_bounced = greatest(0, h.soft_bounced + :soft),
      complained = greatest(0, h.complained + :complained)
    """
)

_USED = statement(
    f"""
    SELECT coalesce((SELECT sum(asked) FROM sending_hours WHERE {CAMPAIGNS} AND hour >= :since), 0)
      + (SELECT count(*) FROM deliveries
         WHERE {CAMPAIGNS} AND state = 'claimed' AND lease_until IS NOT NULL)
    """  # noqa: S608 - the only thing put in is a constant
)
_OF_CAMPAIGNS = statement(
    f"""
    SELECT hour, sum(asked) FROM sending_hours WHERE {CAMPAIGNS} AND hour >= :since
    GROUP BY hour ORDER BY hour
    """  # noqa: S608 - as above
)


_LATELY = statement(
    """
    SELECT coalesce(sum(h.asked), 0), coalesce(sum(h.hard_bounced), 0),
      coalesce(sum(h.complained), 0)
    FROM sending_hours h JOIN tenants t ON t.id = :t
    WHERE h.tenant_id = :t AND h.kind IN ('day_zero', 'drip') AND h.hour >= :since
      AND (t.forgiven_at IS NULL OR h.hour > t.forgiven_at)
    """
)
_BUSIEST = statement(
    """
    SELECT coalesce(max(mails), 0) FROM (
      SELECT sum(asked) AS mails FROM sending_hours
      WHERE tenant_id = :t AND kind IN ('day_zero', 'drip', 'test') AND hour >= :since
      GROUP BY hour) AS hours
    """
)


async def lately(session: TenantSession, *, since: datetime) -> Counts:
    """What the tenant's standing is judged by: the same counts as the control plane's."""
    rows = await session.execute(_LATELY, {"t": session.tenant_id, "since": since})
    sent, bounced, complained = rows.one()
    return Counts(int(sent), int(bounced), int(complained))


async def busiest(session: TenantSession, *, since: datetime) -> int:
    """Mails of the hour with the most since an hour, of those that keep to the tenant's rate."""
    rows = await session.execute(_BUSIEST, {"t": session.tenant_id, "since": since})
    return int(rows.scalar_one())


async def add(
    session: TenantSession,
    kind: str,
    hour: datetime | None = None,
    *,
    asked: int = 0,
    hard_bounced: int = 0,
    soft_bounced: int = 0,
    complained: int = 0,
) -> None:
    """Count; a negative number takes back.

    The row stays locked until the transaction ends: count after the mails were locked, and before
    lanes are woken, as everybody does.

    Args:
        session: of the tenant.
        kind: of the mails.
        hour: any business time within the hour; now, when it is left out.
        asked: mails that the sender was asked to take and has not certainly refused.
        hard_bounced: mails that bounced for good.
        soft_bounced: mails that bounced for now.
        complained: mails that were reported as spam.
    """
    values = {
        "t": session.tenant_id,
        "kind": kind,
        "hour": hour or clock.now(),
        "asked": asked,
        "hard": hard_bounced,
        "soft": soft_bounced,
        "complained": complained,
    }
    await session.execute(_ADD, values)


async def take_back(session: TenantSession, refused: Iterable[Moved]) -> None:
    """Mails that were counted as asked for turned out to be certainly refused."""
    counts: Counter[tuple[str, datetime]] = Counter()
    for mail in refused:
        if mail.asked_at is not None:
            hour = mail.asked_at.replace(minute=0, second=0, microsecond=0)
            counts[mail.kind, hour] += 1
    for kind, hour in sorted(counts):
        await add(session, kind, hour, asked=-counts[kind, hour])


async def used_by_campaigns(session: TenantSession, *, since: datetime) -> int:
    """Mails of campaigns that were asked for since an hour, or are claimed and about to be.

    Exact for whoever holds the lanes of campaigns: a mail is counted as the one or the other.
    """
    rows = await session.execute(_USED, {"t": session.tenant_id, "since": since})
    return int(rows.scalar_one())


async def of_campaigns(session: TenantSession, *, since: datetime) -> list[Hour]:
    """Mails of campaigns that were asked for, by the hour, since an hour; the oldest first."""
    rows = await session.execute(_OF_CAMPAIGNS, {"t": session.tenant_id, "since": since})
    return [Hour(hour, int(asked)) for hour, asked in rows.all()]
