"""Scans beside each other and beside everything else: nobody is enrolled twice, nobody is lost."""

import asyncio
import random
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from tenantcrm.campaigns import service
from tenantcrm.campaigns.models import Campaign, Enrollment
from tenantcrm.contacts import service as contacts
from tenantcrm.contacts.models import Activity, Contact
from tenantcrm.contacts.schemas import ContactInput
from tenantcrm.database import TenantSession
from tenantcrm.delivery.models import Delivery
from tenantcrm.delivery.service import contacts_changed
from tenantcrm.tenants.models import Mode
from tests.campaigns.senders import VerifiedSenders
from tests.campaigns.world import MORNING, World, at

TEN = MORNING.replace(hour=10)
SOON = 0.2
"""Long enough for a statement to come to its lock; nothing is asserted about time itself."""


async def erase(session: TenantSession, campaign: UUID, contact: UUID) -> None:
    """What an unsubscription does, in its order: contact, enrolments, activity, deletion."""
    mine = (Contact.tenant_id == session.tenant_id, Contact.id == contact)
    found = (await session.execute(select(Contact.id).where(*mine).with_for_update())).first()
    if found is None:
        return
    await service.exit_contact(session, contact, reason="unsubscribed")
    session.add(Activity(tenant_id=session.tenant_id, kind="unsubscribed", campaign_id=campaign))
    await session.flush()
    await session.execute(delete(Contact).where(*mine))


async def pause(world: World, campaign: UUID) -> str:
    async with world.database.unit_of_work(world.tenant_id) as session:
        return (await service.pause(session, campaign, actor="user:1")).state


async def activate(world: World, campaign: UUID, now=TEN) -> str:
    async with world.database.unit_of_work(world.tenant_id) as session:
        view = await service.activate(
            session, campaign, senders=VerifiedSenders(), actor="user:1", now=now
        )
        return view.state


async def test_many_scans_at_once(world: World):
    """Of scans at the same instant one does the work, and the others nothing."""
    people = {await world.contact() for _ in range(20)}
    campaign = await world.campaign(0)
    results = await asyncio.gather(*(world.scan(campaign, TEN) for _ in range(8)))
    assert [r.enrolled for r in results if r is not None] == [20]
    assert set(await world.enrolled(campaign)) == people


async def test_a_scan_again(world: World):
    """A scan that is done again, as if it had never been noted, enrols nobody twice."""
    contact = await world.contact()
    campaign = await world.campaign(0)
    await world.scan(campaign, TEN)
    async with world.database.unit_of_work(world.tenant_id) as session:
        row = await session.get_one(Campaign, (world.tenant_id, campaign))
        row.next_scan_at, row.scanned_xid = TEN, None
        row.scanned_at -= timedelta(days=1)
    result = await world.scan(campaign, TEN)
    assert result.enrolled == 0
    # Handed over once more: the ledger, unique by message and contact, drops it.
    assert len(result.hand_overs) == 1
    assert set(await world.enrolled(campaign)) == {contact}


async def test_cut_half_way(world: World):
    """A scan that dies before its commit has done nothing; the next one does it all."""
    await world.contact()
    campaign = await world.campaign(0)
    with pytest.raises(ZeroDivisionError):
        async with world.database.unit_of_work(world.tenant_id) as session:
            assert (await service.scan(session, campaign, now=TEN)).enrolled == 1
            raise ZeroDivisionError
    assert await world.enrolled(campaign) == {}
    assert (await world.scan(campaign, TEN)).enrolled == 1


async def test_connection_cut(world: World):
    """The same when the database ends the connection under the scan."""
    await world.contact()
    campaign = await world.campaign(0)
    with pytest.raises(DBAPIError):
        async with world.database.unit_of_work(world.tenant_id) as session:
            await service.scan(session, campaign, now=TEN)
            await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert await world.enrolled(campaign) == {}
    assert (await world.scan(campaign, TEN)).enrolled == 1


async def test_a_contact_that_commits_late(world: World):
    """A contact written before a scan and committed after it is seen by the next scan."""
    campaign = await world.campaign(0)
    async with world.database.unit_of_work(world.tenant_id) as writer:
        contact = Contact(
            tenant_id=world.tenant_id,
            mode="live",
            email="late@example.com",
            email_key="late@example.com",
            email_hash=b"l" * 32,
            created_at=MORNING,
            updated_at=MORNING,
        )
        writer.add(contact)
        await writer.flush()
        # Younger transactions end before the older one does.
        await world.contact()
        assert (await world.scan(campaign, TEN)).enrolled == 1
    assert (await world.scan(campaign, TEN + timedelta(days=1))).enrolled == 1
    assert contact.id in await world.enrolled(campaign)


