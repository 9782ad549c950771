"""Numbers of people in campaigns, from the summands that the triggers of enrolments write."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Date, Integer, TextClause, Uuid, bindparam, text
from sqlalchemy.types import TypeEngine

from tenantcrm.database import TenantSession

_TYPES: dict[str, TypeEngine[Any]] = {
    "t": Uuid(),
    "campaigns": ARRAY(Uuid()),
    "since": Date(),
    "until": Date(),
    "most": Integer(),
}


def _typed(sql: str, *names: str) -> TextClause:
    return text(sql).bindparams(*(bindparam(name, type_=_TYPES[name]) for name in names))


_COUNTS = _typed(
    """
    SELECT campaign_id, state, why, reached, sum(people) AS people FROM people_counts
    WHERE tenant_id = :t AND campaign_id = ANY (:campaigns)
      AND enrolled_on >= coalesce(:since, '-infinity'::date)
      AND enrolled_on <= coalesce(:until, 'infinity'::date)
    GROUP BY campaign_id, state, why, reached HAVING sum(people) <> 0
    """,
    "t",
    "campaigns",
    "since",
    "until",
)
_ADD_UP = _typed(
    """
    WITH fresh AS (
      SELECT id, campaign_id, enrolled_on FROM people_counts
      WHERE tenant_id = :t AND NOT settled ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED
    ), stood AS (
      SELECT c.id FROM people_counts c
      JOIN (SELECT DISTINCT campaign_id, enrolled_on FROM fresh) k USING (campaign_id, enrolled_on)
      WHERE c.tenant_id = :t AND c.settled FOR UPDATE OF c SKIP LOCKED
    ), gone AS (
      DELETE FROM people_counts
      WHERE tenant_id = :t AND id IN (SELECT id FROM fresh UNION ALL SELECT id FROM stood)
      RETURNING *
    ), added AS (
      INSERT INTO people_counts (tenant_id, id, campaign_id, enrolled_on, state, why, reached,
        settled, people)
      SELECT tenant_id, uuid_v7(), campaign_id, enrolled_on, state, why, reached, true, sum(people)
      FROM gone GROUP BY tenant_id, campaign_id, enrolled_on, state, why, reached
      HAVING sum(people) <> 0
    )
    SELECT count(*) FROM fresh
    """,
    "t",
    "most",
)


class Standing(NamedTuple):
    """How many people stand in a state. ``why``: the exit reason, or empty."""

    campaign_id: UUID
    state: str
    why: str
    reached: int
    people: int


async def standings(
    session: TenantSession,
    campaign_ids: Sequence[UUID],
    *,
    since: date | None = None,
    until: date | None = None,
) -> list[Standing]:
    """How many people stand where whose day 0 lies in the span, both days inclusive."""
    values = {
        "t": session.tenant_id,
        "campaigns": list(campaign_ids),
        "since": since,
        "until": until,
    }
    rows = (await session.execute(_COUNTS, values)).all()
    return [
        Standing(campaign, state, why, reached, int(people))
        for campaign, state, why, reached, people in rows
    ]


async def add_up(session: TenantSession, *, most: int) -> int:
    """Add up to ``most`` new summands to what is there; gives how many there were."""
    return int(
        (await session.execute(_ADD_UP, {"t": session.tenant_id, "most": most})).scalar_one()
    )
