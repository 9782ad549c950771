"""What a tenant asked for and what came back, counted by the hour of the business clock."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from tenantcrm import clock
from tenantcrm.database import TenantSession
from tenantcrm.delivery.repository.statement import statement
from tenantcrm.delivery.schemas import Moved

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
