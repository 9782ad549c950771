"""How somebody leaves for good: out of the queue, out of campaigns, out of contacts.

This crosses every domain, so it lives where all of them are known. The contact's row is locked
first, always: an upsert, a scan or a second request waits here, and finds it done.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from tenantcrm import clock
from tenantcrm.campaigns import service as campaigns
from tenantcrm.contacts import service as contacts
from tenantcrm.contacts.status import ContactStatus
from tenantcrm.database import TenantSession
from tenantcrm.delivery.repository import departures, entries, leaving, stopping
from tenantcrm.delivery.service import undoing
from tenantcrm.errors import NotFoundError
from tenantcrm.sealing import Seal
from tenantcrm.tenants.models import Mode


async def unsubscribe(
    session: TenantSession,
    *,
    contact_id: UUID | None,
    email_hash: bytes,
    mode: Mode = Mode.LIVE,
    campaign_id: UUID | None,
    source: str,
    seal: Seal | None = None,
) -> bool:
    """Never mail an address again, and forget whose it was; True when that is new.

    Twice is as good as once, also when the contact is long gone, or was made anew since.

    Args:
        session: of the tenant.
        contact_id: whom a link or a page names; None, or somebody who is gone: the hash says whom.
        email_hash: of the address that asked.
        mode: of the contact.
        campaign_id: the campaign whose mail it was; None: no mail was.
        source: ``page``, ``one_click``, or the actor on whose word it is done.
        seal: of the tenant: it can be undone for an hour; None: it is for good at once.
    """
    now = clock.now()
    contact = None if contact_id is None else await contacts.lock(session, contact_id, mode=mode)
    new = await contacts.suppress(session, mode=mode, email_hash=email_hash, now=now)
    if contact is None and new:
        found = await entries.contact_of(session, mode, email_hash)
        contact = None if found is None else await contacts.lock(session, found, mode=mode)
    hashes = [email_hash] if new else []
    if contact is not None and contact.email_hash != email_hash:
        # The mail went to an address that the contact has changed since: it is the same person.
        also = contact.email_hash
        if await contacts.suppress(session, mode=mode, email_hash=also, now=now):
            hashes.append(also)
    if contact is None and not new:
        return False
    if campaign_id is not None and not await entries.knows_campaign(session, campaign_id):
        campaign_id = None
    by_recipient = source in {"page", "one_click"}
    await contacts.record(
        session,
        "contact_unsubscribed",
        at=now,
        actor="recipient" if by_recipient else source,
        campaign_id=campaign_id,
        detail={"source": source} if by_recipient else {},
    )
    if seal is not None and new:
        content = await undoing.take_down(session, contact, hashes)
        await undoing.keep(session, seal, content, mode=mode, email_hash=email_hash, now=now)
    if contact is not None:
        if campaign_id is not None:
            await leaving.note_unsubscribed(session, contact.id, campaign_id, now=now)
        await _remove(session, [contact.id], ContactStatus.UNSUBSCRIBED, now)
    return True


async def erase(session: TenantSession, contact_id: UUID, *, suppress: bool, actor: str) -> None:
    """Erase a contact. Whoever had unsubscribed stays suppressed, known by the hash alone.

    Args:
        session: of the tenant.
        contact_id: whom.
        suppress: never mail the address again, although it had not unsubscribed.
        actor: who does it.

    Raises:
        NotFoundError: there is no such contact.
    """
    contact = await contacts.lock(session, contact_id)
    if contact is None:
        raise NotFoundError("There is no such contact")
    await erase_all(session, [contact_id], suppress=suppress, actor=actor)


async def erase_all(
    session: TenantSession, contact_ids: Collection[UUID], *, suppress: bool, actor: str
) -> int:
    """The same for contacts that the caller has locked, as a set; gives how many were erased."""
    now = clock.now()
    await contacts.note_erasure(session, contact_ids, suppress=suppress, actor=actor, now=now)
    await departures.forget(session, contact_ids)
    await stopping.forget_tests(session, contact_ids, now=now)
    return await _remove(session, contact_ids, "contact_erased", now)


async def _remove(
    session: TenantSession, contact_ids: Collection[UUID], reason: str, now: datetime
) -> int:
    stopped = "unsubscribed" if reason == ContactStatus.UNSUBSCRIBED else "erased"
    await stopping.stop_contacts(session, contact_ids, reason=stopped, now=now)
    await campaigns.exit_contacts(session, contact_ids, reason=reason, now=now)
    await stopping.unlink(session, contact_ids)
    return await contacts.delete_contacts(session, contact_ids)
