"""How somebody stops being mailed and stays a contact: on the word of the tenant's own system.

The recipient's own way out is :mod:`tenantcrm.delivery.service.forget`, which also removes the
contact.
"""

from uuid import UUID

from tenantcrm import clock
from tenantcrm.campaigns import service as campaigns
from tenantcrm.contacts import service as contacts
from tenantcrm.contacts.schemas import ContactRow
from tenantcrm.contacts.status import ContactStatus
from tenantcrm.database import TenantSession
from tenantcrm.delivery.repository import stopping
from tenantcrm.errors import NotFoundError
from tenantcrm.tenants.models import Mode


async def withdraw(
    session: TenantSession, contact_id: UUID, *, mode: Mode, actor: str
) -> ContactRow:
    """Stop every mail to a contact, take it out of its campaigns, and keep it as unsubscribed.

    Twice is as good as once.

    Raises:
        NotFoundError: there is no such contact in this mode.
    """
    now = clock.now()
    contact = await contacts.lock(session, contact_id, mode=mode)
    if contact is None:
        raise NotFoundError("There is no such contact")
    new = await contacts.suppress(session, mode=mode, email_hash=contact.email_hash, now=now)
    if not new and contact.status == ContactStatus.UNSUBSCRIBED:
        return contact
    await contacts.record(
        session, "contact_unsubscribed", at=now, actor=actor, contact_id=contact_id
    )
    reason = ContactStatus.UNSUBSCRIBED.value
    await stopping.stop_contacts(session, [contact_id], reason=reason, now=now)
    await campaigns.exit_contact(session, contact_id, reason=reason, now=now)
    return await contacts.mark_unsubscribed(session, contact, now=now)
