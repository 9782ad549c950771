"""What the subjects of mails are made from: the version that was sent, and its recipient."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct

from tenantcrm.database import TenantSession
from tenantcrm.delivery.repository.statement import statement

_PARTS = statement(
    """
    SELECT d.id, coalesce((
        SELECT v.subject FROM message_versions v
        WHERE v.tenant_id = :t AND v.message_id = d.message_id AND v.created_at <= d.asked_at
        ORDER BY v.version DESC LIMIT 1
      ), m.subject) AS subject, c.name, c.email, c.attributes, c.timezone,
      g.name AS campaign_name, g.timezone AS campaign_timezone
    FROM deliveries d
    JOIN messages m ON m.tenant_id = :t AND m.id = d.message_id
    JOIN campaigns g ON g.tenant_id = :t AND g.id = d.campaign_id
    JOIN contacts c ON c.tenant_id = :t AND c.id = d.contact_id
    WHERE d.tenant_id = :t AND d.id = ANY (:ids)
    """
)


class Parts(Struct, frozen=True, kw_only=True):
    """A subject as it was written, and whom it is for, as they are now."""

    id: UUID
    subject: str
    name: str | None
    email: str
    attributes: dict[str, Any]
    timezone: str | None
    campaign_name: str
    campaign_timezone: str


async def parts(session: TenantSession, mails: Sequence[UUID]) -> list[Parts]:
    """Of those of the mails that belong to a campaign and whose contact is there."""
    rows = await session.execute(_PARTS, {"t": session.tenant_id, "ids": list(mails)})
    return [Parts(**row) for row in rows.mappings()]