async def test_a_contact_that_comes_to_match_late(world: World):
    """A change that commits after a scan, begun before it, is seen by the next scan."""
    contact = await world.contact(attributes={"plan": "free"})
    campaign = await world.campaign(0, contact_filter="plan=pro")
    await world.scan(campaign, TEN)
    async with world.database.unit_of_work(world.tenant_id) as writer:
        await writer.execute(
            update(Contact)
            .where(Contact.tenant_id == world.tenant_id, Contact.id == contact)
            .values(attributes={"plan": "pro"}, folded={"plan": "pro"})
        )
        await world.contact(attributes={"plan": "pro"})
        assert (await world.scan(campaign, TEN + timedelta(days=1))).enrolled == 1
    assert (await world.scan(campaign, TEN + timedelta(days=2))).enrolled == 1


async def test_erased_during_a_scan(world: World):
    """A contact that is being erased is waited for and passed over; the others are enrolled."""
    leaving, staying = await world.contact(), await world.contact()
    campaign = await world.campaign(0)
    async with world.database.unit_of_work(world.tenant_id) as session:
        mine = (Contact.tenant_id == world.tenant_id, Contact.id == leaving)
        await session.execute(select(Contact.id).where(*mine).with_for_update())
        scan = asyncio.create_task(world.scan(campaign, TEN))
        await asyncio.sleep(SOON)
        # The scan holds the campaign and waits for the contact: no deadlock comes of noting it.
        await erase(session, campaign, leaving)
    assert (await scan).enrolled == 1
    assert set(await world.enrolled(campaign)) == {staying}


async def test_erased_after_a_scan(world: World):
    """An erasure that begins during a scan waits for it, and takes the contact out again."""
    contact = await world.contact()
    campaign = await world.campaign(0, 5)

    async def leave() -> None:
        async with world.database.unit_of_work(world.tenant_id) as other:
            await erase(other, campaign, contact)

    async with world.database.unit_of_work(world.tenant_id) as session:
        await service.scan(session, campaign, now=TEN)
        leaving = asyncio.create_task(leave())
        await asyncio.sleep(SOON)
        assert not leaving.done()
    await leaving
    people = await world.enrolled(campaign)
    assert [(e.state, e.exit_reason) for e in people.values()] == [("exited", "unsubscribed")]
    assert set(people) == {None}


async def test_unsubscribed_during_a_scan(world: World):
    """A contact whose status changes while the scan runs is judged by the newest state."""
    contact = await world.contact()
    campaign = await world.campaign(0)
    async with world.database.unit_of_work(world.tenant_id) as session:
        await session.execute(
            update(Contact)
            .where(Contact.tenant_id == world.tenant_id, Contact.id == contact)
            .values(status="unsubscribed", email_key="moved@example.com")
        )
        scan = asyncio.create_task(world.scan(campaign, TEN))
        await asyncio.sleep(SOON)
    assert (await scan).enrolled == 0


async def test_paused_during_a_scan(world: World):
    """A pause waits for the scan in progress; after it nothing is scanned."""
    await world.contact()
    campaign = await world.campaign(0, 1)
    async with world.database.unit_of_work(world.tenant_id) as session:
        result = await service.scan(session, campaign, now=TEN)
        pausing = asyncio.create_task(pause(world, campaign))
        await asyncio.sleep(SOON)
        assert not pausing.done()
    assert (await pausing, result.enrolled) == ("paused", 1)
    assert await world.scan(campaign, TEN + timedelta(days=1)) is None
    assert await world.scan_at() is None


async def test_scanned_during_a_pause(world: World):
    """A scan does not wait for a pause in progress, and does nothing."""
    await world.contact()
    campaign = await world.campaign(0)
    async with world.database.unit_of_work(world.tenant_id) as session:
        await service.pause(session, campaign, actor="user:1")
        assert await world.scan(campaign, TEN) is None
    assert await world.enrolled(campaign) == {}


async def test_the_schedule_forgets_no_campaign(world: World):
    """Whoever ends last, the tenant's next scan is the earliest of all its campaigns."""
    for _ in range(5):
        late = await world.campaign(0)
        early = await world.campaign(
            0, active=False, preferred_send_time=at("2026-03-02 11:00").time()
        )
        await asyncio.gather(world.scan(late, TEN), activate(world, early))
        assert await world.scan_at() == TEN + timedelta(hours=1)
        await pause(world, early)
        assert await world.scan_at() == TEN + timedelta(days=1)


