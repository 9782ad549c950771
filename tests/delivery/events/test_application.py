"""What events make of the ledger, of contacts and of counts."""

import re
from datetime import timedelta

import pytest

from tenantcrm import clock, ids
from tenantcrm.contacts.models import Activity, Contact, Suppression
from tenantcrm.delivery.models import Delivery, EventStream, MailEvent, SendingHour
from tenantcrm.delivery.states import State
from tests.delivery.events.mailing import SENT, hashed, mail, notice, person, tell
from tests.delivery.events.records import APPLE
from tests.delivery.world import World


async def outcome(world: World, delivery) -> Delivery:
    return await world.row(Delivery, delivery)


@pytest.mark.parametrize("state", [s for s in State if s != State.SENT])
async def test_an_event_proves_that_it_was_taken(world: World, state: State):
    """Whatever the ledger thought of a mail, an event says that SES has it."""
    contact = await world.contact()
    key = await mail(world, contact, state=state)
    await tell(world, notice(world, "Send", key))
    found = await outcome(world, key)
    accepted = {State.DELIVERED, State.BOUNCED, State.COMPLAINED}
    assert found.state == (state if state in accepted else State.SENT)
    assert found.ses_message_id == f"0100-{key.hex}-000000"
    assert found.sent_at == SENT
    assert (found.lease_until, found.retry_at, found.held) == (None, None, False)


async def test_what_became_of_it(world: World):
    """Delivered, opened and clicked are told with their times; what a server says stays out."""
    key = await mail(world, await world.contact())
    await tell(
        world,
        notice(world, "Click", key, after=60),
        notice(world, "Open", key, after=50),
        notice(world, "Open", key, after=3, agent=APPLE),
        notice(world, "Delivery", key, after=2),
    )
    found = await outcome(world, key)
    assert found.state == State.DELIVERED
    assert found.delivered_at == SENT + timedelta(seconds=2)
    assert found.opened_at == SENT + timedelta(seconds=50)
    assert found.clicked_at == SENT + timedelta(seconds=60)
    assert found.machine_at == SENT + timedelta(seconds=3)
    assert (found.reason, found.detail) == (None, None)


async def test_hard_bounce(world: World):
    """A hard bounce ends all mail to an address: contact, suppression, campaigns, what waits."""
    contact = await person(world, "ada@example.com")
    campaign = await world.campaign(0, 2)
    await world.due(contact, campaign_id=campaign)
    (waiting,) = await world.mails()
    key = await mail(world, contact)
    words = "smtp; 550 5.1.1 <ada@example.com>: ada is not here"
    await tell(world, notice(world, "Bounce", key, words=words))
    found = await outcome(world, key)
    assert (found.state, found.bounce, found.reason) == (State.BOUNCED, "hard", "General")
    assert "ada" not in (found.detail or "")
    assert "is not here" in (found.detail or "")
    assert (await world.row(Contact, contact)).status == "bounced"
    (suppression,) = await world.all(Suppression)
    assert suppression.reason == "bounced"
    assert suppression.email_hash == await hashed(world, "ada@example.com")
    left = await outcome(world, waiting.id)
    assert (left.state, left.reason) == (State.SKIPPED, "suppressed")
    (activity,) = await world.all(Activity)
    assert (activity.kind, activity.contact_id) == ("contact_suppressed", contact)
    assert activity.detail == {"reason": "hard_bounce"}
    (hour,) = await world.all(SendingHour)
    assert (hour.hour, hour.kind, hour.hard_bounced, hour.soft_bounced) == (SENT, "drip", 1, 0)


async def test_complaint(world: World):
    """A complaint marks the contact for good, also over an unsubscribe and after a delivery."""
    contact = await person(world, "ada@example.com")
    await world.change(Contact, contact, status="unsubscribed")
    key = await mail(world, contact, state=State.DELIVERED)
    await tell(world, notice(world, "Complaint", key))
    found = await outcome(world, key)
    assert (found.state, found.reason) == (State.COMPLAINED, "abuse")
    assert (await world.row(Contact, contact)).status == "complained"
    assert [row.reason for row in await world.all(Suppression)] == ["complained"]
    (hour,) = await world.all(SendingHour)
    assert hour.complained == 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("at_once", [1, 2])
async def test_the_worse_stays(world: World, order: tuple[int, int], at_once: int):
    """Of a bounce and a complaint the complaint is what a contact is marked with."""
    contact = await person(world, "ada@example.com")
    keys = [await mail(world, contact) for _ in range(2)]
    told = [notice(world, "Bounce", keys[0]), notice(world, "Complaint", keys[1])]
    await tell(world, *(told[n] for n in order), at_once=at_once)
    assert (await world.row(Contact, contact)).status == "complained"
    assert [row.reason for row in await world.all(Suppression)] == ["complained"]
    assert len(await world.all(Activity)) == 2


async def test_the_same_again(world: World):
    """A notice that comes again changes nothing, in the same batch or later."""
    contact = await person(world, "ada@example.com")
    key = await mail(world, contact)
    one = notice(world, "Bounce", key)
    assert await tell(world, one, one) == {"applied": 1, "known": 1}
    assert await tell(world, one) == {"known": 1}
    assert len(await world.all(MailEvent)) == 1
    assert len(await world.all(Activity)) == 1
    (hour,) = await world.all(SendingHour)
    assert hour.hard_bounced == 1


