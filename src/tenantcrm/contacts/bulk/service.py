"""Begin, look at and cancel bulk actions. What they do is done by workers, batch by batch."""

from typing import Any
from uuid import UUID

from msgspec import Struct

from tenantcrm import clock, jobs
from tenantcrm.contacts import rules
from tenantcrm.contacts.bulk.models import BulkAction
from tenantcrm.contacts.bulk.repository import actions as repository
from tenantcrm.contacts.bulk.repository import meant
from tenantcrm.contacts.bulk.states import ON_ATTRIBUTES, BulkState, What
from tenantcrm.contacts.schemas import ContactInput, Size, Value
from tenantcrm.contacts.service import lists
from tenantcrm.contacts.service.attributes import note
from tenantcrm.database import TenantSession
from tenantcrm.errors import InvalidError, NotFoundError
from tenantcrm.tenants.service import audit

PICKED_MOST = 1_000
"""Contacts that are named one by one."""


class Chosen(Struct, frozen=True, kw_only=True):
    """Whom a bulk action is about: those who are named, or (None) all who are looked for."""

    asked: lists.Asked
    contact_ids: tuple[UUID, ...] | None = None


async def how_many(session: TenantSession, chosen: Chosen) -> int:
    """How many contacts there are, exactly.

    Raises:
        FilterError: the filter cannot be read.
    """
    if chosen.contact_ids is not None:
        picked = list(chosen.contact_ids)
        return await repository.count_of(session, chosen.asked.mode, picked)
    return (await lists.found(session, chosen.asked, whole=Size(0), seconds=None)).number


def check(what: What, attribute: str, value: Value) -> None:
    """Refuse an attribute that no contact could have.

    Raises:
        InvalidError: at ``/attribute`` or ``/value``.
    """
    if what not in ON_ATTRIBUTES:
        return
    if not attribute:
        raise InvalidError.of("/attribute", "required", "Name the attribute")
    if what is What.SET and value is None:
        raise InvalidError.of("/value", "required", "Type a value; to take one away, clear it")
    try:
        rules.check_contact(ContactInput(attributes={attribute: value}))
    except InvalidError as fault:
        first = fault.errors[0]
        field = "/attribute" if first.code == "invalid_attribute_name" else "/value"
        raise InvalidError.of(field, first.code, first.message) from None


async def start(
    session: TenantSession,
    bulk_id: UUID,
    chosen: Chosen,
    what: What,
    *,
    attribute: str = "",
    value: Value = None,
    actor: str,
    confirmed: int | None = None,
) -> UUID:
    """Begin a bulk action under an id that the caller made; twice is as good as once.

    It is about those who match now, and nobody who comes to match later. ``confirmed``: how many
    it may be.

    Raises:
        InvalidError: the attribute or its value cannot be; or, at ``/confirm``, there are more or
            fewer by now: then the unit of work must be rolled back.
        FilterError: the filter cannot be read.
    """
    check(what, attribute, value)
    asked = chosen.asked
    picked = chosen.contact_ids
    number = 0 if picked is None else await how_many(session, chosen)
    values: dict[str, Any] = {
        "id": bulk_id,
        "mode": asked.mode.value,
        "what": what.value,
        "filter": asked.filter_text,
        "search": asked.search,
        "anywhere": asked.anywhere,
        "contact_ids": None if picked is None else list(picked),
        "attribute": attribute if what in ON_ATTRIBUTES else "",
        "value": value if what is What.SET else None,
        "actor": actor,
        "state": BulkState.RUNNING.value,
        "expected": number,
        "created_at": clock.now(),
        "seen": 0, "changed": 0, "refused": 0, "fault": "",
    }  # fmt: skip
    if not await repository.add(session, values):
        return bulk_id
    if picked is None:
        number = await meant.write_down(session, bulk_id, lists.condition(session, asked))
    if confirmed not in (None, number):
        words = f"There are {number} by now, not {confirmed}. Type {number}."
        raise InvalidError.of("/confirm", "confirm", words)
    if what is What.SET:
        await note(session, {attribute: value})
    await repository.schedule(session, bulk_id, clock.real_now())
    await audit.record(
        session,
        actor=actor,
        action="started",
        subject="bulk_action",
        subject_id=bulk_id,
        name=f"{what} {attribute}".strip(),
        changes={"contacts": (None, number)},
    )
    jobs.wake(session, "bulk_actions")
    return bulk_id


async def get(session: TenantSession, bulk_id: UUID) -> BulkAction:
    """One bulk action.

    Raises:
        NotFoundError: there is none.
    """
    found = await repository.find(session, bulk_id)
    if found is None:
        raise NotFoundError("There is no such bulk action")
    return found


async def recent(session: TenantSession, most: int = 10) -> list[BulkAction]:
    """The last bulk actions."""
    return await repository.newest(session, most)


async def cancel(session: TenantSession, bulk_id: UUID, *, actor: str) -> bool:
    """Stop a bulk action behind the batch that is under way; False where it is over already.

    Raises:
        NotFoundError: there is none.
    """
    found = await repository.find(session, bulk_id, lock=True)
    if found is None:
        raise NotFoundError("There is no such bulk action")
    if found.state != BulkState.RUNNING:
        return False
    await end(session, found, BulkState.CANCELLED, actor=actor)
    return True


async def end(
    session: TenantSession, action: BulkAction, state: BulkState, *, actor: str, fault: str = ""
) -> None:
    """A bulk action, which the caller holds, is over: what was done to how many stays, and nothing
    by which somebody could be known again.
    """
    action.state, action.ended_at, action.fault = state.value, clock.now(), fault
    action.filter = action.search = ""
    action.contact_ids = action.after_id = action.value = None
    await repository.unschedule(session, action.id)
    await meant.forget(session, action.id)
    await audit.record(
        session,
        actor=actor,
        action="finished" if state is BulkState.DONE else state.value,
        subject="bulk_action",
        subject_id=action.id,
        name=f"{action.what} {action.attribute}".strip(),
        changes={"contacts": (action.expected, action.changed)},
    )
