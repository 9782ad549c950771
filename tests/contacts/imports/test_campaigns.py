"""Imports beside campaigns that run: who comes in, who is kept out, and whoever has left."""

from datetime import timedelta
from uuid import UUID

import pytest

from tenantcrm import clock
from tenantcrm.campaigns.service import audience, contacts_changed
from tenantcrm.campaigns.service.starting_soon import GRACE, start_soon, start_waiting, undo_start
from tenantcrm.campaigns.states import Enroll
from tenantcrm.contacts.imports.models import ContactImport
from tests.campaigns.senders import VerifiedSenders
from tests.campaigns.world import World
from tests.contacts.imports.conftest import Desk, counts

DAY = timedelta(days=1)


@pytest.fixture
def world(desk: Desk) -> World:
    return World(desk.database, desk.tenant_id)


async def scanned(world: World, campaign: UUID, *, ahead: timedelta = timedelta()) -> set[str]:
    """Who is in a campaign that mails at once, after it has looked."""
    async with world.database.unit_of_work(world.tenant_id) as session:
        await contacts_changed(session, now=clock.now() + ahead)
    await world.scan(campaign, clock.now() + ahead)
    return await inside(world, campaign)


async def inside(world: World, campaign: UUID) -> set[str]:
    async with world.database.unit_of_work(world.tenant_id) as session:
        rows = await session.fetch(
            "SELECT c.email FROM enrollments e JOIN contacts c ON c.tenant_id = e.tenant_id"
            " AND c.id = e.contact_id WHERE e.tenant_id = $1 AND e.campaign_id = $2"
            " AND e.state = 'active'",
            world.tenant_id,
            campaign,
        )
    return {row["email"] for row in rows}


async def running(world: World, **values: object) -> UUID:
    start = clock.now() - DAY
    values = {"contact_filter": "plan = pro", "day_zero": "immediately"} | values
    return await world.campaign(0, 2, now=start, **values)


PRO = b"email,plan\nada@example.com,pro\ngrace@example.com,free\n"


async def test_off_unless_ticked(desk: Desk, world: World):
    """A campaign that runs takes in whom an import brings only where the import says so."""
    campaign = await running(world)
    assert (await desk.run(PRO)).created == 2
    assert await scanned(world, campaign) == set()
    async with desk.database.unit_of_work(desk.tenant_id) as session:
        told = await audience(session, "plan = pro", campaign_id=campaign)
    assert (told.eligible, told.excluded) == (0, {"imported": 1})
    ticked = b"email,plan\nedsger@example.com,pro\n"
    await desk.run(ticked, enter_campaigns=True)
    assert await scanned(world, campaign) == {"edsger@example.com"}


async def test_who_comes_to_match_later_comes_in(desk: Desk, world: World):
    """Kept out is whoever matches by the import: who matches by a later change comes in, who
    changes otherwise does not, and who stops to match and matches anew does."""
    campaign = await running(world)
    await desk.run(PRO)
    assert await scanned(world, campaign) == set()
    people = await desk.contacts()
    ada, grace = people["ada@example.com"]["id"], people["grace@example.com"]["id"]
    await world.change(ada, name="Countess")
    await world.change(grace, attributes={"plan": "pro"}, folded={"plan": "pro"})
    assert await scanned(world, campaign) == {"grace@example.com"}
    for plan in ("free", "pro"):
        await world.change(ada, attributes={"plan": plan}, folded={"plan": plan})
        await scanned(world, campaign)
    assert await inside(world, campaign) == {"ada@example.com", "grace@example.com"}


async def test_a_change_by_an_import_keeps_out_too(desk: Desk, world: World):
    """Whoever comes to match by a column of an import stays out; who waited before it comes in;
    who is in stays in."""
    campaign = await running(world)
    await world.contact(email="new@example.com", attributes={"plan": "free"})
    await world.contact(email="in@example.com", attributes={"plan": "pro"})
    assert await scanned(world, campaign) == {"in@example.com"}
    await world.contact(email="waits@example.com", attributes={"plan": "pro"})
    rows = b"email,plan,city\nnew@example.com,pro,\nwaits@example.com,pro,Bonn\nin@example.com,,X\n"
    assert (await desk.run(rows)).updated == 3
    assert await scanned(world, campaign) == {"in@example.com", "waits@example.com"}


