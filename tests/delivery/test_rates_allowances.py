"""Allowances: caps, ramps and the account's day, in rules and as the engine keeps to them."""

import math
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from tenantcrm import clock
from tenantcrm.database import Database
from tenantcrm.delivery import allowances
from tenantcrm.delivery.allowances import Cap, Hour, Parked
from tenantcrm.delivery.quota import EVERY, SOONEST, Quota, used
from tenantcrm.delivery.repository import hours
from tenantcrm.delivery.service import queue_system_mail, set_allowances
from tenantcrm.delivery.states import Kind
from tenantcrm.tenants.models import Tenant
from tenantcrm.tenants.schemas import Allowances
from tests.conftest import add_tenant
from tests.delivery.desk import Desk, settled, until
from tests.delivery.world import World

NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
TODAY = NOW.date()
HOURS = st.lists(
    st.builds(
        Hour,
        st.integers(0, 30).map(lambda n: NOW.replace(minute=0) - timedelta(hours=n)),
        st.integers(0, 500),
    ),
    max_size=20,
    unique_by=lambda one: one.hour,
)


def test_the_ramp():
    """200 on the first day, half as many again on each next, and no limit after four weeks."""
    assert [allowances.ramp(day) for day in (0, 1, 2, 3)] == [200, 300, 450, 675]
    assert allowances.ramp(27) is not None
    assert allowances.ramp(28) is None
    steps = [allowances.ramp(day) or math.inf for day in range(40)]
    assert steps == sorted(steps)


@pytest.mark.parametrize(
    ("daily_cap", "began", "cap"),
    [
        (None, None, None),
        (500, None, Cap(500, Parked.DAILY_CAP)),
        (None, TODAY, Cap(200, Parked.WARM_UP)),
        (500, TODAY, Cap(200, Parked.WARM_UP)),
        (100, TODAY, Cap(100, Parked.DAILY_CAP)),
        (None, TODAY - timedelta(days=28), None),
        (500, date(2020, 1, 1), Cap(500, Parked.DAILY_CAP)),
        (None, TODAY + timedelta(days=3), Cap(200, Parked.WARM_UP)),
    ],
)
def test_the_lower_of_both_holds(daily_cap: int | None, began: date | None, cap: Cap | None):
    """A tenant's cap is its own or its ramp's, whichever is lower; a ramp that is over is none."""
    assert allowances.cap_of(daily_cap, began, TODAY) == cap


@given(HOURS, st.integers(1, 2000))
def test_room_is_there_again_when_it_is_said(counted: list[Hour], most: int):
    """At the moment that is told there is room, and a minute before there was none."""

    def within(moment: datetime) -> int:
        start = allowances.window_from(moment)
        return sum(one.asked for one in counted if one.hour >= start)

    freed = allowances.freed_at(counted, most, NOW)
    assert within(freed) < most
    assert freed == NOW or within(freed - timedelta(minutes=1)) >= most
    assert freed <= NOW + timedelta(hours=25)


def test_a_share_is_kept_for_system_mail():
    """Campaigns leave a twentieth of the account's day, and some in any case."""
    assert allowances.for_campaigns(50_000) == 47_500
    assert allowances.for_campaigns(200) == 190
    assert allowances.for_campaigns(20) == 15
    assert allowances.for_campaigns(3) == 0


def test_what_others_send_counts():
    """What SES has counted beyond ours was sent by other applications of the account."""
    assert used(100, 100, 100) == 100
    assert used(150, 100, 400) == 450
    assert used(150, 100, 20) == 150


@given(
    left=st.integers(0, 5000),
    processes=st.integers(1, 6),
    wants=st.lists(st.tuples(st.integers(0, 5), st.integers(1, 500)), max_size=80),
)
def test_processes_meet_the_quota(left: int, processes: int, wants: list[tuple[int, int]]):
    """However many processes claim, together they go over what is left by a mail each at most."""
    quotas = [Quota(processes) for _ in range(processes)]
    now, sent = 0.0, 0
    for process, want in wants:
        now += SOONEST
        quota = quotas[process % processes]
        if quota.is_stale(now):
            quota.count(left - sent, left - sent, now)
        claimed = min(want, quota.left(system=False) or 0)
        quota.use(claimed)
        sent += claimed
    assert sent <= left + processes


def test_without_a_limit():
    """Where SES sets none, as many as one likes, and it is hardly ever counted."""
    quota = Quota(1)
    assert quota.is_stale(0.0)
    quota.count(math.inf, math.inf, 0.0)
    quota.use(10**9)
    assert quota.left(system=False) is None
    assert not quota.is_stale(EVERY - 1)


@pytest.fixture
def database(fresh_database: Database) -> Database:
    """A database of the test's own: an engine sends whatever is due in it."""
    return fresh_database


async def allow(world: World, **values: object) -> None:
    async with world.database.control_unit_of_work() as control:
        row = await control.get_one(Tenant, world.tenant_id)
        for name, value in ({"send_rate": 10_000.0} | values).items():
            setattr(row, name, value)


