"""Standing: bounces and complaints warn, then pause, and an operator alone lets a tenant go on."""

from datetime import timedelta

import pytest

from tenantcrm import clock
from tenantcrm.database import Database
from tenantcrm.delivery import reputation
from tenantcrm.delivery.repository import hours
from tenantcrm.delivery.reputation import Counts
from tenantcrm.delivery.service import queue_system_mail, review_standings
from tenantcrm.delivery.states import Kind
from tenantcrm.tenants.models import Tenant
from tenantcrm.tenants.service import allowances
from tests.delivery.desk import Desk, settled, until
from tests.delivery.world import World


@pytest.fixture
def database(fresh_database: Database) -> Database:
    """A database of the test's own: a review looks at every tenant in it."""
    return fresh_database


@pytest.mark.parametrize(
    ("counts", "standing"),
    [
        (Counts(0, 0, 0), "good"),
        (Counts(199, 199, 199), "good"),
        (Counts(200, 7, 0), "good"),
        (Counts(200, 8, 0), "warned"),
        (Counts(200, 15, 0), "warned"),
        (Counts(200, 16, 0), "paused"),
        (Counts(10_000, 0, 7), "good"),
        (Counts(10_000, 0, 8), "warned"),
        (Counts(10_000, 0, 29), "warned"),
        (Counts(10_000, 0, 30), "paused"),
        (Counts(10_000, 500, 30), "paused"),
    ],
)
def test_limits(counts: Counts, standing: str):
    """From 200 mails on, 4 % of bounces or 0.08 % of complaints warn; 8 % or 0.3 % pause."""
    verdict = reputation.judge(counts)
    assert verdict.standing == standing
    assert bool(verdict.reason) == (standing != "good")


async def count(world: World, *, ago: timedelta = timedelta(0), **counts: int) -> None:
    async with world.database.unit_of_work(world.tenant_id) as session:
        await hours.add(session, Kind.DAY_ZERO, clock.now() - ago, **counts)


async def tenant(world: World) -> Tenant:
    async with world.database.control_unit_of_work() as control:
        return await control.get_one(Tenant, world.tenant_id)


async def system_mail_left(world: World) -> bool:
    return (await world.states()).get("sent", 0) == 1


async def test_warned_and_well_again(world: World):
    """A warning comes with its reason, and goes when the share falls."""
    await count(world, asked=1000, hard_bounced=50)
    assert await review_standings(world.database) == 1
    assert await review_standings(world.database) == 0
    row = await tenant(world)
    assert (row.standing, row.standing_since is not None) == ("warned", True)
    assert "5.0% of 1,000 mails" in row.standing_reason
    await count(world, asked=1000)
    await review_standings(world.database)
    row = await tenant(world)
    assert (row.standing, row.standing_reason) == ("good", "")


async def test_what_is_older_than_a_week_counts_no_more(world: World):
    """Bounces of more than seven days ago neither pause nor keep a warning."""
    await count(world, ago=timedelta(days=8), asked=1000, hard_bounced=900)
    assert await review_standings(world.database) == 0
    assert (await tenant(world)).standing == "good"


async def test_system_mail_does_not_count(world: World):
    """Bounces of our own mail are not the tenant's."""
    async with world.database.unit_of_work(world.tenant_id) as session:
        await hours.add(session, Kind.SYSTEM, asked=1000, hard_bounced=900)
    assert await review_standings(world.database) == 0


async def test_paused_until_forgiven(desk: Desk, world: World):
    """A paused tenant's campaigns wait whatever the counts become; its system mail goes out; after
    an operator has forgiven it, everything leaves, and what was counted before counts no more."""
    await count(world, asked=1000, complained=3)
    await review_standings(world.database)
    await world.due(*[await world.contact() for _ in range(3)])
    async with world.database.unit_of_work(world.tenant_id) as session:
        await queue_system_mail(
            session, "verify_email", "ada@example.com", {"user_id": world.tenant_id.hex}
        )
    await count(world, asked=100_000)
    await review_standings(world.database)
    assert (await tenant(world)).standing == "paused"
    async with desk.engines() as (engine,):
        await until(lambda: system_mail_left(world))
        assert await world.states() == {"pending": 3, "sent": 1}
        async with world.database.control_unit_of_work() as control:
            await allowances.forgive(
                control, world.tenant_id, reason="The list was cleaned", operator_id=None
            )
        engine.ring()
        assert await settled(world) == {"sent": 4}
    await review_standings(world.database)
    row = await tenant(world)
    assert (row.standing, row.standing_reason) == ("good", "")
    assert row.forgiven_at is not None


async def test_paused_between_claim_and_preflight(desk: Desk, world: World):
    """A tenant that is paused at the last moment sends nothing: its mails go back to the queue."""
    await world.due(await world.contact())
    claimed = await desk.claim(world)
    async with world.database.control_unit_of_work() as control:
        row = await control.get_one(Tenant, world.tenant_id)
        row.standing, row.standing_reason = "paused", "9.0% bounced"
    assert await desk.preflight(world, claimed) == []
    assert await world.states() == {"pending:reputation": 1}
