"""What happened to a contact or in a campaign: one list, read from the tables that know it.

Nothing is written twice: enrolments and deliveries tell of themselves, ``activities`` of the rest.
Each source gives its own next few, from an index that has them in this order, and the list is the
latest of these: a page costs the same among ten happenings and ten million.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Executable
from sqlalchemy.dialects.postgresql import JSONB

from tenantcrm.cursors import Place
from tenantcrm.database import TenantSession
from tenantcrm.delivery.repository import happenings
from tenantcrm.delivery.repository.happenings import Source
from tenantcrm.delivery.repository.statement import statement
from tenantcrm.delivery.schemas import Happening


async def of_contact(
    session: TenantSession, contact_id: UUID, *, after: Place | None, limit: int
) -> list[Happening]:
    """What happened to a contact, newest first."""
    query = _contacts(after=after is not None)
    return await _read(session, query, after, {"contact": contact_id, "most": limit})


async def of_campaign(
    session: TenantSession, campaign_id: UUID, *, after: Place | None, limit: int
) -> list[Happening]:
    """What happened in a campaign, newest first."""
    query = _campaigns(after=after is not None)
    return await _read(session, query, after, {"campaign": campaign_id, "most": limit})


@lru_cache
def _contacts(*, after: bool) -> Executable:
    whose = "contact_id = :contact"
    sources = [
        happenings.created(),
        *happenings.of_people(whose),
        happenings.of_some_mails(whose),
        happenings.of_activities(whose),
    ]
    return _newest(sources, after=after)


@lru_cache
def _campaigns(*, after: bool) -> Executable:
    whose = "campaign_id = :campaign"
    sources = [
        *happenings.of_people(whose),
        *happenings.of_campaigns_mails(after=after),
        happenings.of_activities(whose),
    ]
    return _newest(sources, after=after)


def _newest(sources: Sequence[Source], *, after: bool) -> Executable:
    """The latest of what the sources give, with the names that other tables know."""
    happened = " UNION ALL ".join(f"({source.latest(after=after)})" for source in sources)
    # By code point whatever the database sorts by: the cursor is compared in that order as well.
    order = 'ORDER BY {0}at DESC, {0}id DESC, {0}kind COLLATE "C" DESC'
    sql = (
        f"WITH newest AS (SELECT * FROM ({happened}) AS happened {order.format('')} LIMIT :most) "  # noqa: S608
        "SELECT newest.*, c.email, g.name AS campaign_name, m.subject FROM newest "
        "LEFT JOIN contacts c ON c.tenant_id = :t AND c.id = newest.contact_id "
        "LEFT JOIN campaigns g ON g.tenant_id = :t AND g.id = newest.campaign_id "
        "LEFT JOIN messages m ON m.tenant_id = :t AND m.id = newest.message_id "
        + order.format("newest.")
    )
    return statement(sql).columns(detail=JSONB)


async def _read(
    session: TenantSession, query: Executable, after: Place | None, values: dict[str, Any]
) -> list[Happening]:
    values["t"] = session.tenant_id
    if after is not None:
        values |= {"at": after.at, "edge": after.id, "kind": after.kind}
    return [Happening(**row) for row in (await session.execute(query, values)).mappings()]