async def test_soft_bounces(world: World):
    """Five soft bounces in a row end mail to an address; one that came through breaks the row."""
    one, two = await person(world, "ada@example.com"), await person(world, "bob@example.com")
    for contact, to in ((one, "ada@example.com"), (two, "bob@example.com")):
        keys = [await mail(world, contact, asked_at=SENT + timedelta(days=day)) for day in range(6)]
        through = 5 if contact == one else 3
        told = [
            notice(world, "Bounce", key, hard=False, to=to)
            for n, key in enumerate(keys)
            if n != through
        ]
        await tell(world, *told, notice(world, "Delivery", keys[through], to=to), at_once=1)
    assert (await world.row(Contact, one)).status == "bounced"
    assert (await world.row(Contact, two)).status == "subscribed"
    assert [row.email_hash for row in await world.all(Suppression)] == [
        await hashed(world, "ada@example.com")
    ]
    hours = await world.all(SendingHour)
    assert sum(hour.soft_bounced for hour in hours) == 10


async def test_whose_mail_is_not_known_yet_breaks_the_row(world: World):
    """A mail between soft bounces whose outcome is open lets nobody be given up."""
    contact = await person(world, "ada@example.com")
    keys = [await mail(world, contact, asked_at=SENT + timedelta(days=d)) for d in range(6)]
    open_one = keys.pop(2)
    await tell(world, *(notice(world, "Bounce", key, hard=False) for key in keys))
    assert (await world.row(Contact, contact)).status == "subscribed"
    await tell(world, notice(world, "Bounce", open_one, hard=False))
    assert (await world.row(Contact, contact)).status == "bounced"


async def test_erased_contact(world: World):
    """Whoever was erased since is suppressed by the hash of the address in the notice."""
    key = await mail(world, None)
    await tell(world, notice(world, "Complaint", key, to="Ada@Example.com"))
    (suppression,) = await world.all(Suppression)
    assert suppression.email_hash == await hashed(world, "ada@example.com")
    assert suppression.reason == "complained"
    (event,) = await world.all(MailEvent)
    assert not re.search(r"\bada\b", str(event.detail).lower())


async def test_changed_address(world: World):
    """An old address that bounces is suppressed; the contact with its new one goes on."""
    contact = await person(world, "new@example.com")
    key = await mail(world, contact)
    await tell(world, notice(world, "Bounce", key, to="old@example.com"))
    assert (await world.row(Contact, contact)).status == "subscribed"
    (suppression,) = await world.all(Suppression)
    assert suppression.email_hash == await hashed(world, "old@example.com")


async def test_no_address_is_kept(world: World):
    """The inbox holds no address, name, subject or internet address of a recipient."""
    key = await mail(world, await person(world, "ada@example.com"))
    kinds = ("Send", "Delivery", "Bounce", "Complaint", "Open", "Click", "DeliveryDelay", "Reject")
    await tell(world, *(notice(world, kind, key) for kind in kinds))
    events = await world.all(MailEvent)
    assert len(events) == len(kinds)
    for event in events:
        text = str(event.detail).lower()
        for word in ("ada", "192.0.2", "hello", "@", "%40"):
            assert word not in text, (event.kind, word)


async def test_unknown_mail(world: World, other_tenant_id):
    """A notice of a mail that is not there, or is another tenant's, is counted and not kept."""
    key = await mail(world, await world.contact())
    rival = World(world.database, other_tenant_id)
    told = [notice(world, "Bounce", ids.new_id()), notice(rival, "Bounce", key)]
    assert await tell(world, told[0]) == {"unknown_mail": 1}
    assert await tell(rival, told[1]) == {"unknown_mail": 1}
    assert await world.all(MailEvent) == []
    assert (await outcome(world, key)).state == State.SENT


async def test_rejected(world: World):
    """A mail that SES rejects after all has failed, with its words."""
    key = await mail(world, await world.contact())
    await tell(world, notice(world, "Reject", key), notice(world, "Send", key))
    found = await outcome(world, key)
    assert (found.state, found.reason, found.detail) == (State.FAILED, "Reject", "Bad content")


async def test_stream(world: World):
    """The stream is known through the latest mail of which SES says that it took it."""
    contact = await world.contact()
    early = await mail(world, contact)
    late = await mail(world, contact, asked_at=SENT + timedelta(hours=2))
    await tell(world, notice(world, "Delivery", late))
    (stream,) = await world.all(EventStream)
    assert stream.seen_through.year == 1970
    await tell(world, notice(world, "Send", late), notice(world, "Send", early))
    async with world.database.unit_of_work(world.tenant_id) as session:
        await session.refresh(stream := await session.get(EventStream, world.tenant_id))
    assert stream.seen_through == SENT + timedelta(hours=2)
    assert clock.now() - stream.heard_at < timedelta(minutes=1)


async def test_mail_to_an_author(world: World):
    """A test mail that bounces suppresses nobody."""
    values = {"kind": "test", "recipient": "me@example.com", "content": {}}
    now = clock.now()
    made = Delivery(tenant_id=world.tenant_id, id=ids.new_id(), state="sent", due_at=now,
                    sent_at=now, created_at=now, updated_at=now, **values)  # fmt: skip
    async with world.database.unit_of_work(world.tenant_id) as session:
        session.add(made)
    await tell(world, notice(world, "Bounce", made.id, to="me@example.com"))
    assert (await outcome(world, made.id)).state == State.BOUNCED
    assert await world.all(Suppression) == []
