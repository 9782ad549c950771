"""Campaigns from their making to their deletion."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import func, select, update

from tenantcrm import ids
from tenantcrm.campaigns import service
from tenantcrm.campaigns.errors import NotActiveError, NotReadyError, StaleVersionError
from tenantcrm.campaigns.models import Campaign, Message
from tenantcrm.campaigns.schemas import (
    CampaignChanges,
    CampaignView,
    MessageChanges,
    MessageInput,
    NewCampaign,
    SenderInput,
    WholeCampaign,
)
from tenantcrm.contacts.models import Activity
from tenantcrm.delivery.models import Delivery
from tenantcrm.errors import InvalidError, NotFoundError
from tenantcrm.tenants.models import Tenant
from tests.campaigns.senders import UnverifiedSenders, VerifiedSenders
from tests.campaigns.world import MORNING, World

TEN = MORNING.replace(hour=10)


def mail(day: int, **values: Any) -> MessageInput:
    values = {"subject": f"Day {day}", "html_template": "<p>Hello</p>"} | values
    return MessageInput(send_day=day, **values)


def new(*days: int, **values: Any) -> NewCampaign:
    values = {
        "name": "Welcome",
        "contact_filter": "language=en",
        "preferred_send_time": "10:00",
        "timezone": "UTC",
    } | values
    return NewCampaign(messages=[mail(day) for day in days], **values)


class Desk:
    """Somebody who works on one tenant's campaigns."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.senders: Any = VerifiedSenders()

    async def do(self, verb: Any, *args: Any, now: Any = MORNING, **more: Any) -> CampaignView:
        async with self.world.database.unit_of_work(self.world.tenant_id) as session:
            return await verb(session, *args, senders=self.senders, actor="user:1", now=now, **more)

    async def pause(self, campaign_id: UUID) -> CampaignView:
        async with self.world.database.unit_of_work(self.world.tenant_id) as session:
            return await service.pause(session, campaign_id, actor="user:1", now=MORNING)

    async def delete(self, campaign_id: UUID) -> bool:
        async with self.world.database.unit_of_work(self.world.tenant_id) as session:
            return await service.delete(session, campaign_id, actor="user:1")

    async def get(self, campaign_id: UUID, now: Any = MORNING) -> CampaignView:
        async with self.world.database.unit_of_work(self.world.tenant_id) as session:
            return await service.get(session, campaign_id, now=now)

    async def notes(self, campaign_id: UUID) -> list[str]:
        async with self.world.database.unit_of_work(self.world.tenant_id) as session:
            query = (
                select(Activity.kind)
                .where(
                    Activity.tenant_id == self.world.tenant_id, Activity.campaign_id == campaign_id
                )
                .order_by(Activity.id)
            )
            return list((await session.execute(query)).scalars())

    async def settle(self, **values: Any) -> None:
        async with self.world.database.control_unit_of_work() as control:
            await control.execute(
                update(Tenant).where(Tenant.id == self.world.tenant_id).values(**values)
            )

    async def enter(self, campaign_id: UUID, message_id: UUID, contact_id: UUID) -> None:
        async with self.world.database.unit_of_work(self.world.tenant_id) as session:
            session.add(
                Delivery(
                    tenant_id=self.world.tenant_id,
                    kind="day_zero",
                    campaign_id=campaign_id,
                    message_id=message_id,
                    contact_id=contact_id,
                    due_at=TEN,
                )
            )


@pytest.fixture
def desk(world: World) -> Desk:
    """Somebody who works on this test's campaigns."""
    return Desk(world)


async def test_create(desk: Desk):
    """A campaign is made as a draft, with its messages in the order of their days."""
    made = await desk.do(service.create, new(5, 0, sender=SenderInput(name="V", email="V@X.com")))
    assert await desk.get(made.id) == made
    assert (made.state, made.version, made.next_send_at) == ("draft", 1, None)
    assert [m.send_day for m in made.messages] == [0, 5]
    assert (made.sender_name, made.sender_email) == ("V", "V@x.com")
    assert (made.day_zero, made.late_limit_hours) == ("scheduled", 12)
    assert await desk.notes(made.id) == ["campaign_created"]


async def test_the_zone_is_the_tenants(desk: Desk):
    """A zone that is left out is the tenant's."""
    made = await desk.do(service.create, new(timezone=msgspec.UNSET))
    assert made.timezone == "Europe/London"


async def test_create_active(desk: Desk):
    """A campaign may be made active at once; its sender was asked about."""
    made = await desk.do(service.create, new(0, active=True))
    assert made.state == "active"
    assert made.activated_at == MORNING
    assert desk.senders.asked == ["hi@example.com"]
    assert await desk.world.scan_at() == TEN


