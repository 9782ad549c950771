"""Upsert many contacts in one transaction, as sets; what is wrong with one hurts no other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from tenantcrm import clock, jobs
from tenantcrm.contacts import repository, rules
from tenantcrm.contacts.addresses import Address
from tenantcrm.contacts.errors import ContactExistsError
from tenantcrm.contacts.imports.repository import staging
from tenantcrm.contacts.imports.sheets import sheet
from tenantcrm.contacts.imports.staged import Staged, columns_of, finish, staged_change
from tenantcrm.contacts.schemas import ContactInput, Value
from tenantcrm.contacts.service.attributes import note
from tenantcrm.database import TenantSession
from tenantcrm.errors import FieldError, InvalidError, TenantCrmError
from tenantcrm.tenants.models import Mode


@dataclass(slots=True)
class Result:
    """What became of one: ``created``, ``updated``, ``unchanged``, or the refusal."""

    id: UUID | None = None
    outcome: str = ""
    refusal: TenantCrmError | None = None


@dataclass(slots=True)
class _Rounds:
    """Rows in rounds: whoever is named twice is upserted twice, in order."""

    rounds: list[list[Staged]] = field(default_factory=list)
    _last: dict[str, int] = field(default_factory=dict)

    def add(self, row: Staged) -> None:
        keys = [f"@{row.email_key}"]
        if row.external_id is not None:
            keys.append(f"#{row.external_id}")
        number = max(self._last.get(key, -1) for key in keys) + 1
        self._last |= dict.fromkeys(keys, number)
        if number == len(self.rounds):
            self.rounds.append([])
        self.rounds[number].append(row)


async def upsert_many(
    session: TenantSession,
    given: Sequence[ContactInput | InvalidError],
    *,
    mode: Mode,
    hash_key: bytes,
    now: datetime | None = None,
) -> list[Result]:
    """Upsert contacts by their addresses, or, where none is given, by their external ids.

    A fault in the place of a contact is given back in its place. As with a single upsert, what is
    left out stays, attributes are merged, null clears, and the status is never changed.

    Raises:
        CollidedError: others wrote the same contacts meanwhile; nothing of it may be committed.
    """
    now = now or clock.now()
    results = [Result() for _ in given]
    known = await _addresses(session, mode, given)
    rounds, seen = _Rounds(), dict[str, Value]()
    for place, item in enumerate(given):
        try:
            rounds.add(_staged(place, item, known))
        except TenantCrmError as refusal:
            results[place].refusal = refusal
    for item in given:
        if isinstance(item, ContactInput) and item.attributes:
            seen |= {n: v for n, v in item.attributes.items() if v is not None}
    sound = {
        name: value
        for name, value in seen.items()
        if rules.name_fault(name) is None and rules.value_fault(value) is None
    }
    await note(session, sound)
    for number, rows in enumerate(rounds.rounds):
        stage = staging.restage if number else staging.stage
        columns = columns_of(rows)
        finish(columns, hash_key)
        await stage(session, sheet(columns))
        for done in await staging.write_each(session, mode, now):
            results[done.row] = _result(done)
    if mode is Mode.LIVE and any(r.outcome in {"created", "updated"} for r in results):
        jobs.wake(session, "contacts_changed")
    return results


def _staged(
    place: int,
    item: ContactInput | InvalidError,
    known: Mapping[str, Address],
) -> Staged:
    if isinstance(item, InvalidError):
        raise item
    change = rules.check_contact(item)
    address = change.address or known.get(change.fields.get("external_id") or "")
    if address is None:
        words = "A contact is known by its email, or by the external id of one that is there"
        raise InvalidError.of("/email", "required", words)
    return staged_change(place, change, address)


async def _addresses(
    session: TenantSession, mode: Mode, given: Sequence[ContactInput | InvalidError]
) -> dict[str, Address]:
    """The addresses of those who are given by an external id alone."""
    wanted = {
        item.external_id.strip()
        for item in given
        if isinstance(item, ContactInput)
        and not isinstance(item.email, str)
        and isinstance(item.external_id, str)
    }
    return await repository.addresses_of(session, mode, wanted) if wanted else {}


def _result(done: staging.Outcome) -> Result:
    if done.outcome == "taken" and done.other_id is not None:
        return Result(refusal=ContactExistsError(done.other_id, "external_id"))
    if done.outcome == "too_many":
        words = f"A contact has at most {rules.ATTRIBUTES_MOST} attributes; this would be more"
        fault = FieldError("/attributes", "too_many_attributes", words)
        return Result(refusal=InvalidError([fault]))
    return Result(done.id, done.outcome)
