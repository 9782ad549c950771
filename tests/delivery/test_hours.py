"""What is counted as asked for, which quotas, caps and ramps are kept by."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from tenantcrm import clock
from tenantcrm.delivery import steps
from tenantcrm.delivery.models import SendingHour
from tenantcrm.delivery.repository import hours
from tests.delivery.desk import Desk
from tests.delivery.world import World
from tests.fixtures.fake_ses import Behaviour, FakeSes


async def counted(world: World) -> dict[str, int]:
    """What is counted as asked for, by kind."""
    async with world.database.unit_of_work(world.tenant_id) as session:
        query = select(SendingHour).where(SendingHour.tenant_id == world.tenant_id)
        found: dict[str, int] = {}
        for row in (await session.execute(query)).scalars():
            found[row.kind] = found.get(row.kind, 0) + row.asked
        return found


async def test_counted_before_the_request(desk: Desk, world: World):
    """What is marked as being sent is counted in the same transaction, before SES is asked."""
    await world.due(*[await world.contact() for _ in range(3)])
    claimed = await desk.claim(world)
    assert await counted(world) == {}
    await desk.preflight(world, claimed)
    assert await counted(world) == {"day_zero": 3}
    assert all(mail.asked_at is not None for mail in await world.mails())


@pytest.mark.parametrize(
    ("behaviour", "asked"),
    [
        (Behaviour.ACCEPT, 2),
        (Behaviour.BROKEN, 2),
        (Behaviour.TOO_FAST, 0),
        (Behaviour.REJECT, 0),
    ],
)
async def test_certain_refusals_are_taken_back(
    desk: Desk, world: World, fake: FakeSes, behaviour: Behaviour, asked: int
):
    """Only what SES has certainly not taken does not count; what is unknown may have been."""
    fake.behave = lambda _delivery: behaviour
    await world.due(*[await world.contact() for _ in range(2)])
    await desk.send(world)
    assert await counted(world) == {"day_zero": asked}


async def test_what_was_never_asked_for(desk: Desk, world: World):
    """A worker that lets go of mails that it has marked, and asked nobody for, takes them back."""
    await world.due(*[await world.contact() for _ in range(2)])
    claimed = await desk.claim(world)
    await desk.preflight(world, claimed)
    await steps.release(desk.bench, world.tenant_id, claimed, unasked=True)
    assert await counted(world) == {"day_zero": 0}
    assert await world.states() == {"pending": 2}


async def test_by_the_hour(world: World):
    """Counts of any minute of an hour meet in one row, never below nothing."""
    now = clock.now().replace(minute=59)
    async with world.database.unit_of_work(world.tenant_id) as session:
        await hours.add(session, "drip", now, asked=5, hard_bounced=1)
        await hours.add(session, "drip", now - timedelta(minutes=58), asked=-7, soft_bounced=2)
        await hours.add(session, "drip", now + timedelta(hours=1), complained=1)
    async with world.database.unit_of_work(world.tenant_id) as session:
        query = select(SendingHour).where(SendingHour.tenant_id == world.tenant_id)
        rows = {row.hour: row for row in (await session.execute(query)).scalars()}
    first = rows[_hour(now)]
    assert (first.asked, first.hard_bounced, first.soft_bounced) == (0, 1, 2)
    assert rows[_hour(now + timedelta(hours=1))].complained == 1


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
