"""Scanning a tenant: what is due comes into the ledger, once."""

import asyncio
from datetime import time, timedelta

from tenantcrm import clock
from tenantcrm.campaigns.models import Campaign, Enrollment, ScanSchedule
from tenantcrm.database import Database
from tenantcrm.delivery.repository import dispatch
from tenantcrm.delivery.scanner import Scanner
from tenantcrm.delivery.service import contacts_changed, refresh_stats, scan_tenant
from tenantcrm.tenants.models import TenantStats
from tests.conftest import add_tenant
from tests.delivery.desk import Desk
from tests.delivery.world import World


async def due_campaign(world: World, *days: int, **values) -> object:
    """A scheduled campaign whose time of today has come a minute ago, and not been worked off."""
    now = clock.now()
    at = now - timedelta(minutes=1)
    values = {
        "preferred_send_time": time(at.hour, at.minute),
        "next_scan_at": at,
        "scanned_at": at - timedelta(days=1),
    } | values
    return await world.campaign(*days, **values)


async def old_contact(world: World, **values):
    """A contact that was there before the campaign's time."""
    made = clock.now() - timedelta(days=1)
    return await world.contact(created_at=made, updated_at=made, **values)


async def test_scan_enters_what_is_due(world: World):
    """Whoever matches is enrolled and has day 0 in the ledger; day 2 is not due yet."""
    contacts = [await old_contact(world) for _ in range(3)]
    await due_campaign(world, 0, 2)
    assert await scan_tenant(world.database, world.tenant_id) == 3
    mails = await world.mails()
    assert {mail.contact_id for mail in mails} == set(contacts)
    assert {(mail.kind, mail.state) for mail in mails} == {("day_zero", "pending")}
    assert (await world.lane()).due_at == min(mail.due_at for mail in mails)


async def test_scans_side_by_side_enter_once(world: World):
    """Several workers that scan at the same time enter each mail once."""
    for _ in range(20):
        await old_contact(world)
    await due_campaign(world, 0)
    counts = await asyncio.gather(*(scan_tenant(world.database, world.tenant_id) for _ in range(4)))
    assert sum(counts) == 20
    assert await world.states() == {"pending": 20}


async def test_late_day_is_entered_as_skipped(world: World):
    """A message whose time has passed for too long is in the ledger as skipped, with the reason."""
    contact = await old_contact(world)
    now = clock.now()
    at = now - timedelta(minutes=1)
    campaign = await due_campaign(
        world, 0, 2, late_limit_hours=1, scanned_at=at - timedelta(days=4)
    )
    await world.enrol(campaign, contact)
    (enrollment,) = await world.all(Enrollment)
    day = at.date() - timedelta(days=3)
    await world.change(Enrollment, enrollment.id, enrolled_on=day)
    await scan_tenant(world.database, world.tenant_id)
    assert await world.states() == {"skipped:late": 2}


async def test_suspended_tenant_is_not_scanned(world: World):
    """A suspended tenant enrols nobody, and its scan is not lost."""
    await old_contact(world)
    await due_campaign(world, 0)
    await world.suspend()
    assert await scan_tenant(world.database, world.tenant_id) == 0
    assert await world.mails() == []
    await world.suspend(suspended=False)
    assert await scan_tenant(world.database, world.tenant_id) == 1


async def test_contact_that_comes_is_mailed_at_once(world: World):
    """A campaign that welcomes at once has the mail in the ledger when a contact has come."""
    campaign = await due_campaign(
        world, 0, day_zero="immediately", next_scan_at=clock.now() + timedelta(minutes=10)
    )
    await scan_tenant(world.database, world.tenant_id)
    contact = await world.contact()
    assert await contacts_changed(world.database, world.tenant_id) == 1
    (mail,) = await world.mails()
    assert (mail.contact_id, mail.campaign_id) == (contact, campaign)


async def test_sweep_finds_the_tenant(fresh_database: Database):
    """The dispatcher finds who has a scan due, and afterwards finds nothing."""
    # Of its own: in the shared one the tenants of other tests are due as well, and come first.
    world = World(fresh_database, await add_tenant(fresh_database))
    await old_contact(world)
    await due_campaign(world, 0)
    async with world.database.unit_of_work(world.tenant_id) as session:
        session.add(ScanSchedule(tenant_id=world.tenant_id, scan_at=clock.now()))
    scanner = Scanner(world.database)
    assert world.tenant_id in await scanner.due()
    assert world.tenant_id not in await scanner.due(overdue=timedelta(hours=1))
    for _ in range(200):
        await scanner.sweep()
        if await world.states():
            break
        await asyncio.sleep(0.1)
    await scanner.stop(20.0)
    assert await world.states() == {"pending": 1}
    assert world.tenant_id not in await scanner.due()


async def test_stale_schedule_is_put_right(world: World):
    """A schedule that says too early is told what is so, and does not keep the sweep busy."""
    await world.campaign(0)
    async with world.database.unit_of_work(world.tenant_id) as session:
        session.add(ScanSchedule(tenant_id=world.tenant_id, scan_at=clock.now()))
    await scan_tenant(world.database, world.tenant_id)
    (campaign,) = await world.all(Campaign)
    (schedule,) = await world.all(ScanSchedule)
    assert schedule.scan_at == campaign.next_scan_at


async def test_resumed_campaign_is_looked_at(world: World, desk: Desk):
    """A scan after a campaign was activated again has what was held for it looked at now."""
    contact = await world.contact()
    campaign = await world.due(contact)
    await world.change(Campaign, campaign, state="paused", next_scan_at=None)
    await desk.preflight(world, await desk.claim(world))
    assert await desk.claim(world) == []
    assert (await world.lane()).retry_at is not None
    await scan_tenant(world.database, world.tenant_id)
    assert (await world.lane()).retry_at is not None
    later = clock.now() + timedelta(days=1)
    await world.change(Campaign, campaign, state="active", next_scan_at=later)
    await scan_tenant(world.database, world.tenant_id)
    assert (await world.lane()).retry_at is None
    await desk.send(world)
    assert await world.states() == {"sent": 1}


async def test_counts_for_the_operator(world: World, desk: Desk):
    """The counts say how many contacts, campaigns and mails a tenant has, and nothing else."""
    contacts = [await world.contact() for _ in range(3)]
    await world.contact(mode="test")
    await world.campaign(0, state="draft", next_scan_at=None)
    await world.due(*contacts[:2])
    await desk.send(world)
    await world.due(contacts[2])
    while world.tenant_id in await stale(world):
        await refresh_stats(world.database)
    (stats,) = await world.all(TenantStats)
    counted = (stats.contacts, stats.campaigns, stats.active_campaigns)
    assert counted == (3, 3, 2)
    assert (stats.sent, stats.sent_last_day, stats.pending, stats.failed) == (2, 2, 1, 0)


async def stale(world: World) -> list:
    async with world.database.control_unit_of_work() as control:
        return await dispatch.stalest(
            control, before=clock.now() - timedelta(minutes=1), most=10_000
        )
