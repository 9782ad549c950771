"""Taking contacts in: create, upsert by address, upsert by external id."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import pytest

from tenantcrm import jobs
from tenantcrm.contacts import service
from tenantcrm.contacts.errors import ContactExistsError
from tenantcrm.contacts.schemas import ContactInput, ContactRow, Upserted
from tenantcrm.contacts.service import Hasher
from tenantcrm.database import Database
from tenantcrm.errors import InvalidError
from tenantcrm.tenants.models import Mode


class Contacts:
    """Each call is a unit of work of its own, as requests are."""

    def __init__(
        self, database: Database, tenant_id: UUID, hasher: Hasher, *, direct: bool
    ) -> None:
        self.database, self.tenant_id, self.hasher = database, tenant_id, hasher
        self.upserting = database.direct_unit_of_work if direct else database.unit_of_work

    async def create(self, mode: Mode = Mode.LIVE, **given: object) -> ContactRow:
        async with self.database.unit_of_work(self.tenant_id) as session:
            given_ = ContactInput(**given)
            return await service.create(session, given_, mode=mode, hasher=self.hasher)

    async def put(self, email: str, mode: Mode = Mode.LIVE, **given: object) -> Upserted:
        async with self.upserting(self.tenant_id) as session:
            return await service.upsert_by_email(
                session, email, ContactInput(**given), mode=mode, hasher=self.hasher
            )

    async def put_id(self, external_id: str, **given: object) -> Upserted:
        async with self.database.unit_of_work(self.tenant_id) as session:
            return await service.upsert_by_external_id(
                session, external_id, ContactInput(**given), mode=Mode.LIVE, hasher=self.hasher
            )

    async def suppress(self, email: str, reason: str = "unsubscribed") -> None:
        async with self.database.unit_of_work(self.tenant_id) as session:
            await service.suppress(
                session, mode=Mode.LIVE, email_hash=self.hasher(email), reason=reason
            )


@pytest.fixture(params=["session", "driver"])
def contacts(
    request: pytest.FixtureRequest, database: Database, tenant_id: UUID, hasher: Hasher
) -> Contacts:
    """By both ways to the database, which do the same."""
    return Contacts(database, tenant_id, hasher, direct=request.param == "driver")


def codes(fault: pytest.ExceptionInfo[InvalidError]) -> list[tuple[str, str]]:
    return [(e.pointer, e.code) for e in fault.value.errors]


async def test_first_put_creates(contacts: Contacts):
    """The first upsert of an address makes the contact; the second finds it."""
    first = await contacts.put("ada@example.com", name="Ada", attributes={"plan": "pro"})
    again = await contacts.put("ada@example.com", name="Ada", attributes={"plan": "pro"})
    assert (first.created, first.changed) == (True, True)
    assert (again.created, again.changed) == (False, False)
    assert again.contact == first.contact


async def test_put_merges(contacts: Contacts):
    """Attributes are merged, null removes, what is not given stays, an address keeps its form."""
    first = await contacts.put(
        "Ada@Example.com", name="Ada", attributes={"plan": "pro", "seats": 3, "old": True}
    )
    merged = await contacts.put("ada@example.com", attributes={"seats": 4, "old": None, "new": "x"})
    assert merged.contact.id == first.contact.id
    assert merged.contact.name == "Ada"
    assert merged.contact.email == "Ada@example.com"
    assert merged.contact.attributes == {"plan": "pro", "seats": 4, "new": "x"}
    assert merged.contact.updated_at > first.contact.updated_at
    cleared = await contacts.put("ada@example.com", name=None)
    assert cleared.contact.name is None


async def test_unchanged_is_untouched(contacts: Contacts):
    """An upsert of what is so already leaves updated_at alone, also for 1.0 and an absent null."""
    first = await contacts.put("ada@example.com", attributes={"n": 1, "b": True})
    again = await contacts.put("ada@example.com", attributes={"n": 1.0, "gone": None})
    assert not again.changed
    assert again.contact.updated_at == first.contact.updated_at
    large = await contacts.put("ada@example.com", attributes={"big": 4.356178778918377e16})
    same = await contacts.put("ada@example.com", attributes={"big": 4.356178778918377e16})
    assert (large.changed, same.changed) == (True, False)
    typed = await contacts.put("ada@example.com", attributes={"b": 1})
    assert typed.changed
    assert typed.contact.attributes["b"] == 1
    assert not isinstance(typed.contact.attributes["b"], bool)


async def test_numbers_are_exact(contacts: Contacts):
    """Whole numbers beyond 2**53 come back digit by digit, and doubles as they were."""
    given = {"id": 2**63 + 1, "low": -(10**29), "pi": 3.141592653589793, "tiny": 5e-324}
    found = (await contacts.put("ada@example.com", attributes=given)).contact.attributes
    assert found == given
    assert all(type(found[name]) is type(given[name]) for name in given)


async def test_attributes_are_limited_after_merging(contacts: Contacts):
    """The hundred and first attribute is refused, and may come when another goes."""
    await contacts.put("ada@example.com", attributes={f"a{n}": n for n in range(100)})
    with pytest.raises(InvalidError) as fault:
        await contacts.put("ada@example.com", attributes={"b": 1})
    assert codes(fault) == [("/attributes", "too_many_attributes")]
    swapped = await contacts.put("ada@example.com", attributes={"b": 1, "a0": None})
    assert len(swapped.contact.attributes) == 100


async def test_racing_attributes_stay_limited(contacts: Contacts):
    """Writers at the same instant never pass the limit together."""
    await contacts.put("ada@example.com", attributes={f"a{n}": n for n in range(95)})
    results = await asyncio.gather(
        *(contacts.put("ada@example.com", attributes={f"b{n}": n}) for n in range(8)),
        return_exceptions=True,
    )
    refused = [r for r in results if isinstance(r, InvalidError)]
    final = (await contacts.put("ada@example.com")).contact
    assert len(refused) == 3
    assert len(final.attributes) == 100


async def test_racing_puts_make_one(contacts: Contacts):
    """Of upserts of one address at the same instant one creates, and no attribute is lost."""
    results = await asyncio.gather(
        *(contacts.put("ada@example.com", attributes={f"a{n}": n}) for n in range(8))
    )
    assert sum(r.created for r in results) == 1
    assert len({r.contact.id for r in results}) == 1
    assert (await contacts.put("ada@example.com")).contact.attributes == {
        f"a{n}": n for n in range(8)
    }


async def test_racing_creates_make_one(contacts: Contacts):
    """Of creations at the same instant one succeeds; the others learn its id."""
    forms = ["ada@example.com", "ADA@example.com", "Ada@Example.COM", "aDa@example.com"] * 2
    results = await asyncio.gather(
        *(contacts.create(email=form) for form in forms), return_exceptions=True
    )
    made = [r for r in results if isinstance(r, ContactRow)]
    refused = [r for r in results if isinstance(r, ContactExistsError)]
    assert (len(made), len(refused)) == (1, 7)
    assert {r.contact_id for r in refused} == {made[0].id}


async def test_create_needs_an_address(contacts: Contacts):
    """A contact without an address is refused."""
    with pytest.raises(InvalidError) as fault:
        await contacts.create(name="Ada")
    assert codes(fault) == [("/email", "required")]


async def test_external_id_finds_and_readdresses(contacts: Contacts):
    """An upsert by external id makes the contact, then may change its address."""
    first = await contacts.put_id("u_42", email="ada@example.com", attributes={"a": 1})
    moved = await contacts.put_id("u_42", email="ada@example.org", attributes={"b": 2})
    found = await contacts.put("ada@example.org")
    assert first.created
    assert not moved.created
    assert found.contact.id == first.contact.id
    assert found.contact.attributes == {"a": 1, "b": 2}
    assert found.contact.external_id == "u_42"


async def test_external_id_without_address(contacts: Contacts):
    """Without an address, one by external id changes who is there and creates nobody."""
    with pytest.raises(InvalidError) as fault:
        await contacts.put_id("u_1", name="Ada")
    assert codes(fault) == [("/email", "required")]
    await contacts.put_id("u_1", email="ada@example.com")
    named = await contacts.put_id("u_1", name="Ada")
    again = await contacts.put_id("u_1", name="Ada")
    assert (named.contact.name, named.changed, again.changed) == ("Ada", True, False)


async def test_foreign_address_is_refused(contacts: Contacts):
    """Nobody takes another contact's address or external id; the refusal says whose it is."""
    ada = (await contacts.put_id("u_1", email="ada@example.com")).contact
    await contacts.put_id("u_2", email="bob@example.com")
    for attempt in (
        contacts.put_id("u_2", email="ADA@example.com"),
        contacts.put("bob@example.com", external_id="u_1"),
        contacts.put("new@example.com", external_id="u_1"),
        contacts.put_id("u_3", email="ada@example.com"),
        contacts.create(email="third@example.com", external_id="u_1"),
    ):
        with pytest.raises(ContactExistsError) as fault:
            await attempt
        assert fault.value.contact_id == ada.id


