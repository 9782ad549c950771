"""An hour to undo an unsubscription: all is back, nothing twice, and then nothing is kept."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from tenantcrm import clock
from tenantcrm.campaigns.models import Campaign, Enrollment
from tenantcrm.contacts import service as contacts
from tenantcrm.contacts.models import Activity, Contact, Suppression
from tenantcrm.contacts.status import ContactStatus
from tenantcrm.delivery.models import Delivery, Departure
from tenantcrm.delivery.service import erase, forget_departed, undo, unsubscribe
from tenantcrm.sealing import Seal
from tenantcrm.tenants.models import Mode
from tests.delivery.world import World

SEAL = Seal([b"k" * 32])


async def leave(world: World, contact: UUID) -> bytes:
    """Unsubscribe by link; gives the hash that the link carried."""
    email_hash = bytes((await world.row(Contact, contact)).email_hash)
    async with world.database.unit_of_work(world.tenant_id) as session:
        assert await unsubscribe(
            session, contact_id=contact, email_hash=email_hash, campaign_id=None, source="page",
            seal=SEAL,
        )  # fmt: skip
    return email_hash


async def back(world: World, email_hash: bytes, seal: Seal = SEAL) -> bool:
    async with world.database.unit_of_work(world.tenant_id) as session:
        return await undo(session, seal, email_hash=email_hash)


async def test_everything_is_as_before(world: World):
    """The contact, its history, its place in campaigns and its waiting mail come back, once."""
    contact = await world.contact(
        name="Ada", external_id="u1", attributes={"Plan": "Pro"}, folded={"Plan": "pro"}
    )
    campaign = await world.due(contact)
    before = await world.row(Contact, contact)
    email_hash = await leave(world, contact)
    assert await world.row(Contact, contact) is None
    assert await back(world, email_hash)
    after = await world.row(Contact, contact)
    same = ("email", "name", "external_id", "attributes", "folded", "status", "created_at")
    assert [getattr(after, n) for n in same] == [getattr(before, n) for n in same]
    assert after.changed > before.changed
    assert await world.states() == {"pending": 1}
    (entry,) = await world.all(Enrollment)
    assert (entry.contact_id, entry.state, entry.campaign_id) == (contact, "active", campaign)
    assert await world.all(Suppression) == []
    left, returned = sorted(await world.all(Activity), key=lambda row: row.at)
    assert (left.kind, returned.kind) == ("contact_unsubscribed", "contact_resubscribed")
    assert returned.contact_id == contact
    assert returned.detail["consent"]["source"] == "undone on the unsubscribe page"
    assert await world.all(Departure) == []
    assert await back(world, email_hash) is False


async def test_nothing_readable_is_kept(world: World):
    """What rests in the database for the hour says neither name nor address."""
    contact = await world.contact(name="Ada Lovelace", email="ada@secret.example")
    await leave(world, contact)
    (kept,) = await world.all(Departure)
    assert b"Ada" not in kept.sealed
    assert b"secret" not in kept.sealed
    assert Seal([b"x" * 32]).open(kept.sealed, b"") is None


async def test_after_the_hour_it_is_too_late(world: World):
    """What is past its time is not brought back, and is thrown away."""
    email_hash = await leave(world, await world.contact())
    async with world.database.control_unit_of_work() as control:
        await control.execute(
            update(Departure)
            .where(Departure.tenant_id == world.tenant_id)
            .values(undo_until=clock.real_now() - timedelta(seconds=1))
        )
    assert await back(world, email_hash) is False
    await forget_departed(world.database)
    assert await world.all(Departure) == []


async def test_who_complained_meanwhile_stays_out(world: World):
    """A complaint says more than an undo."""
    contact = await world.contact()
    email_hash = await leave(world, contact)
    async with world.database.unit_of_work(world.tenant_id) as session:
        await contacts.stop_mailing(
            session, mode=Mode.LIVE, reason=ContactStatus.COMPLAINED, email_hashes=[email_hash],
            contact=None,
        )  # fmt: skip
    assert await back(world, email_hash) is False
    assert await world.row(Contact, contact) is None
    assert [s.reason for s in await world.all(Suppression)] == ["complained"]


async def test_made_anew_meanwhile(world: World):
    """A contact that the backend has made of the address meanwhile takes the old one's place."""
    contact = await world.contact(
        email="a@example.com", name="Ada", attributes={"x": 1, "y": 1}, folded={"x": 1, "y": 1}
    )
    await world.due(contact)
    email_hash = await leave(world, contact)
    anew = await world.contact(
        email="a@example.com", email_hash=email_hash, status="unsubscribed", attributes={"y": 2},
        folded={"y": 2},
    )  # fmt: skip
    assert await back(world, email_hash)
    row = await world.row(Contact, anew)
    assert (row.status, row.name, row.attributes) == ("subscribed", "Ada", {"x": 1, "y": 2})
    assert [mail.contact_id for mail in await world.mails()] == [anew]
    assert await world.states() == {"pending": 1}


