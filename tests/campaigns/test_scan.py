"""A scan: whom it enrols, what it says is due, and when it comes next."""

from datetime import date, time, timedelta

import pytest

from tenantcrm.campaigns.handing_over import HandOver
from tenantcrm.campaigns.models import CampaignState
from tenantcrm.campaigns.service.scan import contacts_changed, due
from tests.campaigns.world import MORNING, World, at

TEN = at("2026-03-02 10:00")


def days_of(hand_overs: list[HandOver]) -> list[tuple[date, str]]:
    return [(day, h.due_at.isoformat()) for h in hand_overs for day in h.days0]


async def test_enrols_whom_the_filter_matches(world: World):
    """Matching, subscribed, unsuppressed live contacts are enrolled on the local date; no other."""
    right = await world.contact(attributes={"language": "EN"})
    await world.contact(attributes={"language": "de"})
    await world.contact(attributes={"language": "en"}, status="unsubscribed")
    await world.contact(attributes={"language": "en"}, mode="test")
    await world.suppress(await world.contact(attributes={"language": "en"}))
    campaign = await world.campaign(0, contact_filter="language=en")
    result = await world.scan(campaign, TEN)
    people = await world.enrolled(campaign)
    assert set(people) == {right}
    assert people[right].enrolled_on == date(2026, 3, 2)
    assert result.enrolled == 1


async def test_nothing_before_its_time(world: World):
    """A campaign is not scanned before its preferred time, and then exactly once a day."""
    await world.contact()
    campaign = await world.campaign(0)
    assert await world.scan(campaign, TEN - timedelta(seconds=1)) is None
    result = await world.scan(campaign, TEN)
    assert result.next_scan_at == at("2026-03-03 10:00") == await world.scan_at()
    assert await world.scan(campaign, TEN + timedelta(hours=1)) is None


async def test_the_drip(world: World):
    """Day N is due at the preferred time of enrolment date + N, to whom was enrolled that day."""
    await world.contact()
    campaign = await world.campaign(0, 2, 5)
    found = []
    for day in range(8):
        result = await world.scan(campaign, TEN + timedelta(days=day, seconds=3))
        found += [(day, on, h.due_at, h.kind) for h in result.hand_overs for on in h.days0]
    first = date(2026, 3, 2)
    assert found == [
        (0, first, TEN, "day_zero"),
        (2, first, TEN + timedelta(days=2), "drip"),
        (5, first, TEN + timedelta(days=5), "drip"),
    ]


async def test_one_who_comes_later(world: World):
    """A contact created after today's preferred time is enrolled tomorrow, and not forgotten."""
    early = await world.contact(created_at=TEN)
    late = await world.contact(created_at=TEN + timedelta(seconds=1))
    campaign = await world.campaign(0)
    await world.scan(campaign, TEN + timedelta(minutes=40))
    assert set(await world.enrolled(campaign)) == {early}
    result = await world.scan(campaign, TEN + timedelta(days=1))
    people = await world.enrolled(campaign)
    assert people[late].enrolled_on == date(2026, 3, 3)
    assert result.enrolled == 1


async def test_one_who_comes_to_match(world: World):
    """A contact whose attributes come to match is enrolled by the next scan."""
    contact = await world.contact(attributes={"plan": "free"})
    campaign = await world.campaign(0, contact_filter="plan=pro")
    assert (await world.scan(campaign, TEN)).enrolled == 0
    await world.change(contact, attributes={"plan": "pro"}, folded={"plan": "pro"})
    assert (await world.scan(campaign, TEN + timedelta(days=1))).enrolled == 1


async def test_costs_what_is_new(world: World):
    """A second scan looks at changed contacts alone: one that did not change is not looked at."""
    campaign = await world.campaign(0)
    await world.scan(campaign, TEN)
    stored = (await world.row(campaign)).scanned_xid
    contact = await world.contact()
    await world.change(contact, changed=stored - 1)
    assert (await world.scan(campaign, TEN + timedelta(days=1))).enrolled == 0
    await world.change(contact, name="Ada")
    assert (await world.scan(campaign, TEN + timedelta(days=2))).enrolled == 1


async def test_a_restored_database(world: World):
    """A watermark from another database's count is not trusted: everything is looked at."""
    campaign = await world.campaign(0)
    await world.scan(campaign, TEN)
    contact = await world.contact()
    await world.change(contact, changed=1)
    async with world.database.unit_of_work(world.tenant_id) as session:
        row = await session.get_one(type(await world.row(campaign)), (world.tenant_id, campaign))
        row.scanned_xid = 2**60
    assert (await world.scan(campaign, TEN + timedelta(days=1))).enrolled == 1


async def test_late(world: World):
    """Past the limit of lateness nobody is enrolled for that day; the next day they are."""
    await world.contact()
    campaign = await world.campaign(0, late_limit_hours=2)
    result = await world.scan(campaign, TEN + timedelta(hours=2, seconds=1))
    assert (result.enrolled, result.hand_overs) == (0, [])
    result = await world.scan(campaign, TEN + timedelta(days=1, hours=2))
    assert result.enrolled == 1
    assert result.hand_overs[0].late_at == TEN + timedelta(days=1, hours=2)


async def test_limit_of_zero(world: World):
    """A limit of 0 hours still leaves a scan time to run."""
    await world.contact()
    campaign = await world.campaign(0, late_limit_hours=0)
    result = await world.scan(campaign, TEN + timedelta(minutes=1))
    assert result.enrolled == 1
    assert result.hand_overs[0].late_at > TEN + timedelta(minutes=1)


