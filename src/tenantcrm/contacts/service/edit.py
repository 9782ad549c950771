"""Change a contact that is there."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from tenantcrm import clock, jobs
from tenantcrm.contacts import repository, rules
from tenantcrm.contacts.errors import BusyContactError, ContactExistsError
from tenantcrm.contacts.rules import Change
from tenantcrm.contacts.schemas import ContactInput, ContactRow
from tenantcrm.contacts.service.attributes import note
from tenantcrm.contacts.service.auditing import audited
from tenantcrm.contacts.status import ContactStatus
from tenantcrm.database import TenantSession
from tenantcrm.errors import InvalidError, NotFoundError
from tenantcrm.tenants.models import Mode

PERSON = "user:"


async def edit(
    session: TenantSession,
    contact_id: UUID,
    given: ContactInput,
    *,
    mode: Mode,
    hasher: Callable[[str], bytes],
    actor: str,
    now: datetime | None = None,
) -> ContactRow:
    """Change what is given of a contact; null clears, attributes are merged.

    Raises:
        InvalidError: with every fault of what is given.
        NotFoundError: there is no such contact in this mode.
        ContactExistsError: the address or the external id is another contact's; says whose.
    """
    change = rules.check_contact(given)
    await note(session, change.attributes)
    now = now or clock.now()
    before = await repository.find(session, contact_id, mode=mode, lock=True)
    if before is None:
        raise NotFoundError("There is no such contact")
    after = await write(session, before, change, hasher=hasher, now=now)
    if after is not before:
        await repository.record(
            session,
            "contact_updated",
            at=now,
            actor=actor,
            contact_id=contact_id,
            detail={"fields": changed_fields(before, after)},
        )
        if actor.startswith(PERSON):
            fields = changed_fields(before, after)
            await audited(session, contact_id, "changed", actor=actor, fields=fields)
    return after


async def write(
    session: TenantSession,
    before: ContactRow,
    change: Change,
    *,
    hasher: Callable[[str], bytes],
    now: datetime,
) -> ContactRow:
    """Write a checked change to a contact that is locked; gives ``before`` when nothing differs.

    Raises:
        InvalidError: the contact would have too many attributes.
        ContactExistsError: the address or the external id is another contact's; says whose.
    """
    address = change.address
    if not change.differs(before) and (address is None or address.email == before.email):
        return before
    attributes = change.attributes_after(before.attributes)
    if len(attributes) > rules.ATTRIBUTES_MOST:
        raise InvalidError([rules.too_many_attributes(len(attributes))])
    values: dict[str, Any] = {
        **change.fields,
        "attributes": attributes,
        "folded": rules.fold(attributes),
        "updated_at": now,
    }
    if address is not None:
        values |= {"email": address.email, "email_key": address.key}
        values["email_hash"] = hasher(address.key)
        if address.key != before.email_key and before.status == ContactStatus.SUBSCRIBED:
            values["status"] = repository.status_of_address(
                session, before.mode, values["email_hash"]
            )
    mode = Mode(before.mode)
    try:
        after = await repository.save(session, before.id, values)
    except IntegrityError:
        await session.rollback()
        raise await _taken(session, mode, before.id, values) from None
    if mode is Mode.LIVE:
        jobs.wake(session, "contacts_changed")
    return after


async def _taken(
    session: TenantSession, mode: Mode, contact_id: UUID, values: dict[str, Any]
) -> ContactExistsError | BusyContactError:
    """Who has the address or the external id, told in a transaction that can still ask."""
    others = await repository.alike(
        session,
        mode,
        email_key=values.get("email_key"),
        external_id=values.get("external_id"),
    )
    for other in others:
        if other.id != contact_id:
            field = "email" if other.email_key == values.get("email_key") else "external_id"
            return ContactExistsError(other.id, field)
    return BusyContactError()


def changed_fields(before: ContactRow, after: ContactRow) -> list[str]:
    """The names of what differs, attributes as ``attributes.NAME``; no values."""
    fields = [n for n in ("email", "name", "external_id", "timezone", "status")
              if getattr(before, n) != getattr(after, n)]  # fmt: skip
    names = sorted({*before.attributes, *after.attributes})
    missing = object()
    changed = (
        n for n in names if before.attributes.get(n, missing) != after.attributes.get(n, missing)
    )
    return [*fields, *(f"attributes.{n}" for n in changed)]