async def test_racing_external_ids(contacts: Contacts):
    """Of contacts that take one external id at the same instant one gets it, the others its id."""
    results = await asyncio.gather(
        *(contacts.put(f"p{n}@example.com", external_id="u_1") for n in range(8)),
        return_exceptions=True,
    )
    made = [r for r in results if isinstance(r, Upserted)]
    refused = [r for r in results if isinstance(r, ContactExistsError)]
    assert (len(made), len(refused)) == (1, 7)
    assert {r.contact_id for r in refused} == {made[0].contact.id}


async def test_suppressed_stays_unsubscribed(contacts: Contacts):
    """Whoever had unsubscribed is so again when taken in anew, by whichever way and form."""
    await contacts.suppress("ada@example.com")
    await contacts.suppress("bob@example.com", "bounced")
    assert (await contacts.put("ADA@example.com")).contact.status == "unsubscribed"
    assert (await contacts.create(email="bob@example.com")).status == "bounced"
    moved = await contacts.put_id("u_1", email="new@example.com")
    assert moved.contact.status == "subscribed"
    assert (await contacts.create(Mode.TEST, email="ada@example.com")).status == "subscribed"


async def test_upsert_never_resubscribes(contacts: Contacts):
    """A new address does not make a subscriber of somebody who has unsubscribed."""
    await contacts.suppress("ada@example.com")
    await contacts.put_id("u_1", email="ada@example.com")
    moved = await contacts.put_id("u_1", email="ada@example.org")
    assert moved.contact.status == "unsubscribed"
    await contacts.put_id("u_2", email="bob@example.com")
    await contacts.suppress("bob@example.org")
    assert (await contacts.put_id("u_2", email="bob@example.org")).contact.status == "unsubscribed"


