"""Unsubscribed by the tenant's own system: out of mail, still a contact."""

import asyncio
from uuid import UUID

import pytest

from tenantcrm import ids
from tenantcrm.campaigns.models import Enrollment
from tenantcrm.campaigns.service import memberships_of
from tenantcrm.contacts import service as contacts
from tenantcrm.contacts.bulk import service as bulk
from tenantcrm.contacts.bulk.states import What
from tenantcrm.contacts.models import Activity, Contact, Suppression
from tenantcrm.contacts.schemas import Consent
from tenantcrm.contacts.service.lists import Asked
from tenantcrm.delivery import bulk_actions
from tenantcrm.delivery.bulk_actions import BulkActions
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


async def test_many_leave_as_each_would(world: World, monkeypatch: pytest.MonkeyPatch):
    """A bulk action leaves of each what the call leaves of one: whoever was to be mailed, is
    unsubscribed already, in part or in whole, bounces, or has an address that was suppressed."""
    monkeypatch.setattr(bulk_actions, "LEAVING_AT_ONCE", 2)
    kinds = [
        (status, reason)
        for status in ("subscribed", "unsubscribed", "bounced")
        for reason in (None, "unsubscribed", "bounced")
    ]
    old = {"attributes": {"plan": "old"}, "folded": {"plan": "old"}}
    alone = [await world.contact(status=status) for status, _ in kinds]
    together = [await world.contact(status=status, **old) for status, _ in kinds]
    other = await world.contact()
    await world.due(*alone, *together, other)
    async with world.database.unit_of_work(world.tenant_id) as session:
        for contact, (_, reason) in zip(alone + together, kinds * 2, strict=True):
            if reason:
                key = (await contacts.get(session, contact, mode=Mode.LIVE)).email_hash
                await contacts.suppress(session, mode=Mode.LIVE, email_hash=key, reason=reason)
    for contact in alone:
        await leave(world, contact)
    async with world.database.unit_of_work(world.tenant_id) as session:
        chosen = bulk.Chosen(asked=Asked(mode=Mode.LIVE, filter_text="plan = old"))
        action = await bulk.start(session, ids.new_id(), chosen, What.UNSUBSCRIBE, actor="key:1")
    await BulkActions(world.database).sweep()
    async with world.database.unit_of_work(world.tenant_id) as session:
        done = await bulk.get(session, action)
    assert (done.state, done.seen, done.changed) == ("done", 9, 6)
    assert [await left(world, one) for one in together] == [await left(world, one) for one in alone]
    assert [mail.state for mail in await world.mails() if mail.contact_id == other] == ["pending"]


async def left(world: World, contact: UUID) -> tuple[object, ...]:
    """What leaving has left of somebody."""
    row = await world.row(Contact, contact)
    return (
        row.status,
        [s.reason for s in await world.all(Suppression) if s.email_hash == row.email_hash],
        [(a.kind, a.actor) for a in await world.all(Activity) if a.contact_id == contact],
        [(m.state, m.reason) for m in await world.mails() if m.contact_id == contact],
        [(e.state, e.exit_reason) for e in await world.all(Enrollment) if e.contact_id == contact],
    )


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
