"""The engine: what is due leaves once, within the rates, whatever SES answers."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from redis.asyncio import Redis

from tenantcrm.contacts.models import Contact
from tenantcrm.database import Database
from tenantcrm.delivery import steps
from tenantcrm.delivery.service import queue_system_mail, unsubscribe
from tenantcrm.delivery.states import Kind
from tenantcrm.rates import Limiter
from tenantcrm.tenants.models import Tenant
from tests.conftest import add_tenant
from tests.delivery.desk import Desk, settled, until
from tests.delivery.world import World
from tests.fixtures.fake_ses import Behaviour, FakeSes
from tests.fixtures.services import free_port


@pytest.fixture
def database(fresh_database: Database) -> Database:
    """A database of the test's own: an engine sends whatever is due in it."""
    return fresh_database


@pytest.fixture
async def fast(database: Database, world: World) -> World:
    """The tenant, without a rate that would slow the test down."""
    await rate(database, world, 10_000)
    return world


async def rate(database: Database, world: World, mails_a_second: float) -> None:
    async with database.control_unit_of_work() as session:
        tenant = await session.get_one(Tenant, world.tenant_id)
        tenant.send_rate = mails_a_second


async def contacts(world: World, count: int) -> list:
    return [await world.contact() for _ in range(count)]


async def test_two_workers_send_nothing_twice(desk: Desk, fast: World, fake: FakeSes):
    """Everything due is sent, each mail once, by workers side by side."""
    await fast.due(*await contacts(fast, 60))
    async with desk.engines(3, concurrency=8):
        assert await settled(fast) == {"sent": 60}
    assert set(fake.asked.values()) == {1}
    assert len(fake.asked) == 60


@pytest.mark.parametrize(
    ("behaviour", "ends"),
    [
        (Behaviour.REJECT, "failed:MessageRejected"),
        (Behaviour.BROKEN, "unknown:no_answer"),
        (Behaviour.ACCEPT_AND_RESET, "unknown:no_answer"),
    ],
)
async def test_final_answers(
    desk: Desk, fast: World, fake: FakeSes, behaviour: Behaviour, ends: str
):
    """A refusal for good and an uncertain answer each end it: there is no second request."""
    await fast.due(*await contacts(fast, 3))
    fake.behave = lambda _delivery: behaviour
    async with desk.engines():
        assert await settled(fast) == {ends: 3}
    assert set(fake.asked.values()) == {1}
    for mail in await fast.mails():
        assert "@" not in (mail.detail or "")


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour.TOO_FAST,
        Behaviour.QUOTA,
        Behaviour.SUSPENDED,
        Behaviour.MAIL_FROM,
        Behaviour.NOT_LET_IN,
    ],
)
async def test_refused_for_now(desk: Desk, fast: World, fake: FakeSes, behaviour: Behaviour):
    """What SES has certainly not taken goes back to the queue, rests, and is sent later."""
    await fast.due(*await contacts(fast, 2))
    fake.behave = lambda _delivery: behaviour
    async with desk.engines():
        await until(lambda: all_rest(fast))
    assert len(fake.asked) == 2
    assert fake.accepted == {}
    fake.behave = lambda _delivery: Behaviour.ACCEPT
    await desk.rest_over(fast)
    await desk.send(fast)
    assert await fast.states() == {"sent": 2}
    assert set(fake.accepted.values()) == {1}


async def all_rest(world: World) -> bool:
    return all(m.state == "pending" and m.retry_at is not None for m in await world.mails())


async def test_ses_that_is_not_there(desk: Desk, fast: World):
    """Where nobody listens, no request has left: the mail waits, and nothing is unknown."""
    await fast.due(await fast.contact())
    nowhere = replace(desk.settings, ses_endpoint_url=f"http://127.0.0.1:{free_port()}")
    async with Desk.opened(desk.database, nowhere, desk.limiter.link.redis) as away, away.engines():
        await until(lambda: all_rest(fast))
    assert await fast.states() == {"pending:unreachable": 1}


