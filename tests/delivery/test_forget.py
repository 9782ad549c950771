"""Leaving: by a recipient's link, by the tenant's hand."""

import asyncio
from uuid import UUID

import pytest

from tenantcrm import ids
from tenantcrm.campaigns.models import Enrollment
from tenantcrm.contacts.bulk import service as bulk
from tenantcrm.contacts.bulk.states import What
from tenantcrm.contacts.models import Activity, Contact, Suppression
from tenantcrm.contacts.service.lists import Asked
from tenantcrm.delivery import bulk_actions
from tenantcrm.delivery.bulk_actions import BulkActions
from tenantcrm.delivery.service import erase, unsubscribe
from tenantcrm.errors import NotFoundError
from tenantcrm.tenants.models import Mode
from tests.delivery.world import World


async def leave(
    world: World, contact: UUID | None, email_hash: bytes, campaign: UUID | None = None
) -> bool:
    async with world.database.unit_of_work(world.tenant_id) as session:
        return await unsubscribe(
            session,
            contact_id=contact,
            email_hash=email_hash,
            campaign_id=campaign,
            source="one_click",
        )


async def hash_of(world: World, contact: UUID) -> bytes:
    row = await world.row(Contact, contact)
    return bytes(row.email_hash)


async def test_unsubscribe_removes_everywhere(world: World):
    """The contact goes, its place in campaigns ends, its due mail is skipped; a hash is kept."""
    contact, other = await world.contact(), await world.contact()
    campaign = await world.due(contact, other)
    email_hash = await hash_of(world, contact)
    assert await leave(world, contact, email_hash, campaign)
    assert await world.row(Contact, contact) is None
    assert await world.row(Contact, other) is not None
    gone = [e for e in await world.all(Enrollment) if e.contact_id is None]
    assert [(e.state, e.exit_reason) for e in gone] == [("exited", "unsubscribed")]
    assert await world.states() == {"skipped:unsubscribed": 1, "pending": 1}
    assert [s.email_hash for s in await world.all(Suppression)] == [email_hash]
    (activity,) = await world.all(Activity)
    assert (activity.kind, activity.actor) == ("contact_unsubscribed", "recipient")
    assert activity.campaign_id == campaign


async def test_twice_is_as_good_as_once(world: World):
    """A second request, at the same time or later, changes nothing and is not refused."""
    contact = await world.contact()
    await world.due(contact)
    email_hash = await hash_of(world, contact)
    done = await asyncio.gather(*(leave(world, contact, email_hash) for _ in range(5)))
    assert sorted(done) == [False, False, False, False, True]
    assert await leave(world, contact, email_hash) is False
    assert len(await world.all(Activity)) == 1


async def test_contact_made_anew(world: World):
    """A link of an erased contact finds the address again in a contact made since."""
    email_hash = bytes(range(32))
    contact = await world.contact(email_hash=email_hash)
    assert await leave(world, ids.new_id(), email_hash)
    assert await world.row(Contact, contact) is None


async def test_address_changed_since(world: World):
    """Who changed the address since the mail leaves with both addresses."""
    contact = await world.contact()
    assert await leave(world, contact, b"old" * 8)
    assert await world.row(Contact, contact) is None
    assert len(await world.all(Suppression)) == 2


async def test_campaign_that_is_gone(world: World):
    """A link from a campaign that is not there any more works all the same."""
    contact = await world.contact()
    assert await leave(world, contact, await hash_of(world, contact), ids.new_id())
    assert [a.campaign_id for a in await world.all(Activity)] == [None]


async def test_other_mode_is_untouched(world: World):
    """A link of live mail never finds a test contact."""
    contact = await world.contact(mode="test")
    assert await leave(world, contact, await hash_of(world, contact))
    assert await world.row(Contact, contact) is not None


@pytest.mark.parametrize(
    ("status", "suppress", "kept"),
    [
        ("subscribed", False, []),
        ("subscribed", True, ["unsubscribed"]),
        ("unsubscribed", False, ["unsubscribed"]),
    ],
)
async def test_erase(world: World, status: str, suppress: bool, kept: list[str]):
    """Erasing removes the contact everywhere; it stays suppressed only when it had unsubscribed."""
    contact = await world.contact(status=status)
    await world.due(contact)
    async with world.database.unit_of_work(world.tenant_id) as session:
        await erase(session, contact, suppress=suppress, actor="user:1")
    assert await world.row(Contact, contact) is None
    assert [s.reason for s in await world.all(Suppression)] == kept
    assert await world.states() == {"skipped:erased": 1}
    (activity,) = await world.all(Activity)
    assert (activity.kind, activity.contact_id) == ("contact_erased", None)


async def test_erase_of_nobody(world: World):
    """What is not there cannot be erased."""
    with pytest.raises(NotFoundError):
        async with world.database.unit_of_work(world.tenant_id) as session:
            await erase(session, ids.new_id(), suppress=False, actor="user:1")


async def test_many_are_erased_as_each_would_be(world: World, monkeypatch: pytest.MonkeyPatch):
    """A bulk erasure leaves what one by one leaves: mails and places without anybody, a hash of
    whoever was not to be mailed, a line for each; nobody else is touched. Batch by batch."""
    monkeypatch.setattr(bulk_actions, "LEAVING_AT_ONCE", 2)
    statuses = ("subscribed", "unsubscribed", "bounced", "complained", "subscribed")
    old = {"attributes": {"plan": "old"}, "folded": {"plan": "old"}}
    people = [await world.contact(status=status, **old) for status in statuses]
    others = [await world.contact(), await world.contact(mode="test", **old)]
    await world.due(*people, others[0])
    kept = {await hash_of(world, p): s for p, s in zip(people, statuses, strict=True)}
    async with world.database.unit_of_work(world.tenant_id) as session:
        chosen = bulk.Chosen(asked=Asked(mode=Mode.LIVE, filter_text="plan = old"))
        action = await bulk.start(session, ids.new_id(), chosen, What.ERASE, actor="user:1")
    await BulkActions(world.database).sweep()
    async with world.database.unit_of_work(world.tenant_id) as session:
        done = await bulk.get(session, action)
    assert (done.state, done.seen, done.changed) == ("done", 5, 5)
    assert {row.id for row in await world.all(Contact)} == set(others)
    assert await world.states() == {"skipped:erased": 5, "pending": 1}
    assert {mail.contact_id for mail in await world.mails()} == {None, others[0]}
    gone = [e.exit_reason for e in await world.all(Enrollment) if e.contact_id is None]
    assert gone == ["contact_erased"] * 5
    suppressed = {s.email_hash: s.reason for s in await world.all(Suppression)}
    assert suppressed == {h: s for h, s in kept.items() if s != "subscribed"}
    told = [(a.kind, a.actor, a.contact_id) for a in await world.all(Activity)]
    assert told == [("contact_erased", "user:1", None)] * 5