async def test_nothing_is_made_when_it_cannot_be_active(desk: Desk):
    """A campaign that shall be active and is not ready is not made at all."""
    with pytest.raises(NotReadyError):
        await desk.do(service.create, new(active=True))
    async with desk.world.database.unit_of_work(desk.world.tenant_id) as session:
        assert (await service.listed(session)).rows == []


async def test_activation_names_all_that_is_missing(desk: Desk):
    """Sender, postal address, filter, templates, messages: one answer names each missing thing."""
    await desk.settle(postal_address=" ")
    desk.senders = UnverifiedSenders()
    made = await desk.do(service.create, new())
    async with desk.world.database.unit_of_work(desk.world.tenant_id) as session:
        row = await session.get_one(Campaign, (desk.world.tenant_id, made.id))
        row.contact_filter = "language=="
    with pytest.raises(NotReadyError) as caught:
        await desk.do(service.activate, made.id)
    assert [(e.pointer, e.code) for e in caught.value.errors] == [
        ("/contact_filter", "invalid_filter"),
        ("/messages", "no_messages"),
        ("/tenant/postal_address", "postal_address_missing"),
        ("/sender", "sender_unverified"),
    ]
    await desk.settle(sender_email="")
    async with desk.world.database.unit_of_work(desk.world.tenant_id) as session:
        message = desk.world.message(made.id, 0)
        message.html_template = "{{ x"
        session.add(message)
    with pytest.raises(NotReadyError) as caught:
        await desk.do(service.activate, made.id)
    assert {(e.pointer, e.code) for e in caught.value.errors} >= {
        ("/messages/0/html_template", "template_syntax"),
        ("/sender", "sender_missing"),
    }


async def test_activate_and_pause(desk: Desk):
    """Activating twice and pausing twice do what once does; a draft cannot be paused."""
    made = await desk.do(service.create, new(0))
    with pytest.raises(NotActiveError):
        await desk.pause(made.id)
    for _ in range(2):
        assert (await desk.do(service.activate, made.id)).state == "active"
    for _ in range(2):
        assert (await desk.pause(made.id)).state == "paused"
    assert await desk.world.scan_at() is None
    assert (await desk.do(service.activate, made.id)).state == "active"
    assert await desk.notes(made.id) == [
        "campaign_created",
        "campaign_activated",
        "campaign_paused",
        "campaign_activated",
    ]


async def test_a_start_after_todays_time(desk: Desk):
    """Activated after today's preferred time, the first scan is tomorrow's."""
    made = await desk.do(service.create, new(0))
    await desk.do(service.activate, made.id, now=TEN + timedelta(minutes=1))
    assert await desk.world.scan_at() == TEN + timedelta(days=1)


async def test_a_pause_loses_nothing(desk: Desk):
    """What fell due in a pause is handed over on the return, with its own due time."""
    contact = await desk.world.contact(attributes={"language": "en"})
    made = await desk.do(service.create, new(0, 1, 2, active=True))
    await desk.world.scan(made.id, TEN)
    await desk.pause(made.id)
    assert await desk.world.scan(made.id, TEN + timedelta(days=1)) is None
    back = TEN + timedelta(days=2, hours=1)
    await desk.do(service.activate, made.id, now=back)
    result = await desk.world.scan(made.id, back)
    assert [h.due_at for h in result.hand_overs] == [
        TEN + timedelta(days=1),
        TEN + timedelta(days=2),
    ]
    assert set(await desk.world.enrolled(made.id)) == {contact}


async def test_patch(desk: Desk):
    """What is given changes; the rest stays; a change of nothing is no edit."""
    made = await desk.do(service.create, new(0, 3))
    changed = await desk.do(service.change, made.id, CampaignChanges(name="Hello"))
    assert changed.version == 2
    assert (
        msgspec.structs.replace(changed, name="Welcome", version=1, updated_at=made.updated_at)
        == made
    )
    same = await desk.do(service.change, made.id, CampaignChanges(name="Hello"))
    assert same == changed
    assert await desk.notes(made.id) == ["campaign_created", "campaign_edited"]


