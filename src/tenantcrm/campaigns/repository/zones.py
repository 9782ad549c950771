"""The zones that a tenant's contacts have, and how far a campaign has looked at each."""

from collections.abc import Iterable
from uuid import UUID

from msgspec import Struct
from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert

from tenantcrm.campaigns.models import CampaignZone
from tenantcrm.campaigns.schedule import Zones
from tenantcrm.database import TenantSession

# One look into the index for each zone that there is, however many contacts have it.
_NAMES = text(
    """
    WITH RECURSIVE names AS (
      (SELECT timezone FROM contacts WHERE tenant_id = :t AND timezone IS NOT NULL
       ORDER BY timezone LIMIT 1)
      UNION ALL
      SELECT (SELECT timezone FROM contacts
              WHERE tenant_id = :t AND timezone IS NOT NULL AND timezone > names.timezone
              ORDER BY timezone LIMIT 1)
      FROM names WHERE names.timezone IS NOT NULL
    )
    SELECT timezone FROM names WHERE timezone IS NOT NULL
    """
)
NONE = ""
"""How contacts without a zone are noted."""


class Mark(Struct, frozen=True):
    """From which transaction on a zone is to be looked at: for newcomers (None: at all of it), and
    for those who were in another zone before.
    """

    scanned_xid: int | None
    seen_xid: int


async def of_contacts(session: TenantSession) -> list[str]:
    """The names of the zones that the tenant's contacts have."""
    return list((await session.execute(_NAMES, {"t": session.tenant_id})).scalars())


async def marks(session: TenantSession, campaign_id: UUID) -> dict[str | None, Mark]:
    """How far the campaign has looked at each zone; one that is missing was never looked at."""
    query = select(CampaignZone.zone, CampaignZone.scanned_xid, CampaignZone.seen_xid).where(
        CampaignZone.tenant_id == session.tenant_id, CampaignZone.campaign_id == campaign_id
    )
    rows = await session.execute(query)
    return {zone or None: Mark(scanned, seen) for zone, scanned, seen in rows}


async def note(session: TenantSession, campaign_id: UUID, zones: Zones, mark: Mark) -> None:
    """Keep how far the campaign has looked at these zones."""
    statement = insert(CampaignZone).values(
        [
            {
                "tenant_id": session.tenant_id,
                "campaign_id": campaign_id,
                "zone": zone or NONE,
                "scanned_xid": mark.scanned_xid,
                "seen_xid": mark.seen_xid,
            }
            for zone in zones
        ]
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[
                CampaignZone.tenant_id,
                CampaignZone.campaign_id,
                CampaignZone.zone,
            ],
            set_={
                "scanned_xid": statement.excluded.scanned_xid,
                "seen_xid": statement.excluded.seen_xid,
            },
        )
    )


async def forget(session: TenantSession, campaign_id: UUID) -> None:
    """A campaign follows its own zone now, and has seen who had moved between others."""
    await session.execute(
        delete(CampaignZone)
        .where(CampaignZone.tenant_id == session.tenant_id, CampaignZone.campaign_id == campaign_id)
        .execution_options(synchronize_session=False)
    )


async def look_at_all(session: TenantSession, campaign_id: UUID) -> None:
    """Let the next scan of each zone look at all of its contacts: the filter has changed."""
    await session.execute(
        update(CampaignZone)
        .where(CampaignZone.tenant_id == session.tenant_id, CampaignZone.campaign_id == campaign_id)
        .values(scanned_xid=None)
        .execution_options(synchronize_session=False)
    )


async def begin(session: TenantSession, campaign_id: UUID, zones: Iterable[str], xid: int) -> None:
    """A campaign follows its contacts' zones from now on: nobody has come from another one yet."""
    await note(session, campaign_id, (None, *zones), Mark(None, xid))
