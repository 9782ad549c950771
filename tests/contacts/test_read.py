"""Finding contacts: pages, searches, counts, audiences."""

from uuid import UUID

import pytest

from tenantcrm.contacts import service
from tenantcrm.contacts.filters import FilterError
from tenantcrm.contacts.schemas import ContactInput
from tenantcrm.contacts.service import Hasher
from tenantcrm.database import Database
from tenantcrm.errors import InvalidError, NotFoundError
from tenantcrm.tenants.models import Mode


@pytest.fixture
async def people(database: Database, tenant_id: UUID, hasher: Hasher) -> list[UUID]:
    """Six contacts: Ada 0 to Ada 5, of whom two are unsubscribed in two ways."""
    made = []
    async with database.unit_of_work(tenant_id) as session:
        for n in range(6):
            given = ContactInput(
                email=f"Ada{n}@example.com",
                name=f"Ada {n}",
                external_id=f"u_{n}",
                attributes={"plan": "pro" if n < 4 else "free"},
            )
            row = await service.create(session, given, mode=Mode.LIVE, hasher=hasher)
            made.append(row.id)
        first = await service.lock(session, made[0])
        await service.mark_suppressed(session, first, None)
        await service.suppress(session, mode=Mode.LIVE, email_hash=hasher("ada1@example.com"))
    return made


async def test_pages_in_both_directions(database: Database, tenant_id: UUID, people: list[UUID]):
    """Oldest or newest first, the pages follow one another to the end."""
    for newest_first in (False, True):
        seen, after = [], None
        while True:
            async with database.unit_of_work(tenant_id) as session:
                page = await service.listed(
                    session, mode=Mode.LIVE, newest_first=newest_first, after=after, limit=4
                )
            seen += [row.id for row in page.rows]
            after = page.next
            if after is None:
                break
        assert seen == (people[::-1] if newest_first else people)


async def test_search(database: Database, tenant_id: UUID, people: list[UUID]):
    """Words are sought in addresses and names as they stand; an external id as a whole."""
    async with database.unit_of_work(tenant_id) as session:

        async def found(search: str) -> list[UUID]:
            page = await service.listed(session, mode=Mode.LIVE, search=search)
            assert len(page.rows) == await service.count(session, mode=Mode.LIVE, search=search)
            return [row.id for row in page.rows]

        assert await found("ADA3@") == [people[3]]
        assert await found("a 5") == [people[5]]
        assert await found("u_2") == [people[2]]
        assert await found("%") == []
        assert await found("u_") == []


async def test_audience(database: Database, tenant_id: UUID, people: list[UUID]):
    """Who matches and cannot be mailed is counted by reason, also where only a hash knows why."""
    async with database.unit_of_work(tenant_id) as session:
        found = await service.audience(session, "plan=pro", mode=Mode.LIVE)
        nobody = await service.audience(session, "plan=none", mode=Mode.LIVE)
    assert (found.eligible, found.excluded) == (2, {"unsubscribed": 1, "suppressed": 1})
    assert [row.id for row in found.sample] == [people[3], people[2]]
    assert (nobody.eligible, nobody.excluded, nobody.sample) == (0, {}, [])


async def test_refusals(database: Database, tenant_id: UUID, people: list[UUID]):
    """A bad filter, a foreign cursor and a contact of the other mode are refused."""
    async with database.unit_of_work(tenant_id) as session:
        with pytest.raises(FilterError):
            await service.count(session, mode=Mode.LIVE, filter_text="plan=")
        page = await service.listed(session, mode=Mode.LIVE, limit=1)
        for other in ({"search": "x"}, {"newest_first": True}, {"filter_text": "a=b"}):
            with pytest.raises(InvalidError, match="another list"):
                await service.listed(session, mode=Mode.LIVE, after=page.next, **other)
        with pytest.raises(NotFoundError):
            await service.get(session, people[0], mode=Mode.TEST)
        with pytest.raises(NotFoundError):
            await service.get_by_email(session, "ada0@example.com", mode=Mode.TEST)
        found = await service.get_by_email(session, "ada0@example.com", mode=Mode.LIVE)
        assert found.id == people[0]