async def test_modes_are_apart(contacts: Contacts):
    """One address is two contacts, one for live keys and one for test keys."""
    live = await contacts.put("ada@example.com", external_id="u_1")
    test = await contacts.put("ada@example.com", Mode.TEST, external_id="u_1")
    assert test.created
    assert live.contact.id != test.contact.id


async def test_every_fault_at_once(contacts: Contacts):
    """One refusal names all that is wrong, each with its place, and nothing is written."""
    with pytest.raises(InvalidError) as fault:
        await contacts.put(
            "no address",
            name="x" * 201,
            timezone="Mars/Olympus",
            external_id=" ",
            attributes={
                "Bad": 1,
                "list": [],
                "nan": float("nan"),
                "nul": "a\0b",
                "day": "2026-02-30",
            },
        )
    assert codes(fault) == [
        ("/email", "invalid_email"),
        ("/name", "too_long"),
        ("/external_id", "required"),
        ("/timezone", "unknown_timezone"),
        ("/attributes/Bad", "invalid_attribute_name"),
        ("/attributes/list", "invalid_type"),
        ("/attributes/nan", "number_too_large"),
        ("/attributes/nul", "invalid_text"),
        ("/attributes/day", "invalid_date"),
    ]


async def test_wakes_the_scan(contacts: Contacts, monkeypatch: pytest.MonkeyPatch):
    """A live contact that is new or changed rings once it is committed; anything else does not."""
    rung: list[tuple[str, UUID | None]] = []

    class Bell:
        async def ring(self, wake_ups: Sequence[jobs.WakeUp]) -> None:
            rung.extend((w.name, w.tenant_id) for w in wake_ups)

    monkeypatch.setattr(jobs._Current, "doorbell", Bell())
    await contacts.put("ada@example.com", attributes={"a": 1})
    await contacts.put("ada@example.com", attributes={"a": 2})
    assert rung == [("contacts_changed", contacts.tenant_id)] * 2
    await contacts.put("ada@example.com", attributes={"a": 2})
    await contacts.put("ada@example.com", Mode.TEST, attributes={"a": 1})
    with pytest.raises(InvalidError):
        await contacts.put("ada@example.com", name="x" * 201)
    assert len(rung) == 2