async def test_no_second_entry_by_an_import(desk: Desk, world: World):
    """Whoever had left and matches again by an import does not come in once more."""
    campaign = await running(world, exit_unmatched=True, reentry_gap_days=1)
    ada = await world.contact(email="ada@example.com", attributes={"plan": "pro"})
    assert await scanned(world, campaign) == {"ada@example.com"}
    await world.change(ada, attributes={"plan": "free"}, folded={"plan": "free"})
    assert await scanned(world, campaign) == set()
    assert (await desk.run(b"email,plan\nada@example.com,pro\n")).updated == 1
    assert await scanned(world, campaign, ahead=2 * DAY) == set()
    for plan in ("free", "pro"):
        await world.change(ada, attributes={"plan": plan}, folded={"plan": plan})
        await scanned(world, campaign, ahead=3 * DAY)
    assert await inside(world, campaign) == {"ada@example.com"}


async def test_a_campaign_that_begins_later_takes_them_in(desk: Desk, world: World):
    """Kept out of campaigns that run: one that is activated afterwards is for everybody."""
    await desk.run(PRO)
    campaign = await running(world)
    assert await scanned(world, campaign) == {"ada@example.com"}


@pytest.mark.parametrize("enroll", [Enroll.ALL, Enroll.NEW])
async def test_a_campaign_in_its_first_minute(desk: Desk, world: World, enroll: Enroll):
    """One that is about to start runs already for an import: whom that brings stays out, unless the
    start is taken back."""
    campaign = await running(world, active=False)
    await starting(world, campaign, enroll)
    await desk.run(PRO)
    async with world.database.unit_of_work(world.tenant_id) as session:
        await undo_start(session, campaign, actor="user:1")
    await starting(world, campaign, Enroll.ALL)
    await starts(world, campaign)
    assert await inside(world, campaign) == {"ada@example.com"}
    other = await running(world, active=False, name="Other")
    await starting(world, other, enroll)
    await desk.run(b"email,plan\nedsger@example.com,pro\n")
    await world.contact(clock.now(), email="new@example.com", attributes={"plan": "pro"})
    await starts(world, other)
    known = {"ada@example.com"} if enroll is Enroll.ALL else set()
    assert await inside(world, other) == known | {"new@example.com"}


async def starting(world: World, campaign: UUID, enroll: Enroll) -> None:
    async with world.database.unit_of_work(world.tenant_id) as session:
        await start_soon(session, campaign, senders=VerifiedSenders(), actor="u", enroll=enroll)


async def starts(world: World, campaign: UUID) -> None:
    """Its minute is over, and it looks for people."""
    async with world.database.unit_of_work(world.tenant_id) as session:
        await start_waiting(session, now=clock.now() + 2 * GRACE)
    await world.scan(campaign, clock.now() + 3 * GRACE)


async def test_nobody_is_resubscribed(desk: Desk, world: World):
    """Unsubscribed people and suppressed addresses stay so, new or known, and are counted."""
    await world.contact(email="left@example.com", status="unsubscribed")
    await world.contact(email="bounced@example.com", status="bounced")
    first = await desk.run(b"email\nerased@example.com\n")
    people = await desk.contacts()
    await world.suppress(people["erased@example.com"]["id"])
    async with desk.database.unit_of_work(desk.tenant_id) as session:
        await session.fetch(
            "DELETE FROM contacts WHERE tenant_id = $1 AND id = $2",
            desk.tenant_id,
            people["erased@example.com"]["id"],
        )
    rows = b"email,status\n" + b"".join(
        b"%b@example.com,subscribed\n" % name for name in (b"left", b"bounced", b"erased", b"new")
    )
    found: ContactImport = await desk.run(rows)
    assert first.not_mailable == 0
    assert counts(found) == {
        "rows": 4, "created": 2, "updated": 2, "unchanged": 0, "refused": 0, "not_mailable": 3,
    }  # fmt: skip
    status = {email: row["status"] for email, row in (await desk.contacts()).items()}
    assert status == {
        "left@example.com": "unsubscribed", "bounced@example.com": "bounced",
        "erased@example.com": "unsubscribed", "new@example.com": "subscribed",
    }  # fmt: skip
