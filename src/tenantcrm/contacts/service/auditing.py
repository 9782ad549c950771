"""What of contacts goes into the audit log: that it was done, never to whom.

An entry holds the contact's id and the names of fields, so that an erasure leaves nothing here.
What backends put in over the API is not in it: that stands in the contact's own feed.
"""

from collections.abc import Iterable
from uuid import UUID

from tenantcrm.database import TenantSession
from tenantcrm.tenants.service import audit


async def audited(
    session: TenantSession,
    contact_id: UUID,
    action: str,
    *,
    actor: str,
    fields: Iterable[str] = (),
) -> None:
    """Keep that somebody did something to a contact; ``fields``: which of its fields changed."""
    await audit.record(
        session,
        actor=actor,
        action=action,
        subject="contact",
        subject_id=contact_id,
        changes=dict.fromkeys(fields, (None, None)),
    )
