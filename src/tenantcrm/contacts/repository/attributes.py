"""Queries of the names and types of attributes that a tenant uses."""

from collections.abc import Collection

from sqlalchemy import func, select

from tenantcrm.contacts.models import Contact, KnownAttribute
from tenantcrm.database import AnyTenantSession, TenantSession

MOST = 1_000
"""Names of a tenant; what comes beyond is stored with its contacts, and not offered in lists."""
_NEWEST = 200
# The lock keeps two transactions from waiting for each other's new names while each holds contacts
# that the other wants: whoever does not get it leaves the names to the next upsert.
_ALONE = "SELECT pg_try_advisory_xact_lock(hashtextextended('known_attributes:' || $1, 0)) AS mine"
_ADD = """
INSERT INTO known_attributes (tenant_id, name, kind)
SELECT $1::uuid, $2::text, $3::text
WHERE (SELECT count(*) FROM known_attributes WHERE tenant_id = $1::uuid) < $4::integer
ON CONFLICT DO NOTHING RETURNING name
"""


async def add(session: AnyTenantSession, names: Collection[tuple[str, str]]) -> bool:
    """Keep names with their types; whether that could be done without waiting for anybody."""
    alone = await session.fetch(_ALONE, session.tenant_id.hex)
    if not alone[0]["mine"]:
        return False
    for name, kind in sorted(names):
        await session.fetch(_ADD, session.tenant_id, name, kind, MOST)
    return True


async def known(session: TenantSession) -> list[tuple[str, str]]:
    """The tenant's names of attributes with each type that they have been seen with."""
    query = select(KnownAttribute.name, KnownAttribute.kind).where(
        KnownAttribute.tenant_id == session.tenant_id
    )
    return [(name, kind) for name, kind in await session.execute(query)]


async def how_many(session: TenantSession) -> int:
    """How many of the names are kept, each type of one counted by itself."""
    query = select(func.count()).where(KnownAttribute.tenant_id == session.tenant_id)
    return (await session.execute(query)).scalar_one()


async def newest(session: TenantSession) -> list[dict[str, object]]:
    """The attributes of the newest contacts: what came in some other way is among them."""
    query = (
        select(Contact.attributes)
        .where(Contact.tenant_id == session.tenant_id)
        .order_by(Contact.id.desc())
        .limit(_NEWEST)
    )
    return list((await session.execute(query)).scalars())
