"""Numbers of the ledger, from the summands that its triggers write; and adding those up.

A number is the sum over the rows of ``send_counts``: right at every moment, however many rows
there are. Adding up makes few of many; it locks nothing that anybody else waits for.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from tenantcrm.database import TenantSession
from tenantcrm.delivery.numbers import STATES, Fate
from tenantcrm.delivery.repository.statement import statement


def _in(outcome: Fate) -> str:
    return "(" + ", ".join(f"'{state}'" for state in STATES[outcome]) + ")"


_SPAN = (
    "slot >= coalesce(:since, '-infinity'::timestamptz) "
    "AND slot < coalesce(:until, 'infinity'::timestamptz)"
)
_SUMS = (
    "sum(mails) AS mails, sum(opened) AS opened, sum(clicked) AS clicked, "
    "sum(machine) AS machine, sum(unsubscribed) AS unsubscribed"
)
_DAY = f"""
    (slot AT TIME ZONE :zone)::date AS day,
    coalesce(sum(mails) FILTER (WHERE state IN {_in(Fate.SENT)}), 0) AS sent,
    coalesce(sum(mails) FILTER (WHERE state IN {_in(Fate.DELIVERED)}), 0) AS delivered,
    coalesce(sum(mails) FILTER (WHERE state = 'bounced'), 0) AS bounced,
    sum(opened) AS opened, sum(clicked) AS clicked
"""
# fmt: off
_BY_MESSAGE = statement(
    f"""
    SELECT campaign_id, message_id, state, why, {_SUMS} FROM send_counts
    WHERE tenant_id = :t AND campaign_id = ANY (:campaigns) AND {_SPAN}
    GROUP BY campaign_id, message_id, state, why HAVING sum(mails) <> 0
    """  # noqa: S608 - constants
)
_BY_STATE = statement(
    f"""
    SELECT CASE WHEN state = 'skipped' AND why = 'late' THEN 'late' ELSE state END, sum(mails)
    FROM send_counts WHERE tenant_id = :t AND {_SPAN} GROUP BY 1
    """  # noqa: S608 - constants
)
_OF_CAMPAIGN = statement(
    f"""
    SELECT {_DAY} FROM send_counts WHERE tenant_id = :t AND campaign_id = :campaign AND {_SPAN}
    GROUP BY day ORDER BY day
    """  # noqa: S608 - constants
)
_OF_TENANT = statement(
    f"SELECT {_DAY} FROM send_counts WHERE tenant_id = :t AND {_SPAN} GROUP BY day ORDER BY day"  # noqa: S608
)
# fmt: on
_ADD_UP = statement(
    f"""
    WITH fresh AS (
      SELECT id, campaign_id, message_id, slot FROM send_counts
      WHERE tenant_id = :t AND NOT settled ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED
    ), stood AS (
      SELECT c.id FROM send_counts c
      JOIN (SELECT DISTINCT campaign_id, message_id, slot FROM fresh) k
        USING (campaign_id, message_id, slot)
      WHERE c.tenant_id = :t AND c.settled FOR UPDATE OF c SKIP LOCKED
    ), gone AS (
      DELETE FROM send_counts
      WHERE tenant_id = :t AND id IN (SELECT id FROM fresh UNION ALL SELECT id FROM stood)
      RETURNING *
    ), added AS (
      INSERT INTO send_counts (tenant_id, id, campaign_id, message_id, slot, state, why, settled,
        mails, opened, clicked, machine, unsubscribed)
      SELECT tenant_id, uuid_v7(), campaign_id, message_id, slot, state, why, true, {_SUMS}
      FROM gone GROUP BY tenant_id, campaign_id, message_id, slot, state, why
      HAVING sum(mails) <> 0 OR sum(opened) <> 0 OR sum(clicked) <> 0 OR sum(machine) <> 0
        OR sum(unsubscribed) <> 0
    )
    SELECT count(*) FROM fresh
    """  # noqa: S608 - constants
)


class Count(NamedTuple):
    """How many mails of a message stand in a state, and what was seen of them."""

    campaign_id: UUID
    message_id: UUID
    state: str
    why: str
    mails: int
    opened: int
    clicked: int
    machine: int
    unsubscribed: int


class Day(NamedTuple):
    """What left on a local day, and what became of it until now."""

    day: date
    sent: int
    delivered: int
    bounced: int
    opened: int
    clicked: int


async def by_message(
    session: TenantSession,
    campaign_ids: Sequence[UUID],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Count]:
    """The mails of campaigns by message, state and reason."""
    values = {
        "t": session.tenant_id,
        "campaigns": list(campaign_ids),
        "since": since,
        "until": until,
    }
    return [Count(*row) for row in (await session.execute(_BY_MESSAGE, values)).all()]


async def by_state(
    session: TenantSession, *, since: datetime | None = None, until: datetime | None = None
) -> dict[str, int]:
    """All mails of the tenant's campaigns by state; ``waiting`` is one of them, and ``late`` are
    those that were skipped because their time had passed.
    """
    values = {"t": session.tenant_id, "since": since, "until": until}
    return {state: int(n) for state, n in (await session.execute(_BY_STATE, values)).all()}


async def by_day(
    session: TenantSession,
    *,
    campaign_id: UUID | None = None,
    zone: str,
    since: datetime | None,
    until: datetime | None,
) -> list[Day]:
    """By local day in ``zone``, the days on which something left or is due, in order."""
    values = {"t": session.tenant_id, "zone": zone, "since": since, "until": until}
    if campaign_id is None:
        rows = await session.execute(_OF_TENANT, values)
    else:
        rows = await session.execute(_OF_CAMPAIGN, values | {"campaign": campaign_id})
    return [Day(row[0], *(int(n) for n in row[1:])) for row in rows.all()]


async def add_up(session: TenantSession, *, most: int) -> int:
    """Add up to ``most`` new summands to what is there; gives how many there were."""
    rows = await session.execute(_ADD_UP, {"t": session.tenant_id, "most": most})
    return int(rows.scalar_one())
