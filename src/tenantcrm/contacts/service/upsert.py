"""Take contacts in: create one, or upsert one by its address or its external id."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

import msgspec

from tenantcrm import clock, ids, jobs
from tenantcrm.contacts import repository, rules
from tenantcrm.contacts.addresses import Address, normalise
from tenantcrm.contacts.errors import BusyContactError, ContactExistsError
from tenantcrm.contacts.repository import Key
from tenantcrm.contacts.rules import Change
from tenantcrm.contacts.schemas import ContactInput, ContactRow, Upserted, Value
from tenantcrm.contacts.service.attributes import note
from tenantcrm.contacts.service.edit import write
from tenantcrm.database import AnyTenantSession, TenantSession
from tenantcrm.driver import UniqueError
from tenantcrm.errors import FieldError, InvalidError
from tenantcrm.tenants.models import Mode

Hasher: TypeAlias = Callable[[str], bytes]
"""Gives the keyed hash of an address's key: ``keyring.email_hash`` with the tenant's salt."""
TRIES = 4

T = TypeVar("T")


async def create(
    session: TenantSession,
    given: ContactInput,
    *,
    mode: Mode,
    hasher: Hasher,
    now: datetime | None = None,
) -> ContactRow:
    """Make a contact. Its status is ``unsubscribed`` when its address is suppressed.

    Raises:
        InvalidError: with every fault of what is given.
        ContactExistsError: the address or the external id is another contact's; says whose.
    """
    change = rules.check_contact(given)
    if change.address is None:
        raise InvalidError.of("/email", "required", "An email address is needed")
    await note(session, change.attributes)
    values = _values(session, change, change.address, mode, hasher, now or clock.now())
    for _ in range(TRIES):
        made = await repository.insert_new(session, values)
        if made is not None:
            _wake(session, mode)
            return made
        await _refuse_taken(session, mode, values)
    raise BusyContactError


async def upsert_by_email(
    session: AnyTenantSession,
    email: str,
    given: ContactInput,
    *,
    mode: Mode,
    hasher: Hasher,
    now: datetime | None = None,
) -> Upserted:
    """Make the contact of an address, or merge into the one that has it.

    What is not given stays, attributes are merged, null clears; the status is never changed.

    Raises:
        InvalidError: with every fault of what is given.
        ContactExistsError: the external id is another contact's; says whose.
    """
    change, address = _checked_with(given, normalise, email)
    if change.address is not None and change.address.key != address.key:
        raise InvalidError.of(
            "/email", "another_address", "The address differs from the one in the path"
        )
    await note(session, change.attributes)
    values = _values(session, change, address, mode, hasher, now or clock.now())
    return await _upsert(session, Key.EMAIL, change, values)


async def upsert_by_external_id(
    session: TenantSession,
    external_id: str,
    given: ContactInput,
    *,
    mode: Mode,
    hasher: Hasher,
    now: datetime | None = None,
) -> Upserted:
    """Make the contact of an external id, or merge into the one that has it; may change its email.

    Raises:
        InvalidError: with every fault of what is given; no address is given and there is no
            such contact yet.
        ContactExistsError: the address is another contact's; says whose.
    """
    change, external_id = _checked_with(given, rules.check_external_id, external_id)
    if change.fields.get("external_id", external_id) != external_id:
        raise InvalidError.of(
            "/external_id", "another_external_id", "The external id differs from that in the path"
        )
    change.fields["external_id"] = external_id
    await note(session, change.attributes)
    now = now or clock.now()
    if change.address is not None:
        values = _values(session, change, change.address, mode, hasher, now)
        return await _upsert(session, Key.EXTERNAL_ID, change, values)
    found = await repository.alike(session, mode, email_key=None, external_id=external_id)
    locked = await repository.find(session, found[0].id, lock=True) if found else None
    if locked is None or locked.external_id != external_id:
        raise InvalidError.of("/email", "required", "A new contact needs an email address")
    saved = await write(session, locked, change, hasher=hasher, now=now)
    return Upserted(saved, created=False, changed=saved is not locked)


def _checked_with(given: ContactInput, check: Callable[[str], T], text: str) -> tuple[Change, T]:
    """The change and the path's own field, checked together, so that all faults come at once."""
    faults: list[FieldError] = []
    try:
        named = check(text)
    except InvalidError as fault:
        faults = fault.errors
    try:
        change = rules.check_contact(given)
    except InvalidError as fault:
        raise InvalidError([*faults, *fault.errors]) from None
    if faults:
        raise InvalidError(faults)
    return change, named


