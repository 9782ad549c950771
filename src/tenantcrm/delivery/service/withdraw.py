"""How somebody stops being mailed and stays a contact: on the word of the tenant's own system.

The recipient's own way out is :mod:`tenantcrm.delivery.service.forget`, which also removes the
contact.
"""

from collections.abc import Collection
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
    if await contacts.lock(session, contact_id, mode=mode) is None:
        raise NotFoundError("There is no such contact")
    await withdraw_all(session, [contact_id], actor=actor)
    return await contacts.get(session, contact_id, mode=mode)


async def withdraw_all(session: TenantSession, contact_ids: Collection[UUID], *, actor: str) -> int:
    """The same for contacts that the caller has locked, as a set; gives how many were not
    unsubscribed before.
    """
    now = clock.now()
    new, changed = await contacts.keep_from_mail(session, contact_ids, actor=actor, now=now)
    if new:
        reason = ContactStatus.UNSUBSCRIBED.value
        await stopping.stop_contacts(session, new, reason=reason, now=now)
        await campaigns.exit_contacts(session, new, reason=reason, now=now)
    return changed