async def test_ses_that_never_answers(desk: Desk, fast: World, fake: FakeSes, monkeypatch):
    """A request past its deadline is unknown: SES may have it."""
    monkeypatch.setattr("tenantcrm.delivery.ses.DEADLINE", 3.0)
    await fast.due(await fast.contact())
    fake.behave = lambda _delivery: Behaviour.ACCEPT_AND_HANG
    async with desk.engines():
        assert await settled(fast) == {"unknown:no_answer": 1}
    assert list(fake.accepted.values()) == [1]


async def test_no_tenant_exceeds_its_rate(desk: Desk, world: World, database: Database):
    """A tenant's mails leave at its rate: its burst, then as many a second."""
    await rate(database, world, 5)
    await world.due(*await contacts(world, 30))
    begun = time.monotonic()
    async with desk.engines(2):
        await until(lambda: at_least(world, 10))
        seconds = time.monotonic() - begun
        sent = (await world.states()).get("sent", 0)
    assert sent <= 5 + 5 * (seconds + 0.5) + 1


async def at_least(world: World, count: int) -> bool:
    return (await world.states()).get("sent", 0) >= count


async def test_account_rate_holds_for_all(desk: Desk, fast: World, database: Database):
    """All tenants together stay within the account's rate."""
    rival = World(database, await add_tenant(database, "Rival"))
    await rate(database, rival, 10_000)
    desk.account.allow(20)
    for world in (fast, rival):
        await world.due(*await contacts(world, 20))
    begun = time.monotonic()
    async with desk.engines(2):
        await until(lambda: at_least(fast, 8))
        seconds = time.monotonic() - begun
        sent = sum([(await w.states()).get("sent", 0) for w in (fast, rival)])
    assert sent <= 20 * (seconds + 1)


async def test_nobody_waits_behind_a_big_queue(desk: Desk, fast: World, database: Database):
    """One mail of another tenant goes before the rest of a long queue."""
    rival = World(database, await add_tenant(database, "Rival"))
    desk.account.allow(40)
    await fast.due(*await contacts(fast, 120))
    async with desk.engines(concurrency=10):
        await until(lambda: at_least(fast, 10))
        await rival.due(await rival.contact())
        await until(lambda: at_least(rival, 1))
        assert (await fast.states()).get("pending", 0) > 0


async def test_suspended_in_mid_campaign(desk: Desk, fast: World, fake: FakeSes):
    """While a tenant is suspended nothing of it leaves but our own mail; then the rest does."""
    desk.account.allow(20)
    await fast.due(*await contacts(fast, 30))
    async with desk.engines(concurrency=4) as (engine,):
        await until(lambda: at_least(fast, 5))
        await fast.suspend()
        await asyncio.sleep(0.5)
        before = await fast.states()
        async with fast.database.unit_of_work(fast.tenant_id) as session:
            await queue_system_mail(
                session, "verify_email", "ada@example.com", {"user_id": fast.tenant_id.hex}
            )
        await asyncio.sleep(1.5)
        after = await fast.states()
        assert after["sent"] == before["sent"] + 1
        desk.account.allow(10_000)
        await fast.suspend(suspended=False)
        engine.ring()
        assert await settled(fast) == {"sent": 31}
    assert set(fake.asked.values()) == {1}


async def test_without_redis_it_goes_on(desk: Desk, fast: World):
    """A Redis that is away costs speed, never a mail."""
    async with Redis.from_url(f"redis://127.0.0.1:{free_port()}/0") as nowhere:
        desk.limiter = Limiter(nowhere)
        await fast.due(*await contacts(fast, 10))
        async with desk.engines():
            assert await settled(fast) == {"sent": 10}