async def asked(world: World, kind: str, mails: int, ago: timedelta = timedelta(0)) -> None:
    async with world.database.unit_of_work(world.tenant_id) as session:
        await hours.add(session, kind, clock.now() - ago, asked=mails)


async def parked(world: World) -> bool:
    return (await world.lane()).parked is not None


async def test_no_cap_is_exceeded(desk: Desk, world: World):
    """Three workers and two kinds of mail: what the cap allows leaves, to the last, and no more;
    the rest waits, its lanes are parked until hours fall out, and a higher cap lets it go."""
    await allow(world, daily_cap=25)
    await asked(world, Kind.DRIP, 5, timedelta(hours=3))
    await asked(world, Kind.DRIP, 1000, timedelta(hours=30))
    welcome, drip = await world.campaign(0), await world.campaign(2)
    await world.due(*[await world.contact() for _ in range(30)], campaign_id=welcome)
    await world.due(*[await world.contact() for _ in range(30)], campaign_id=drip, kind=Kind.DRIP)
    async with desk.engines(3, concurrency=6) as engines:
        await until(lambda: parked(world))
        await until(lambda: left(world, 20))
        # While the last of them are on their way, lanes are parked for that moment only.
        await until(lambda: waits_for_hours(world, Kind.DAY_ZERO))
        await until(lambda: waits_for_hours(world, Kind.DRIP))
        assert await world.states() == {"sent": 20, "pending": 40}
        async with world.database.control_unit_of_work() as control:
            await set_allowances(
                control,
                world.tenant_id,
                wanted=Allowances(send_rate=10_000, daily_cap=None, warm_up_from=None),
                reason="Grown",
                operator_id=None,
            )
        engines[0].ring()
        assert await settled(world) == {"sent": 60}


async def waits_for_hours(world: World, kind: Kind) -> bool:
    lane = await world.lane(kind)
    ahead = lane.parked_until is not None and lane.parked_until > clock.now() + timedelta(minutes=1)
    return lane.parked == Parked.DAILY_CAP and ahead


async def left(world: World, count: int) -> bool:
    return (await world.states()).get("sent", 0) >= count


async def test_a_ramp_holds_back(desk: Desk, world: World):
    """A tenant on the first day of its ramp sends that day's mails, and then waits."""
    await allow(world, warm_up_from=clock.now().date())
    await asked(world, Kind.DAY_ZERO, 195)
    await world.due(*[await world.contact() for _ in range(9)])
    async with desk.engines():
        await until(lambda: parked(world))
        await until(lambda: left(world, 5))
    assert await world.states() == {"sent": 5, "pending": 4}
    lane = await world.lane()
    assert lane.parked == Parked.WARM_UP
    tomorrow = datetime.combine(clock.now().date() + timedelta(days=1), datetime.min.time(), UTC)
    assert lane.parked_until == tomorrow


async def test_a_full_tenant_holds_up_nobody(desk: Desk, world: World):
    """Beside a tenant that has reached its cap, another's mail leaves."""
    await allow(world, daily_cap=1)
    await asked(world, Kind.DRIP, 1)
    rival = World(world.database, await add_tenant(world.database, "Rival"))
    await world.due(*[await world.contact() for _ in range(5)])
    await rival.due(*[await rival.contact() for _ in range(5)])
    async with desk.engines():
        assert await settled(rival) == {"sent": 5}
    assert await world.states() == {"pending": 5}


async def test_the_accounts_day_is_kept(desk: Desk, world: World):
    """When campaigns have used the account's day up, they wait and nothing of them is claimed;
    system mail goes out of the share that is kept; a larger quota lets all go."""
    await allow(world)
    desk.account.allow_a_day(300, 0)
    await asked(world, Kind.DAY_ZERO, 275)
    await world.due(*[await world.contact() for _ in range(30)])
    async with desk.engines() as (engine,):
        await until(lambda: parked(world), 30)
        assert (await world.lane()).parked == Parked.ACCOUNT_QUOTA
        async with world.database.unit_of_work(world.tenant_id) as session:
            await queue_system_mail(
                session, "verify_email", "ada@example.com", {"user_id": world.tenant_id.hex}
            )
        engine.ring()
        await until(lambda: system_mail_left(world))
        sent = (await world.states())["sent"]
        assert 10 <= sent <= 12
        desk.account.allow_a_day(5000, 0)
        assert await settled(world, 30) == {"sent": 31}


async def system_mail_left(world: World) -> bool:
    return any(mail.kind == Kind.SYSTEM and mail.state == "sent" for mail in await world.mails())


@pytest.mark.parametrize(
    "change",
    [
        "send_rate = 100000",
        "daily_cap = NULL",
        "warm_up_from = NULL",
        "standing = 'good'",
        "forgiven_at = now()",
    ],
)
async def test_a_tenants_work_cannot_raise_its_allowances(world: World, change: str):
    """The role that tenants' requests run as may read allowances and change none of them."""
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with world.database.unit_of_work(world.tenant_id) as session:
            await session.execute(
                text(f"UPDATE tenants SET {change} WHERE id = :t"), {"t": world.tenant_id}
            )
