"""What is told of campaigns of large tenants without looking at every contact."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from tenantcrm.campaigns import service
from tenantcrm.campaigns.repository.groups import GroupCount
from tenantcrm.campaigns.schemas import CampaignChanges
from tenantcrm.campaigns.service import reach
from tenantcrm.campaigns.service.forecasting import CampaignForecast
from tenantcrm.campaigns.service.reach import spread
from tenantcrm.contacts.schemas import Size
from tenantcrm.contacts.service import sizes
from tenantcrm.tenants.models import Mode, TenantStats
from tests.campaigns.world import MORNING, World

DAY = timedelta(days=1)
TEN = MORNING.replace(hour=10)
# Ids that end in 0000 are in the sample, and in the thinner one.
MAKE = """
INSERT INTO contacts (tenant_id, id, mode, email, email_key, email_hash, attributes, folded, status,
  timezone, created_at, updated_at)
SELECT :t, (left(uuid_v7()::text, 32) || CASE WHEN n % 4 = 0 THEN '0000' ELSE '0101' END)::uuid,
  'live', 'p' || n || '@example.com', 'p' || n || '@example.com', sha256(('p' || n)::bytea),
  '{"plan": "pro"}', '{"plan": "pro"}',
  CASE WHEN n <= 8 THEN 'bounced' ELSE 'subscribed' END,
  CASE WHEN n % 8 = 0 THEN 'Asia/Tokyo' ELSE 'Europe/London' END, '2026-03-01', '2026-03-01'
FROM generate_series(1, :n) AS n
"""


@pytest.fixture
async def crowd(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A tenant with more contacts than are judged one by one: 80, of whom 20 are in the sample."""
    monkeypatch.setattr(sizes, "COUNTED", 50)
    monkeypatch.setattr(sizes, "ENOUGH", 20)
    monkeypatch.setattr(reach, "LOOKED_AT", 50)
    async with world.database.unit_of_work(world.tenant_id) as session:
        await session.execute(text(MAKE), {"t": world.tenant_id, "n": 80})
    return world


async def forecast(world: World, campaign: UUID, **query) -> CampaignForecast:
    async with world.database.unit_of_work(world.tenant_id) as session:
        return await service.forecast_days(session, campaign, **query)


async def test_newcomers_are_told_from_the_sample(crowd: World):
    """Each contact of the sample stands for 64; those who cannot come in are told alike."""
    campaign = await crowd.campaign(0, contact_filter="plan=pro", active=False)
    async with crowd.database.unit_of_work(crowd.tenant_id) as session:
        found, days = await service.before_activation(session, campaign, now=MORNING)
    assert (found.exact, found.eligible, found.excluded) == (False, 18 * 64, {"bounced": 2 * 64})
    assert len(found.sample) == 5
    assert (days.exact, days.newcomers, days.people) == (False, 18 * 64, 0)
    assert sum(day.sends for day in days.days) == 18 * 64


@pytest.mark.parametrize(("counted", "told"), [(0, 20 * 64), (1_200, 1_200), (9_000, 20 * 64)])
async def test_the_whole(crowd: World, counted: int, told: int):
    """The worker's last count holds while the sample agrees: an import may have come since."""
    async with crowd.database.unit_of_work(crowd.tenant_id) as session:
        stats = TenantStats(tenant_id=crowd.tenant_id, contacts=counted, counted_at=MORNING)
        session.add(stats)
        await session.flush()
        assert await sizes.total(session, mode=Mode.LIVE) == Size(told, exact=False)


async def test_few_are_counted(crowd: World):
    """Where the sample has too few of them to tell, all are looked at."""
    campaign = await crowd.campaign(0, contact_filter='email = "p9@example.com"', active=False)
    async with crowd.database.unit_of_work(crowd.tenant_id) as session:
        found = await service.audience(
            session, 'email = "p9@example.com"', campaign_id=campaign, seconds=60
        )
    assert (found.exact, found.eligible) == (True, 1)


async def test_people_in_it_are_counted(crowd: World):
    """Who is in a campaign is known exactly, however many there are."""
    campaign = await crowd.campaign(0, 3, contact_filter="plan=pro")
    await crowd.scan(campaign, TEN)
    found = await forecast(crowd, campaign, now=TEN + DAY)
    assert (found.people, found.newcomers) == (72, 0)
    sends = {day.date: day.sends for day in found.days if day.sends}
    assert sends == {(TEN + 3 * DAY).date(): 72}


async def test_zones_are_those_of_the_sample(crowd: World):
    """By contacts' own clocks the days' sums stay exact, and their zones are the sample's."""
    campaign = await crowd.campaign(0, 3, contact_filter="plan=pro", zone_mode="contact")
    for hours in range(0, 48, 3):
        await crowd.scan(campaign, MORNING + timedelta(hours=hours))
    async with crowd.database.unit_of_work(crowd.tenant_id) as session:
        found, exact = await reach.inside(session, campaign, by_zone=True)
    assert not exact
    assert sum(group.number for group in found) == 72
    assert {group.zone for group in found} == {"Asia/Tokyo", "Europe/London"}
    told = await forecast(crowd, campaign, now=MORNING + 2 * DAY)
    assert not told.exact
    assert told.people == 72


async def test_an_edit_is_foretold_about(crowd: World):
    """What an edit would do to people by their own clocks is told from their days and the sample;
    saved, it does it to each.
    """
    campaign = await crowd.campaign(0, 3, contact_filter="plan=pro", zone_mode="contact")
    for hours in range(0, 48, 3):
        await crowd.scan(campaign, MORNING + timedelta(hours=hours))
    changes = CampaignChanges(preferred_send_time="11:00")
    async with crowd.database.unit_of_work(crowd.tenant_id) as session:
        told = await service.foretell(session, campaign, changes, now=MORNING + 2 * DAY)
    assert (told.exact, told.impact.people) == (False, 72)
    assert {one.send_day: one.moved for one in told.impact.messages} == {0: 0, 3: 72}


def test_spread():
    """The people of a day are spread over the zones that the sample has on it, all of them."""
    first, second, third = (date(2026, 3, day) for day in (1, 2, 3))
    days = [GroupCount(first, None, 10), GroupCount(second, None, 7), GroupCount(third, None, 1)]
    sample = [
        GroupCount(first, "Asia/Tokyo", 1),
        GroupCount(first, None, 4),
        GroupCount(second, "Asia/Tokyo", 1),
        GroupCount(second, "Europe/London", 2),
    ]
    assert spread(days, sample) == [
        GroupCount(first, None, 8),
        GroupCount(first, "Asia/Tokyo", 2),
        GroupCount(second, "Asia/Tokyo", 2),
        GroupCount(second, "Europe/London", 5),
        GroupCount(third, None, 1),
    ]
    assert spread(days, []) == days