async def test_contacts_changed_during_a_scan(world: World):
    """A wake-up during a scan of an immediate campaign makes it due again."""
    campaign = await world.campaign(0, day_zero="immediately")

    async def wake() -> None:
        async with world.database.unit_of_work(world.tenant_id) as other:
            await service.contacts_changed(other, now=TEN)

    async with world.database.unit_of_work(world.tenant_id) as session:
        await service.scan(session, campaign, now=TEN)
        waking = asyncio.create_task(wake())
        await asyncio.sleep(SOON)
    await waking
    assert await world.scan_at() == TEN


class Storm:
    """Everything that can happen to a campaign and its contacts, at once."""

    def __init__(self, world: World, campaign: UUID, contacts: list[UUID]) -> None:
        self.world, self.campaign, self.contacts = world, campaign, contacts
        self.now, self.dice = TEN, random.Random(7)

    async def scans(self) -> None:
        for _ in range(25):
            self.now += timedelta(days=1)
            await asyncio.gather(*(self.world.scan(self.campaign, self.now) for _ in range(2)))

    async def changes(self) -> None:
        for contact in list(self.contacts):
            await self.world.change(contact, attributes={"plan": "pro"}, folded={"plan": "pro"})

    async def newcomers(self) -> None:
        for _ in range(30):
            contact = await self.world.contact(attributes={"plan": "pro"})
            self.contacts.append(contact)

    async def erasures(self) -> None:
        for _ in range(15):
            contact = self.contacts.pop(self.dice.randrange(len(self.contacts)))
            async with self.world.database.unit_of_work(self.world.tenant_id) as session:
                await erase(session, self.campaign, contact)

    async def pauses(self) -> None:
        for _ in range(6):
            await pause(self.world, self.campaign)
            await asyncio.sleep(0.01)
            await activate(self.world, self.campaign, self.now)


async def test_storm(world: World):
    """Scans, newcomers, changes, erasures and pauses all at once: in the end each matching contact
    is in the campaign exactly once, and nobody else.
    """
    campaign = await world.campaign(0, 1, contact_filter="plan=pro", late_limit_hours=8760)
    people = [await world.contact(attributes={"plan": "free"}) for _ in range(30)]
    storm = Storm(world, campaign, people)
    await asyncio.gather(
        storm.scans(), storm.changes(), storm.newcomers(), storm.erasures(), storm.pauses()
    )
    while await world.scan(campaign, storm.now + timedelta(days=2)) is not None:
        pass
    async with world.database.unit_of_work(world.tenant_id) as session:
        rows = await session.execute(
            select(Enrollment.contact_id, Enrollment.state).where(
                Enrollment.tenant_id == world.tenant_id, Enrollment.campaign_id == campaign
            )
        )
        found = rows.all()
        left = select(Contact.id).where(
            Contact.tenant_id == world.tenant_id, Contact.folded["plan"].astext == "pro"
        )
        matching = set((await session.execute(left)).scalars())
    assert sorted(c for c, _ in found if c is not None) == sorted(matching)
    assert {state for c, state in found if c is None} <= {"exited", "finished"}


async def test_workers_and_the_api(world: World):
    """Workers scan while contacts are upserted: each contact is mailed day 0 exactly once."""
    campaign = await world.campaign(0, contact_filter="plan=pro", day_zero="immediately")

    async def backend(number: int) -> None:
        for n in range(10):
            async with world.database.unit_of_work(world.tenant_id) as session:
                await contacts.upsert_by_email(
                    session,
                    f"{(number * 5 + n) % 20}@example.com",
                    ContactInput(attributes={"plan": "pro", "by": number}),
                    mode=Mode.LIVE,
                    hasher=lambda key: key.encode().ljust(32),
                )

    async def worker() -> None:
        for _ in range(8):
            await contacts_changed(world.database, world.tenant_id)

    await asyncio.gather(*(backend(n) for n in range(4)), *(worker() for _ in range(3)))
    await contacts_changed(world.database, world.tenant_id)
    async with world.database.unit_of_work(world.tenant_id) as session:
        mine = select(Delivery.contact_id).where(
            Delivery.tenant_id == world.tenant_id, Delivery.campaign_id == campaign
        )
        mailed = list((await session.execute(mine)).scalars())
    assert len(mailed) == len(set(mailed)) == 20
    assert set(mailed) == set(await world.enrolled(campaign))