async def test_stop_finishes_what_is_under_way(desk: Desk, fast: World, fake: FakeSes):
    """A stop claims nothing more, waits for the answers that are out, and writes them down."""
    fake.hold = asyncio.Event()
    desk.account.allow(20)
    await fast.due(*await contacts(fast, 60))
    engine = desk.engine(concurrency=10)
    running = asyncio.create_task(engine.run())
    await until(lambda: under_way(fast))
    stopping = asyncio.create_task(engine.stop(10.0))
    await asyncio.sleep(0.2)
    fake.hold.set()
    await asyncio.gather(stopping, running)
    states = await fast.states()
    assert set(states) == {"sent", "pending"}
    assert states["sent"] == len(fake.accepted)
    assert states["sent"] + states["pending"] == 60


async def under_way(world: World, count: int = 1) -> bool:
    return (await world.states()).get("sending", 0) >= count


async def test_cut_off_leaves_it_to_the_lease(desk: Desk, fast: World, fake: FakeSes):
    """A worker that is cut in the middle of requests leaves unknown mails, and no second one."""
    fake.hold = asyncio.Event()
    await fast.due(*await contacts(fast, 4))
    engine = desk.engine()
    running = asyncio.create_task(engine.run())
    await until(lambda: under_way(fast, 4))
    await engine.stop(0.1)
    await running
    fake.hold.set()
    await desk.expire(fast)
    await steps.rescue(desk.bench, fast.tenant_id)
    assert await fast.states() == {"unknown:lease_over": 4}
    async with desk.engines():
        await asyncio.sleep(0.5)
    assert set(fake.asked.values()) == {1}


async def test_rested_lane_is_served_again(desk: Desk, fast: World, fake: FakeSes):
    """After SES has asked for a slower pace, everything is sent in the end, each mail once."""
    refused: set[str] = set()

    def once_too_fast(delivery: str) -> Behaviour:
        if delivery in refused:
            return Behaviour.ACCEPT
        refused.add(delivery)
        return Behaviour.TOO_FAST

    fake.behave = once_too_fast
    await fast.due(*await contacts(fast, 6))
    async with desk.engines():
        assert await settled(fast) == {"sent": 6}
    assert set(fake.accepted.values()) == {1}


async def test_drip_and_day_zero_share(desk: Desk, fast: World):
    """A tenant's two kinds of mail are two lanes: neither waits for the other to be empty."""
    desk.account.allow(40)
    welcome = await fast.campaign(0)
    drip = await fast.campaign(2)
    await fast.due(*await contacts(fast, 40), campaign_id=welcome)
    await fast.due(*await contacts(fast, 40), campaign_id=drip, kind=Kind.DRIP)
    async with desk.engines(concurrency=8):
        await until(lambda: at_least(fast, 20))
        mails = await fast.mails()
    kinds = {m.kind for m in mails if m.state == "sent"}
    assert kinds == {"day_zero", "drip"}


async def test_nothing_due_early(desk: Desk, fast: World):
    """A mail that is due later is left alone until then."""
    await fast.due(await fast.contact(), since=timedelta(hours=-1))
    async with desk.engines():
        await asyncio.sleep(0.5)
    assert await fast.states() == {"pending": 1}


async def test_everybody_leaves_while_it_sends(desk: Desk, fast: World, fake: FakeSes):
    """Unsubscriptions in the middle of sending hold up nothing and are held up by nothing: each
    mail was handed over before its contact left, or is skipped."""
    everybody = await contacts(fast, 60)
    for _ in range(3):
        await fast.due(*everybody)

    async def leave(contact: UUID) -> None:
        row = await fast.row(Contact, contact)
        async with fast.database.unit_of_work(fast.tenant_id) as session:
            await unsubscribe(
                session,
                contact_id=contact,
                email_hash=row.email_hash,
                campaign_id=None,
                source="page",
            )

    async with desk.engines(2, concurrency=12):
        await asyncio.gather(*(leave(contact) for contact in everybody))
        states = await settled(fast)
    assert await fast.all(Contact) == []
    assert sum(states.values()) == 180
    assert set(states) <= {"sent", "skipped:unsubscribed"}
    assert set(fake.asked.values()) <= {1}
    assert sum(fake.asked.values()) == states.get("sent", 0)