async def test_external_id_taken_meanwhile(world: World):
    """Whose external id is another's by now comes back without it."""
    contact = await world.contact(external_id="u1")
    email_hash = await leave(world, contact)
    await world.contact(external_id="u1")
    assert await back(world, email_hash)
    assert (await world.row(Contact, contact)).external_id is None


async def test_what_came_due_meanwhile_is_due(world: World):
    """A scan passed the person over while they were out: the mail is due all the same, once."""
    contact = await world.contact()
    campaign = await world.campaign(0, 1)
    await world.enrol(campaign, contact)
    now = clock.now()
    async with world.database.unit_of_work(world.tenant_id) as session:
        # Enrolled yesterday, at a time that comes while the contact is out.
        soon = (now + timedelta(milliseconds=1)).time()
        await session.execute(
            update(Campaign)
            .where(Campaign.tenant_id == world.tenant_id, Campaign.id == campaign)
            .values(preferred_send_time=soon)
        )
        await session.execute(
            update(Enrollment)
            .where(Enrollment.tenant_id == world.tenant_id)
            .values(enrolled_on=now.date() - timedelta(days=1))
        )
        await session.execute(
            update(Contact).where(Contact.tenant_id == world.tenant_id).values(created_at=now)
        )
    email_hash = await leave_at(world, contact, now)
    assert await world.mails() == []
    assert await back(world, email_hash)
    (mail,) = await world.mails()
    assert (mail.state, mail.contact_id, mail.kind) == ("pending", contact, "drip")


async def leave_at(world: World, contact: UUID, departed_at: object) -> bytes:
    """Leave, and have left at this instant."""
    email_hash = await leave(world, contact)
    async with world.database.control_unit_of_work() as control:
        await control.execute(
            update(Departure)
            .where(Departure.tenant_id == world.tenant_id)
            .values(departed_at=departed_at)
        )
    async with world.database.unit_of_work(world.tenant_id) as session:
        await session.execute(
            update(Enrollment)
            .where(Enrollment.tenant_id == world.tenant_id)
            .values(ended_at=departed_at)
        )
        found = await session.execute(select(Delivery).where(Delivery.tenant_id == world.tenant_id))
        assert found.scalars().all() == []
    return email_hash


@pytest.mark.parametrize("suppress", [False, True])
async def test_an_erasure_leaves_nothing_to_undo(world: World, suppress: bool):
    """Whoever the tenant erases within the hour is not brought back by an old page."""
    contact = await world.contact(email="a@example.com")
    email_hash = await leave(world, contact)
    anew = await world.contact(email="a@example.com", email_hash=email_hash, status="unsubscribed")
    async with world.database.unit_of_work(world.tenant_id) as session:
        await erase(session, anew, suppress=suppress, actor="user:1")
    assert await world.all(Departure) == []
    assert await back(world, email_hash) is False
