"""Unsubscribed by the tenant's own system: out of mail, still a contact."""

import asyncio

import pytest

from tenantcrm import ids
from tenantcrm.campaigns.models import Enrollment
from tenantcrm.campaigns.service import memberships_of
from tenantcrm.contacts import service as contacts
from tenantcrm.contacts.models import Activity, Contact, Suppression
from tenantcrm.contacts.schemas import Consent
from tenantcrm.delivery.service import contact_activity, withdraw
from tenantcrm.errors import NotFoundError
from tenantcrm.tenants.models import Mode
from tests.delivery.world import World, at


async def leave(world: World, contact, mode: Mode = Mode.LIVE):
    async with world.database.unit_of_work(world.tenant_id) as session:
        return await withdraw(session, contact, mode=mode, actor="key:1")


async def test_stops_everything_and_keeps_the_contact(world: World):
    """Its due mail is skipped, its place in campaigns ends, its address is kept from mail."""
    contact, other = await world.contact(), await world.contact()
    await world.due(contact, other)
    row = await leave(world, contact)
    assert row.status == "unsubscribed"
    stored = await world.row(Contact, contact)
    assert (stored.status, stored.email) == ("unsubscribed", row.email)
    ended = [e for e in await world.all(Enrollment) if e.contact_id == contact]
    assert [(e.state, e.exit_reason) for e in ended] == [("exited", "unsubscribed")]
    assert await world.states() == {"skipped:unsubscribed": 1, "pending": 1}
    assert [s.email_hash for s in await world.all(Suppression)] == [stored.email_hash]


async def test_twice_is_as_good_as_once(world: World):
    """However often it is asked for, at once or later, it is told once."""
    contact = await world.contact()
    await asyncio.gather(*(leave(world, contact) for _ in range(5)))
    await leave(world, contact)
    assert [a.kind for a in await world.all(Activity)] == ["contact_unsubscribed"]


async def test_heals_a_half_known_unsubscribe(world: World):
    """A suppressed address makes its contact unsubscribed, and the other way round."""
    contact = await world.contact()
    async with world.database.unit_of_work(world.tenant_id) as session:
        row = await contacts.get(session, contact, mode=Mode.LIVE)
        await contacts.suppress(session, mode=Mode.LIVE, email_hash=row.email_hash)
    assert (await leave(world, contact)).status == "unsubscribed"
    other = await world.contact(status="unsubscribed")
    await leave(world, other)
    assert len(await world.all(Suppression)) == 2


async def test_who_is_not_there(world: World):
    """Nobody, and a contact of the other mode, are not found."""
    contact = await world.contact(mode="test")
    for missing in (ids.new_id(), contact):
        with pytest.raises(NotFoundError):
            await leave(world, missing)
    assert (await leave(world, contact, Mode.TEST)).status == "unsubscribed"


async def test_the_feed_and_the_memberships_tell(world: World):
    """What happened is in the contact's feed, and its campaigns are listed with how they ended."""
    contact = await world.contact()
    await world.due(contact)
    await leave(world, contact)
    async with world.database.unit_of_work(world.tenant_id) as session:
        consent = Consent(source="shop", at=at("2026-01-01 10:00"))
        await contacts.resubscribe(session, contact, consent, mode=Mode.LIVE, actor="key:1")
    async with world.database.unit_of_work(world.tenant_id) as session:
        feed = await contact_activity(session, contact)
        first = await memberships_of(session, contact, limit=1)
    kinds = [entry.kind for entry in feed.rows]
    assert kinds[0] == "contact_resubscribed"
    assert {"exited", "mail_skipped", "enrolled", "contact_created"} < set(kinds)
    assert [(m.state, m.exit_reason) for m in first.rows] == [("exited", "unsubscribed")]
    assert first.next is None
    stored = await world.row(Contact, contact)
    assert stored.status == "subscribed"
    assert await world.all(Suppression) == []