async def test_catches_up_after_an_outage(world: World):
    """Days missed are handed over with their own due times; enrolment is for the newest alone."""
    contact = await world.contact()
    campaign = await world.campaign(0, 1, 2, 3)
    await world.scan(campaign, TEN)
    newcomer = await world.contact()
    result = await world.scan(campaign, TEN + timedelta(days=3, hours=1))
    first, today = date(2026, 3, 2), date(2026, 3, 5)
    assert days_of(result.hand_overs) == [
        (first, "2026-03-03T10:00:00+00:00"),
        (first, "2026-03-04T10:00:00+00:00"),
        (today, "2026-03-05T10:00:00+00:00"),
        (first, "2026-03-05T10:00:00+00:00"),
    ]
    people = await world.enrolled(campaign)
    assert people[contact].enrolled_on == first
    assert people[newcomer].enrolled_on == today


async def test_a_long_pause_in_steps(world: World):
    """After a very long outage several scans follow each other at once until all is worked off."""
    await world.contact()
    campaign = await world.campaign(0, 40)
    await world.scan(campaign, TEN)
    now, scans, found = TEN + timedelta(days=100), 0, []
    while (result := await world.scan(campaign, now)) is not None:
        scans += 1
        found += days_of(result.hand_overs)
    assert scans == 4
    assert found == [(date(2026, 3, 2), "2026-04-11T10:00:00+00:00")]
    assert (await world.row(campaign)).next_scan_at == now + timedelta(days=1)


async def test_finishes(world: World):
    """Whoever is past the day of the last message has finished."""
    contact = await world.contact()
    campaign = await world.campaign(0, 2)
    states = []
    for day in range(5):
        await world.scan(campaign, TEN + timedelta(days=day))
        states.append((await world.enrolled(campaign))[contact].state)
    assert states == ["active", "active", "active", "finished", "finished"]
    assert (await world.enrolled(campaign))[contact].ended_at == TEN + timedelta(days=3)


async def test_zone(world: World):
    """The preferred time is the campaign's local one, also where the date differs from UTC's."""
    contact = await world.contact()
    campaign = await world.campaign(
        0, timezone="Pacific/Auckland", preferred_send_time=time(8), now=MORNING
    )
    result = await world.scan(campaign, at("2026-03-02 19:00"))
    assert (await world.enrolled(campaign))[contact].enrolled_on == date(2026, 3, 3)
    assert result.next_scan_at == at("2026-03-03 19:00")


async def test_clocks_go_forward(world: World):
    """Over a change of clocks the mail stays at its local time; no day is left out or doubled."""
    await world.contact()
    campaign = await world.campaign(
        0, 1, timezone="Europe/Berlin", preferred_send_time=time(2, 30), now=at("2026-03-27 12:00")
    )
    due_at = []
    now = at("2026-03-28 01:30")
    for _ in range(3):
        result = await world.scan(campaign, now)
        due_at += [h.due_at for h in result.hand_overs]
        now = result.next_scan_at
    assert due_at == [at("2026-03-28 01:30"), at("2026-03-29 01:00")]
    assert now == at("2026-03-31 00:30")


@pytest.mark.parametrize("state", [CampaignState.DRAFT, CampaignState.PAUSED])
async def test_only_active_campaigns(world: World, state: CampaignState):
    """A draft or paused campaign enrols nobody."""
    await world.contact()
    campaign = await world.campaign(0, active=False, state=state)
    assert await world.scan(campaign, TEN) is None
    assert await world.enrolled(campaign) == {}


async def test_immediately(world: World):
    """Day 0 at once: a newcomer's first mail is due at the scan; the others keep their time."""
    campaign = await world.campaign(0, 1, day_zero="immediately")
    await world.scan(campaign, MORNING)
    contact = await world.contact(created_at=MORNING + timedelta(hours=7))
    now = MORNING + timedelta(hours=7, seconds=2)
    async with world.database.unit_of_work(world.tenant_id) as session:
        await contacts_changed(session, now=now)
    async with world.database.unit_of_work(world.tenant_id) as session:
        assert await due(session, now=now) == [campaign]
    result = await world.scan(campaign, now)
    assert [(h.due_at, h.enrolled_at, h.kind) for h in result.hand_overs] == [
        (now, now, "day_zero")
    ]
    assert (await world.enrolled(campaign))[contact].enrolled_on == date(2026, 3, 2)
    result = await world.scan(campaign, at("2026-03-03 10:00"))
    assert [(h.due_at, h.kind) for h in result.hand_overs] == [(at("2026-03-03 10:00"), "drip")]


async def test_immediate_campaigns_look_again(world: World):
    """An immediate campaign looks again after a quarter of an hour, should no wake-up come."""
    campaign = await world.campaign(0, day_zero="immediately")
    result = await world.scan(campaign, MORNING)
    assert result.next_scan_at == MORNING + timedelta(minutes=15)
    result = await world.scan(campaign, at("2026-03-02 09:55"))
    assert result.next_scan_at == TEN


async def test_the_tenants_next_scan(world: World):
    """The dispatcher's schedule is the earliest of all the tenant's campaigns."""
    noon = await world.campaign(0, preferred_send_time=time(12))
    ten = await world.campaign(0)
    await world.scan(ten, TEN)
    assert await world.scan_at() == at("2026-03-02 12:00")
    await world.scan(noon, at("2026-03-02 12:00"))
    assert await world.scan_at() == at("2026-03-03 10:00")
