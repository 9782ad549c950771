"""The worker as a process over SMTP: the same ledger, no call to SES, nothing twice."""

import asyncio
from collections import Counter
from email import message_from_bytes

import pytest

from tenantcrm.database import Database
from tenantcrm.settings import Settings
from tenantcrm.tenants.models import Tenant
from tests.conftest import add_tenant
from tests.delivery.desk import settled, until
from tests.delivery.smtp.servers import RealServer, real_server, rude_server
from tests.delivery.world import World
from tests.fixtures.fake_ses import FakeSes
from tests.fixtures.programs import Program
from tests.test_worker import environment, working


@pytest.fixture
async def world(fresh_database: Database) -> World:
    """A tenant with a database of its own."""
    tenant_id = await add_tenant(fresh_database)
    async with fresh_database.control_unit_of_work() as session:
        (await session.get_one(Tenant, tenant_id)).send_rate = 10_000
    return World(fresh_database, tenant_id)


@pytest.fixture
def env(fresh_settings: Settings) -> dict[str, str]:
    """What the process is told: an SES that is not there, and no credentials for one."""
    nowhere = FakeSes()
    nowhere.url = "http://127.0.0.1:1"
    found = environment(fresh_settings, nowhere, SES_RATE="1000")
    for name in [name for name in found if name.startswith("AWS_")]:
        del found[name]
    return found


def over(env: dict[str, str], port: int) -> dict[str, str]:
    return env | {"TENANTCRM_SMTP_URL": f"smtp://127.0.0.1:{port}"}


def ids_of(seen: RealServer) -> Counter[str]:
    """The deliveries that arrived, by the Message-ID that we gave them."""
    found = [message_from_bytes(envelope.original_content) for envelope in seen.mails]
    return Counter(message["Message-ID"].strip("<>").partition("@")[0] for message in found)


async def test_mails_arrive_once(world: World, env: dict[str, str]):
    """Every due mail arrives, with its way out, and the ledger has the server's words."""
    await world.due(*[await world.contact() for _ in range(60)])
    async with real_server() as seen, working(over(env, seen.port)):
        assert await settled(world, 240) == {"sent": 60}
    mails = await world.mails()
    assert ids_of(seen) == Counter(mail.id.hex for mail in mails)
    assert all((mail.ses_message_id or "").startswith("smtp: 2.0.0 Ok") for mail in mails)
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in seen.mails[0].original_content
    assert seen.most_open <= 20


async def test_killed_in_the_middle(world: World, env: dict[str, str]):
    """SIGKILL in the middle: nothing arrives twice, and what nobody knows of is unknown."""
    await world.due(*[await world.contact() for _ in range(80)])
    async with real_server() as seen:
        seen.delay = 0.05
        slow = over(env, seen.port) | {"TENANTCRM_SEND_CONCURRENCY": "4"}

        async def arrived() -> bool:
            return len(seen.mails) >= 10

        async with working(slow) as worker:
            await until(arrived, 180)
            worker.kill()
            await worker.ended()
        async with working(slow):
            states = await settled(world, 240)
    assert set(states) <= {"sent", "unknown:lease_over"}
    assert sum(states.values()) == 80
    assert set(ids_of(seen).values()) == {1}
    assert len(seen.mails) >= states["sent"]


async def test_a_server_that_comes_back(world: World, env: dict[str, str]):
    """While the server turns everybody away mails wait; once it does not, each arrives once."""
    await world.due(*[await world.contact() for _ in range(5)])
    async with rude_server(mail="421 shutting down") as rude, working(over(env, rude.port)):

        async def turned_away() -> bool:
            return "pending:smtp_421" in await world.states()

        await until(turned_away, 180)
        rude.faults.clear()
        assert await settled(world, 240) == {"sent": 5}
    assert len(rude.taken) == 5


async def test_the_doctor_tries_it(env: dict[str, str], fresh_database: Database):
    """Well: it says how it is spoken to. Not: it names the setting and the server's words."""
    del fresh_database  # Its fixture has migrated.

    async def doctor(port: int) -> str:
        process = await asyncio.to_thread(
            Program, "tenantcrm.cli", "doctor", environment=over(env, port)
        )
        await process.ended()
        said = process.said()
        process.close()
        return said

    async with real_server() as seen:
        said = await doctor(seen.port)
    assert f"smtp: 127.0.0.1:{seen.port} answers, not encrypted, on this machine" in said
    assert "ses:" not in said
    async with rude_server(greeting="554 go away") as rude:
        said = await doctor(rude.port)
    assert "TENANTCRM_SMTP_URL: 554 go away" in said
