"""Turns: how many mails are before one, when it leaves, and what it is told to wait for."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from tenantcrm import clock
from tenantcrm.database import Database
from tenantcrm.delivery import allowances, service, steps
from tenantcrm.delivery.allowances import Hour
from tenantcrm.delivery.repository import hours
from tenantcrm.delivery.turns import Day, Pace, leaves_at
from tenantcrm.tenants.models import Tenant
from tests.delivery.desk import Desk
from tests.delivery.world import World

NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
FREE = Day(daily_cap=None, warm_up_from=None, hours=())


def at(ahead: int, day: Day = FREE, a_second: float = 10.0, clock_rate: float = 1.0):
    return leaves_at(ahead, a_second, day, now=NOW, clock_rate=clock_rate)


def test_by_the_pace():
    """Without a cap it is as many seconds as the mails before it take, on the business clock."""
    assert at(0) == NOW
    assert at(600) == NOW + timedelta(minutes=1)
    assert at(600, clock_rate=60.0) == NOW + timedelta(hours=1)


def test_by_the_cap():
    """What the day's cap does not leave room for goes when the used hours fall out again."""
    used = [Hour(NOW.replace(minute=0) - timedelta(hours=3), 90)]
    day = Day(daily_cap=100, warm_up_from=None, hours=used)
    assert at(9, day) == NOW + timedelta(seconds=0.9)
    tomorrow = used[0].hour + timedelta(hours=25)
    assert at(10, day) == tomorrow
    assert at(99, day) == tomorrow
    assert at(100, day) > tomorrow
    assert at(100_000, day) is None


def test_by_the_ramp():
    """A ramp's next day leaves room for more."""
    day = Day(daily_cap=None, warm_up_from=NOW.date(), hours=())
    assert at(199, day) < NOW + timedelta(minutes=1)
    assert at(200, day) == datetime(2026, 3, 11, tzinfo=UTC)
    assert at(100_000, day) < NOW + timedelta(days=28)
    over = Day(daily_cap=None, warm_up_from=date(2026, 1, 1), hours=())
    assert at(6000, over) == at(6000)


def test_a_pace_fades():
    """A pace of some seconds ago counts for less, and one of long ago for nothing."""
    assert Pace(mails=50, age=0, fades=10).now(100) == 50
    assert Pace(mails=50, age=10, fades=10).now(100) == pytest.approx(18.4, rel=0.01)
    assert Pace(mails=50, age=1000, fades=10).now(100) == 100
    assert Pace(mails=500, age=0, fades=10).now(100) == 100


async def test_mails_before_it_are_told(world: World):
    """A mail that waits says how many are before it, and when it leaves."""
    await world.due(*[await world.contact() for _ in range(4)])
    mails = sorted(await world.mails(), key=lambda mail: (mail.due_at, mail.id))
    async with world.database.unit_of_work(world.tenant_id) as session:
        first = await service.get_delivery(session, mails[0].id)
        last = await service.get_delivery(session, mails[3].id)
    assert first.why.startswith("Due now: it is next in its queue")
    assert last.why.startswith("Due now: 3 mails are before it; it leaves at about")
    assert first.estimated_at is not None
    assert last.estimated_at is not None
    assert last.estimated_at > first.estimated_at


async def test_many_are_about_so_many(world: World, monkeypatch: pytest.MonkeyPatch):
    """Where there are very many, they are not counted one by one, and the answer says so."""
    monkeypatch.setattr("tenantcrm.delivery.service.turns.EXACT_TO", 2)
    await world.due(*[await world.contact() for _ in range(5)])
    last = max(await world.mails(), key=lambda mail: (mail.due_at, mail.id))
    async with world.database.unit_of_work(world.tenant_id) as session:
        view = await service.get_delivery(session, last.id)
    assert "Due now: about " in view.why


async def test_what_is_sent_or_held_has_no_turn(desk: Desk, world: World):
    """Mail that has left, is not due yet or rests is in no queue."""
    campaign = await world.due(await world.contact())
    await desk.send(world)
    await world.due(await world.contact(), campaign_id=campaign, since=timedelta(hours=-2))
    for mail in await world.mails():
        async with world.database.unit_of_work(world.tenant_id) as session:
            assert (await service.get_delivery(session, mail.id)).estimated_at is None


async def test_a_used_cap_is_told(desk: Desk, world: World, database: Database):
    """Mail that waits for the cap says so, and when it leaves."""
    async with database.control_unit_of_work() as control:
        (await control.get_one(Tenant, world.tenant_id)).daily_cap = 50
    async with database.unit_of_work(world.tenant_id) as session:
        await hours.add(session, "drip", asked=50)
    await world.due(await world.contact())
    async with database.control_unit_of_work() as control:
        tenant = await control.get_one(Tenant, world.tenant_id)

    cap = allowances.cap_of(tenant.daily_cap, tenant.warm_up_from, clock.now().date())
    assert await steps.claim(desk.bench, world.tenant_id, "day_zero", most=10, cap=cap) == []
    (mail,) = await world.mails()
    async with database.unit_of_work(world.tenant_id) as session:
        view = await service.get_delivery(session, mail.id)
        lane = await session.execute(text("SELECT parked, parked_until FROM lanes"))
    assert view.why.startswith("Waits: the account's mails of 24 hours are used up; it leaves at")
    parked, until = lane.one()
    assert parked == "daily_cap"
    assert view.estimated_at is not None
    assert view.estimated_at >= until


async def test_a_stopped_tenants_mail_says_so(world: World, database: Database):
    """Mail of a tenant that bounces have stopped tells that, without having been claimed."""
    await world.due(await world.contact())
    async with database.control_unit_of_work() as control:
        row = await control.get_one(Tenant, world.tenant_id)
        row.standing, row.standing_reason = "paused", "9.0% bounced"
    (mail,) = await world.mails()
    async with database.unit_of_work(world.tenant_id) as session:
        view = await service.get_delivery(session, mail.id)
    assert view.why.startswith("Waits: bounces or complaints have stopped")
    assert view.estimated_at is None