def _values(
    session: AnyTenantSession,
    change: Change,
    address: Address,
    mode: Mode,
    hasher: Hasher,
    now: datetime,
) -> dict[str, Any]:
    fields = change.fields
    return {
        "tenant_id": session.tenant_id,
        "id": ids.new_id(),
        "mode": mode,
        "email": address.email,
        "email_key": address.key,
        "email_hash": hasher(address.key),
        "name": fields.get("name"),
        "external_id": fields.get("external_id"),
        "timezone": fields.get("timezone"),
        "attributes": _json(change.attributes),
        "folded": _json(rules.fold(change.attributes)),
        "now": now,
        "removed": change.removed,
        "has_name": "name" in fields,
        "has_external_id": "external_id" in fields,
        "has_timezone": "timezone" in fields,
        "most": rules.ATTRIBUTES_MOST,
    }


def _json(attributes: Mapping[str, Value]) -> str:
    return msgspec.json.encode(attributes).decode()


async def _upsert(
    session: AnyTenantSession, key: Key, change: Change, values: dict[str, Any]
) -> Upserted:
    for _ in range(TRIES):
        try:
            row = await repository.upsert(session, key, values)
        except UniqueError:
            # Two took the same address or external id at the same instant, and this one came
            # second. What is left to do is to say whose it is now, in a transaction that can.
            await session.rollback()
            await _refuse_taken(session, values["mode"], values, key)
            raise BusyContactError from None
        if row is not None:
            _wake(session, values["mode"])
            return Upserted(row, created=row.id == values["id"], changed=True)
        unchanged = await _why_not(session, key, change, values)
        if unchanged is not None:
            return Upserted(unchanged, created=False, changed=False)
    raise BusyContactError


async def _why_not(
    session: AnyTenantSession, key: Key, change: Change, values: dict[str, Any]
) -> ContactRow | None:
    """The contact that is as wanted already; None when it has gone or changed in between.

    Raises:
        InvalidError: it would have too many attributes.
        ContactExistsError: the change would take what is another's.
    """
    mine = await _refuse_taken(session, values["mode"], values, key)
    if mine is None:
        return None
    number = len(change.attributes_after(mine.attributes))
    if number > rules.ATTRIBUTES_MOST:
        raise InvalidError([rules.too_many_attributes(number)])
    readdressed = key is Key.EXTERNAL_ID and mine.email != values["email"]
    return None if readdressed or change.differs(mine) else mine


async def _refuse_taken(
    session: AnyTenantSession, mode: Mode, values: dict[str, Any], key: Key | None = None
) -> ContactRow | None:
    """The contact that the key names, when there is one.

    Raises:
        ContactExistsError: another one has the address or the external id.
    """
    rows = await repository.alike(
        session, mode, email_key=values["email_key"], external_id=values["external_id"]
    )
    mine = None
    for row in rows:
        if key is not None and getattr(row, key) == values[key]:
            mine = row
        else:
            taken = "email" if row.email_key == values["email_key"] else "external_id"
            raise ContactExistsError(row.id, taken)
    return mine


def _wake(session: AnyTenantSession, mode: Mode) -> None:
    if mode == Mode.LIVE:
        jobs.wake(session, "contacts_changed")
