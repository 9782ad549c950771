"""How a contact leaves: the lower part, without campaigns and sends, which know contacts."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from tenantcrm import clock, jobs
from tenantcrm.contacts import repository, rules
from tenantcrm.contacts.imports.repository import files
from tenantcrm.contacts.models import STRENGTH
from tenantcrm.contacts.schemas import Consent, ContactRow
from tenantcrm.contacts.status import ContactStatus
from tenantcrm.database import TenantSession
from tenantcrm.errors import NotFoundError
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.repository import answers


async def lock(
    session: TenantSession, contact_id: UUID, *, mode: Mode | None = None
) -> ContactRow | None:
    """The contact, held until the end of the unit of work; the first lock of whoever ends it."""
    return await repository.find(session, contact_id, mode=mode, lock=True)


async def suppress(
    session: TenantSession,
    *,
    mode: Mode,
    email_hash: bytes,
    reason: str = ContactStatus.UNSUBSCRIBED,
    now: datetime | None = None,
) -> bool:
    """Keep an address from ever being mailed; whether it was not kept already."""
    return await repository.suppress(session, mode, email_hash, reason, now or clock.now())


async def stop_mailing(
    session: TenantSession,
    *,
    mode: Mode,
    reason: ContactStatus,
    email_hashes: Collection[bytes],
    contact: ContactRow | None,
    now: datetime | None = None,
) -> ContactRow | None:
    """Never mail these addresses again, because one bounces or complained.

    ``contact``: whose they are, locked by the caller; None: nobody's who is known. A status that
    says more stays, so that it does not matter which reason comes first. Gives the contact as it
    stands now.
    """
    now = now or clock.now()
    for email_hash in sorted(email_hashes):
        await repository.strengthen(session, mode, email_hash, reason, now)
    if contact is None or STRENGTH.index(ContactStatus(contact.status)) >= STRENGTH.index(reason):
        return contact
    return await repository.save(session, contact.id, {"status": reason, "updated_at": now})


async def keep_from_mail(
    session: TenantSession, contact_ids: Collection[UUID], *, actor: str, now: datetime
) -> tuple[list[UUID], int]:
    """Keep contacts, which the caller has locked, from ever being mailed, and note it on each.

    Gives for whom that is new, in part or all, and how many of them were not unsubscribed before.
    """
    reason = ContactStatus.UNSUBSCRIBED
    hashes = await repository.suppress_each(session, contact_ids, reason.value, now)
    new = await repository.not_unsubscribed(session, contact_ids, hashes)
    await repository.record_each(
        session, "contact_unsubscribed", at=now, actor=actor, whose=list(new)
    )
    changed = [one for one, status in new.items() if status != reason]
    await repository.save_each(session, changed, {"status": reason, "updated_at": now})
    return list(new), len(changed)


async def mark_suppressed(
    session: TenantSession, contact: ContactRow, reason: str | None
) -> ContactRow:
    """Note on a contact, which the caller has locked, why its address is suppressed."""
    bad = reason in {ContactStatus.BOUNCED, ContactStatus.COMPLAINED}
    status = reason if bad else ContactStatus.UNSUBSCRIBED
    if contact.status == status:
        return contact
    return await repository.save(session, contact.id, {"status": status, "updated_at": clock.now()})


async def delete_contacts(session: TenantSession, contact_ids: Collection[UUID]) -> int:
    """Delete contacts; gives how many there were. What they were sent stays, without them; rows of
    files that were refused, and answers that are kept to be given again, go with them.
    """
    await files.forget_people(session, contact_ids)
    await answers.forget_people(session, contact_ids)
    return await repository.remove(session, contact_ids)


async def note_erasure(
    session: TenantSession,
    contact_ids: Collection[UUID],
    *,
    suppress: bool,
    actor: str,
    now: datetime,
) -> None:
    """Keep of contacts, which the caller has locked, what outlives them: that each was erased, and
    the hash of whoever is not to be mailed. ``suppress``: that is all of them.
    """
    reason = ContactStatus.UNSUBSCRIBED.value if suppress else None
    await repository.suppress_each(session, contact_ids, reason, now)
    await repository.forget_words(session, contact_ids)
    await repository.record_each(
        session, "contact_erased", at=now, actor=actor, whose=[None] * len(contact_ids)
    )


async def lift_own_word(session: TenantSession, *, mode: Mode, email_hash: bytes) -> bool:
    """Let an address be mailed again that its owner had ended, and nothing else has since."""
    return await repository.lift(session, mode, email_hash, reason=ContactStatus.UNSUBSCRIBED)


async def merge_back(
    session: TenantSession, contact: ContactRow, row: Mapping[str, Any], *, now: datetime
) -> ContactRow:
    """Let a contact, which the caller has locked, be mailed again, with what an earlier one of the
    same address was besides; ``row``: that one, column by column. What is newer stands.
    """
    values = {
        "status": ContactStatus.SUBSCRIBED,
        "name": contact.name or row["name"],
        "timezone": contact.timezone or row["timezone"],
        "attributes": row["attributes"] | contact.attributes,
        "folded": row["folded"] | rules.fold(contact.attributes),
        "updated_at": now,
    }
    return await repository.save(session, contact.id, values)


async def set_pause(
    session: TenantSession, contact: ContactRow, until: datetime | None, *, now: datetime
) -> ContactRow:
    """Let a contact, which the caller has locked, get nothing until then; None: no pause."""
    return await repository.save(session, contact.id, {"paused_until": until, "updated_at": now})


async def resubscribe(
    session: TenantSession,
    contact_id: UUID,
    consent: Consent,
    *,
    mode: Mode,
    actor: str,
    now: datetime | None = None,
) -> ContactRow:
    """Let a contact be mailed again, on a consent that is kept as an activity.

    Raises:
        InvalidError: the consent names no source, or a moment that is to come.
        NotFoundError: there is no such contact in this mode.
    """
    now = now or clock.now()
    detail = rules.check_consent(consent, now)
    contact = await repository.find(session, contact_id, mode=mode, lock=True)
    if contact is None:
        raise NotFoundError("There is no such contact")
    lifted = await repository.lift(session, mode, contact.email_hash)
    if contact.status == ContactStatus.SUBSCRIBED and not lifted:
        return contact
    await repository.record(
        session,
        "contact_resubscribed",
        at=now,
        actor=actor,
        contact_id=contact_id,
        detail={"consent": detail, "was": contact.status},
    )
    values = {"status": ContactStatus.SUBSCRIBED, "updated_at": now}
    saved = await repository.save(session, contact_id, values)
    if mode is Mode.LIVE:
        jobs.wake(session, "contacts_changed")
    return saved
