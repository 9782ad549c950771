"""Queries of the answers that are kept for idempotency keys."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import update

from tenantcrm.database import TenantSession
from tenantcrm.orm import any_of
from tenantcrm.tenants.models import IdempotentResponse


async def forget_people(session: TenantSession, contact_ids: Collection[UUID]) -> None:
    """Empty the answers that show contacts, who are about to go.

    The key stays taken: a request that comes again late must not make anew who was erased.
    """
    await session.execute(
        update(IdempotentResponse)
        .where(
            IdempotentResponse.tenant_id == session.tenant_id,
            IdempotentResponse.contact_id == any_of(contact_ids),
        )
        .values(status=404, body=b"", headers={}, contact_id=None)
        .execution_options(synchronize_session=False)
    )
