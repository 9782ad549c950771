"""Workers that die, imports that are cancelled, two at once: nothing is lost or done twice."""

import asyncio
import signal
from uuid import UUID

import asyncpg
import pytest

from tenantcrm.contacts.imports import service
from tenantcrm.contacts.imports.states import ImportState
from tenantcrm.database import Database
from tenantcrm.settings import Settings
from tests.conftest import add_tenant
from tests.contacts.imports.conftest import Desk, counts
from tests.fixtures.fake_ses import FakeSes
from tests.test_worker import environment, working

ROWS = 35_000
FILE = b"email,n\n" + b"".join(b"p%d@example.com,%d\n" % (n, n) for n in range(ROWS))
FILE += b"P0@example.com,1\n"
"""Whoever goes on in the middle still knows whom the beginning has named."""
HELD = 25_000
"""The row whose contact is held, so that the third batch waits for it."""


@pytest.fixture
async def own_desk(fresh_database: Database) -> Desk:
    """In a database of its own: its workers take up what they find."""
    return Desk(fresh_database, await add_tenant(fresh_database))


async def held(desk: Desk, settings: Settings) -> asyncpg.Connection:
    """A contact of the third batch, held as somebody who is changing it would."""
    await desk.run(b"email,n\np%d@example.com,0\n" % HELD)
    place = settings.database_url.split("@")[1]
    connection = await asyncpg.connect(f"postgresql://super@{place}")
    await connection.execute("BEGIN")
    await connection.execute(
        "SELECT FROM contacts WHERE email_key = $1 FOR UPDATE", f"p{HELD}@example.com"
    )
    return connection


async def came_to(desk: Desk, import_id: UUID, row: int) -> None:
    async with asyncio.timeout(240):
        while (await desk.get(import_id)).done_row < row:
            await asyncio.sleep(0.05)


async def everything_is_there(desk: Desk, import_id: UUID) -> None:
    found = await desk.get(import_id)
    assert counts(found) == {
        "rows": ROWS + 1, "created": ROWS - 1, "updated": 1, "unchanged": 0, "refused": 1,
        "not_mailable": 0,
    }  # fmt: skip
    contacts = await desk.contacts()
    assert len(contacts) == ROWS
    assert all(row["attributes"] == {"n": int(e[1:-12])} for e, row in contacts.items())


async def test_killed_in_the_middle(own_desk: Desk, fresh_settings: Settings):
    """A worker that is killed leaves its whole batches; another goes on behind them."""
    async with FakeSes().serving() as fake:
        holder = await held(own_desk, fresh_settings)
        import_id = await own_desk.upload(FILE, enter_campaigns=True)
        env = environment(fresh_settings, fake)
        async with working(env) as first:
            await came_to(own_desk, import_id, 20_001)
            first.send_signal(signal.SIGKILL)
            await first.ended()
        await holder.close()
        async with working(env), asyncio.timeout(240):
            while (await own_desk.get(import_id)).state == ImportState.IMPORTING:
                await asyncio.sleep(0.1)
        await everything_is_there(own_desk, import_id)


async def test_a_fault_after_good_batches_is_the_first(own_desk: Desk, fresh_settings: Settings):
    """Faults that lie behind good batches do not add up to the end of a long import."""
    place = fresh_settings.database_url.split("@")[1]
    connection = await asyncpg.connect(f"postgresql://super@{place}")
    check = f"ALTER TABLE contacts ADD CONSTRAINT no CHECK (email_key <> 'p{HELD}@example.com')"
    await connection.execute(check)
    import_id = await own_desk.upload(FILE)
    await connection.execute("UPDATE import_jobs SET attempts = 4")
    await own_desk.importer.sweep()
    await own_desk.importer.idle()
    found = await own_desk.get(import_id)
    assert (found.state, found.done_row) == (ImportState.IMPORTING, 20_001)
    await connection.execute("ALTER TABLE contacts DROP CONSTRAINT no")
    await connection.execute("UPDATE import_jobs SET run_at = now()")
    await connection.close()
    await own_desk.work(import_id)
    assert len(await own_desk.contacts()) == ROWS


async def test_stopped_and_gone_on_with(own_desk: Desk, fresh_settings: Settings):
    """A worker that is told to stop gives the import back after its batch, at once."""
    holder = await held(own_desk, fresh_settings)
    import_id = await own_desk.upload(FILE)
    await own_desk.importer.sweep()
    await came_to(own_desk, import_id, 20_001)
    stopping = asyncio.create_task(own_desk.importer.stop(60))
    await asyncio.sleep(0)
    await holder.close()
    await stopping
    found = await own_desk.get(import_id)
    assert (found.state, found.leased_until) == (ImportState.IMPORTING, None)
    assert found.done_row < ROWS
    await Desk(own_desk.database, own_desk.tenant_id).work(import_id)
    await everything_is_there(own_desk, import_id)


async def test_cancelled_in_the_middle(own_desk: Desk, fresh_settings: Settings):
    """The batch that is under way is the last one that could come, and does not; the file is gone,
    what was written stays."""
    holder = await held(own_desk, fresh_settings)
    import_id = await own_desk.upload(FILE)
    await own_desk.importer.sweep()
    await came_to(own_desk, import_id, 20_001)
    async with own_desk.database.unit_of_work(own_desk.tenant_id) as session:
        await service.cancel(session, import_id, actor="user:1")
    await holder.close()
    await own_desk.importer.idle()
    found = await own_desk.get(import_id)
    assert (found.state, found.rows) == (ImportState.CANCELLED, 20_000)
    assert len(await own_desk.contacts()) == 20_001
    async with own_desk.database.unit_of_work(own_desk.tenant_id) as session:
        assert await session.fetch("SELECT number FROM import_chunks") == []


async def test_two_imports_of_the_same_people(own_desk: Desk):
    """Two workers, the same addresses the other way round: each row is told once as new."""
    other = Desk(own_desk.database, own_desk.tenant_id)
    lines = FILE.splitlines()[1:15_000]
    first = await own_desk.upload(b"\n".join([b"email,a", *lines]))
    second = await own_desk.upload(b"\n".join([b"email,b", *lines[::-1]]))
    await asyncio.gather(own_desk.work(first), other.work(second))
    one, two = await own_desk.get(first), await own_desk.get(second)
    assert one.created + two.created == len(lines)
    assert one.updated + two.updated == len(lines)
    contacts = await own_desk.contacts()
    assert all(set(row["attributes"]) == {"a", "b"} for row in contacts.values())


async def test_worked_at_by_one(own_desk: Desk):
    """Two workers that find the same import: one has it, the other leaves it alone."""
    other = Desk(own_desk.database, own_desk.tenant_id)
    import_id = await own_desk.upload(FILE)
    await asyncio.gather(own_desk.work(import_id), other.work(import_id))
    found = await own_desk.get(import_id)
    assert (found.created, found.refused, found.fence) == (ROWS, 1, 1)
