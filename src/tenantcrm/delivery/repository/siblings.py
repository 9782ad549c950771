"""What contacts have had of campaigns, and what waits for them: what the gate must know."""

from collections.abc import Sequence
from uuid import UUID

from tenantcrm.database import TenantSession
from tenantcrm.delivery.gatekeeping import Sibling
from tenantcrm.delivery.repository.statement import statement

# Contacts before mails, as whoever unsubscribes or erases somebody has it. With the contact held,
# two workers that have a mail each for it look one after the other.
_LOCK = statement(
    """
    SELECT 1 FROM contacts
    WHERE tenant_id = :t AND id = ANY (
      SELECT contact_id FROM deliveries
      WHERE tenant_id = :t AND id = ANY (:ids) AND (kind = ANY (:kinds) OR entry > 1
        OR campaign_id IN (
          SELECT id FROM campaigns WHERE tenant_id = :t AND anchor IS NOT NULL)))
    ORDER BY id FOR NO KEY UPDATE
    """
)
_SIBLINGS = statement(
    """
    SELECT d.id, d.contact_id, d.campaign_id, d.entry, m.send_day, d.state, d.due_at, d.late_at,
      coalesce(d.sent_at, d.asked_at) AS at, d.held OR g.state <> 'active' AS held
    FROM deliveries d
    JOIN messages m ON m.tenant_id = d.tenant_id AND m.id = d.message_id
    JOIN campaigns g ON g.tenant_id = d.tenant_id AND g.id = d.campaign_id
    LEFT JOIN enrollments e ON e.tenant_id = d.tenant_id
      AND e.campaign_id = d.campaign_id AND e.contact_id = d.contact_id AND e.entry = d.entry
    WHERE d.tenant_id = :t AND d.contact_id = ANY (:contacts)
      AND d.state NOT IN ('skipped', 'failed')
      AND (d.state NOT IN ('pending', 'claimed')
        OR (m.retired_at IS NULL AND g.state <> 'archived' AND e.state <> 'exited'))
    """
)


async def lock_contacts(
    session: TenantSession, mail_ids: Sequence[UUID], *, kinds: Sequence[str]
) -> None:
    """Hold the contacts of those of the mails that are of these kinds, or may follow another."""
    values = {"t": session.tenant_id, "ids": list(mail_ids), "kinds": list(kinds)}
    await session.execute(_LOCK, values)


async def of_contacts(session: TenantSession, contact_ids: Sequence[UUID]) -> list[Sibling]:
    """Every mail of a campaign to these contacts that was sent or may be, as things stand."""
    if not contact_ids:
        return []
    values = {"t": session.tenant_id, "contacts": list(contact_ids)}
    rows = (await session.execute(_SIBLINGS, values)).mappings()
    return [Sibling(**row) for row in rows]