async def test_put(desk: Desk):
    """A whole campaign: messages by id or day keep their ids, those left out are gone."""
    made = await desk.do(
        service.create,
        new(0, 3, 5, day_zero="immediately", sender=SenderInput(name="V", email="v@x.com")),
    )
    zero, three, five = (m.id for m in made.messages)
    whole = WholeCampaign(
        name="New",
        contact_filter="",
        preferred_send_time="11:30",
        messages=[
            mail(0, subject="Changed"),
            mail(4, id=ids.show_id(ids.MESSAGE, five)),
            mail(3, subject="By day"),
            mail(9),
        ],
    )
    now = await desk.do(service.replace, made.id, whole)
    assert [(m.id, m.send_day, m.subject) for m in now.messages[:3]] == [
        (zero, 0, "Changed"),
        (three, 3, "By day"),
        (five, 4, "Day 4"),
    ]
    assert now.messages[3].id not in {zero, three, five}
    assert (now.sender_email, now.day_zero, now.timezone) == (None, "scheduled", "Europe/London")
    whole.messages = []
    assert (await desk.do(service.replace, made.id, whole)).messages == []


async def test_put_leaves_active(desk: Desk):
    """A whole campaign without ``active`` stays active; with it, it is paused or activated."""
    made = await desk.do(service.create, new(0, active=True))
    whole = WholeCampaign(
        name="New", contact_filter="", preferred_send_time="11:30", messages=[mail(0)]
    )
    assert (await desk.do(service.replace, made.id, whole)).state == "active"
    whole.active = False
    assert (await desk.do(service.replace, made.id, whole)).state == "paused"
    whole.active = True
    assert (await desk.do(service.replace, made.id, whole)).state == "active"


async def test_an_older_version(desk: Desk):
    """An edit of a version that is not the stored one is a conflict and changes nothing."""
    made = await desk.do(service.create, new(0))
    await desk.do(service.change, made.id, CampaignChanges(name="First", version=1))
    with pytest.raises(StaleVersionError) as caught:
        await desk.do(service.change, made.id, CampaignChanges(name="Second", version=1))
    assert caught.value.extra["version"] == 2
    (change,) = caught.value.extra["diff"]
    assert (change["field"], change["new"]) == ("name", "First")
    assert (await desk.get(made.id)).name == "First"


async def test_an_active_campaign_stays_able_to_send(desk: Desk):
    """An edit may not leave an active campaign without messages or with an unverified sender."""
    made = await desk.do(service.create, new(0, active=True))
    with pytest.raises(NotReadyError, match="at least one message"):
        await desk.do(service.change, made.id, CampaignChanges(messages=[]))
    with pytest.raises(NotReadyError, match="at least one message"):
        await desk.do(service.remove_message, made.id, made.messages[0].id)
    desk.senders = UnverifiedSenders()
    with pytest.raises(NotReadyError, match="not verified"):
        await desk.do(
            service.change, made.id, CampaignChanges(sender=SenderInput(name="V", email="v@x.com"))
        )
    assert len((await desk.get(made.id)).messages) == 1


async def test_a_new_time_the_same_day(desk: Desk):
    """A later time moves today's scan; one that has passed scans at once; nothing is lost."""
    made = await desk.do(service.create, new(0, active=True))
    noon = TEN.replace(hour=12)
    await desk.do(service.change, made.id, CampaignChanges(preferred_send_time="15:00"), now=noon)
    # Ten o'clock was not worked off: the day is still due.
    assert await desk.world.scan_at() == TEN.replace(hour=15)
    await desk.do(service.change, made.id, CampaignChanges(preferred_send_time="11:00"), now=noon)
    assert await desk.world.scan_at() == TEN.replace(hour=11)


async def test_a_new_filter_looks_at_all(desk: Desk):
    """After an edit of the filter, contacts that did not change are enrolled too."""
    contact = await desk.world.contact(attributes={"language": "de"})
    made = await desk.do(service.create, new(0, active=True))
    await desk.world.scan(made.id, TEN)
    await desk.do(service.change, made.id, CampaignChanges(contact_filter="language=de"), now=TEN)
    await desk.world.scan(made.id, TEN + timedelta(days=1))
    assert set(await desk.world.enrolled(made.id)) == {contact}


async def test_messages_one_by_one(desk: Desk):
    """A message is added, changed, moved and removed; its day stays unique."""
    made = await desk.do(service.create, new(0, 3))
    added = await desk.do(service.add_message, made.id, mail(7))
    assert [m.send_day for m in added.messages] == [0, 3, 7]
    for verb, args in (
        (service.add_message, (mail(3),)),
        (
            service.change_message,
            (added.messages[2].id, msgspec.convert({"send_day": 0}, MessageChanges)),
        ),
    ):
        with pytest.raises(InvalidError) as caught:
            await desk.do(verb, made.id, *args)
        assert [(e.pointer, e.code) for e in caught.value.errors] == [
            ("/send_day", "duplicate_send_day")
        ]
    last = added.messages[2].id
    moved = await desk.do(service.move_message, made.id, last, service.Direction.UP)
    assert [(m.send_day, m.id == last) for m in moved.messages] == [
        (0, False),
        (3, True),
        (7, False),
    ]
    same = await desk.do(service.move_message, made.id, moved.messages[0].id, service.Direction.UP)
    assert same == moved
    removed = await desk.do(service.remove_message, made.id, last)
    assert [m.send_day for m in removed.messages] == [0, 7]
    with pytest.raises(NotFoundError):
        await desk.do(service.remove_message, made.id, last)


