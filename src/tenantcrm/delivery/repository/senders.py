"""The addresses that tenants send from, and whose they are."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from tenantcrm import clock, ids
from tenantcrm.contacts.addresses import Address
from tenantcrm.database import TenantSession
from tenantcrm.delivery.models import Sender, SenderClaim


async def find(session: TenantSession, email_key: str) -> Sender | None:
    """What is known of an address."""
    query = select(Sender).where(
        Sender.tenant_id == session.tenant_id, Sender.email_key == email_key
    )
    return (await session.execute(query)).scalar_one_or_none()


async def note(
    session: TenantSession,
    address: Address,
    *,
    verified: bool,
    now: datetime,
    identity: str | None = None,
) -> None:
    """Keep what SES says of an address, and by which identity. ``now``: machine time."""
    state = "verified" if verified else "pending"
    values = {
        "email": address.email,
        "state": state,
        "checked_at": now,
        "verified_at": now if verified else None,
        "identity": identity,
        "updated_at": clock.now(),
    }
    statement = insert(Sender).values(
        tenant_id=session.tenant_id,
        id=ids.new_id(),
        email_key=address.key,
        created_at=clock.now(),
        **values,
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[Sender.tenant_id, Sender.email_key], set_=values
        )
    )


async def claim(session: TenantSession, name: str) -> bool:
    """Make an address or domain this tenant's; False when it is another's, who stays unseen."""
    statement = insert(SenderClaim).values(
        email_key=name, tenant_id=session.tenant_id, claimed_at=clock.now()
    )
    await session.execute(statement.on_conflict_do_nothing())
    query = select(SenderClaim.email_key).where(
        SenderClaim.tenant_id == session.tenant_id, SenderClaim.email_key == name
    )
    return (await session.execute(query)).first() is not None


async def is_anothers(session: TenantSession, name: str) -> bool:
    """Whether an address or domain is another tenant's, without claiming it."""
    made = insert(SenderClaim).values(
        email_key=name, tenant_id=session.tenant_id, claimed_at=clock.now()
    )
    # Another tenant's claim is not to be seen; only that the name is not free.
    free = (
        await session.execute(made.on_conflict_do_nothing().returning(SenderClaim.email_key))
    ).first()
    own = (SenderClaim.tenant_id == session.tenant_id, SenderClaim.email_key == name)
    if free is not None:
        await session.execute(delete(SenderClaim).where(*own))
        return False
    return (await session.execute(select(SenderClaim.email_key).where(*own))).first() is None