async def test_a_message_that_was_sent_is_kept(desk: Desk):
    """A removed message that the ledger knows of is retired, not deleted; its day is free."""
    contact = await desk.world.contact()
    made = await desk.do(service.create, new(0, 1))
    await desk.enter(made.id, made.messages[0].id, contact)
    left = await desk.do(service.remove_message, made.id, made.messages[0].id)
    assert [m.send_day for m in left.messages] == [1]
    await desk.do(service.add_message, made.id, mail(0))
    async with desk.world.database.unit_of_work(desk.world.tenant_id) as session:
        query = select(func.count()).where(
            Message.tenant_id == desk.world.tenant_id,
            Message.campaign_id == made.id,
            Message.retired_at.is_not(None),
        )
        assert (await session.execute(query)).scalar_one() == 1


async def test_a_shorter_campaign_finishes_its_people(desk: Desk):
    """Those past the new last day have finished as soon as the campaign is shortened."""
    contact = await desk.world.contact(attributes={"language": "en"})
    made = await desk.do(service.create, new(0, 9, active=True))
    for day in range(4):
        await desk.world.scan(made.id, TEN + timedelta(days=day))
    await desk.do(service.change, made.id, CampaignChanges(messages=[mail(0)]), now=TEN)
    assert (await desk.world.enrolled(made.id))[contact].state == "finished"


async def test_delete(desk: Desk):
    """A campaign that nothing was sent from is gone with its people; the schedule forgets it."""
    await desk.world.contact(attributes={"language": "en"})
    made = await desk.do(service.create, new(0, active=True))
    await desk.world.scan(made.id, TEN)
    assert await desk.delete(made.id)
    assert await desk.world.enrolled(made.id) == {}
    assert await desk.world.scan_at() is None
    with pytest.raises(NotFoundError):
        await desk.get(made.id)


async def test_delete_keeps_the_ledger(desk: Desk):
    """A campaign that the ledger knows of is put away: not found, its people have left it."""
    contact = await desk.world.contact(attributes={"language": "en"})
    made = await desk.do(service.create, new(0, active=True))
    await desk.world.scan(made.id, TEN)
    await desk.enter(made.id, made.messages[0].id, contact)
    assert not await desk.delete(made.id)
    assert (await desk.world.enrolled(made.id))[contact].exit_reason == "campaign_deleted"
    for verb in (desk.get, desk.delete, desk.pause):
        with pytest.raises(NotFoundError):
            await verb(made.id)
    assert await desk.world.scan(made.id, TEN + timedelta(days=1)) is None


async def test_list(desk: Desk):
    """Pages run from the newest to the oldest, each once, without templates; a state filters."""
    made = [(await desk.do(service.create, new(n, active=n == 1))).id for n in range(5)]
    seen, after = [], None
    async with desk.world.database.unit_of_work(desk.world.tenant_id) as session:
        while True:
            page = await service.listed(session, limit=2, after=after)
            seen += page.rows
            if page.next is None:
                break
            after = page.next
        assert [row.id for row in seen] == made[::-1]
        assert {m.html_template for row in seen for m in row.messages} == {""}
        active = await service.listed(session, state="active")
        assert [row.id for row in active.rows] == [made[1]]
        with pytest.raises(InvalidError, match="another list"):
            await service.listed(session, state="active", after=after)


async def test_the_wrong_tenant(desk: Desk, other_tenant_id: UUID):
    """To another tenant a campaign does not exist, whatever it tries."""
    made = await desk.do(service.create, new(0, active=True))
    rival = Desk(World(desk.world.database, other_tenant_id))
    message = made.messages[0].id
    for attempt in (
        rival.get(made.id),
        rival.pause(made.id),
        rival.delete(made.id),
        rival.do(service.activate, made.id),
        rival.do(service.change, made.id, CampaignChanges(name="Mine")),
        rival.do(service.add_message, made.id, mail(1)),
        rival.do(service.remove_message, made.id, message),
        rival.do(service.move_message, made.id, message, service.Direction.DOWN),
    ):
        with pytest.raises(NotFoundError):
            await attempt
    assert await rival.world.scan(made.id, TEN) is None
    own = await rival.do(service.create, new(0))
    with pytest.raises(NotFoundError):
        await rival.do(service.remove_message, own.id, message)
    assert await desk.get(made.id) == made
