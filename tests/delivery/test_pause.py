"""A recipient's pause: nothing leaves in it, and what waited leaves afterwards."""

from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from tenantcrm import clock
from tenantcrm.delivery.service import get_delivery, pause, resume
from tenantcrm.delivery.service.outlook import of_contact
from tenantcrm.delivery.states import Kind
from tests.delivery.desk import Desk
from tests.delivery.world import World

DAYS = timedelta(days=30)


async def paused(world: World, contact: UUID) -> None:
    async with world.database.unit_of_work(world.tenant_id) as session:
        until = await pause(session, contact, zone=ZoneInfo("UTC"))
    assert until is not None
    assert until.date() == clock.now().date() + DAYS


async def test_what_is_due_moves_behind_the_pause(desk: Desk, world: World):
    """The mail leaves on the day on which the pause ends, at its campaign's time, and says why."""
    contact, other = await world.contact(), await world.contact()
    await world.due(contact, other)
    await paused(world, contact)
    await desk.send(world)
    assert await world.states() == {"pending:recipient_pause": 1, "sent": 1}
    (mail,) = [one for one in await world.mails() if one.state == "pending"]
    assert mail.contact_id == contact
    assert mail.due_at.date() == clock.now().date() + DAYS
    assert mail.due_at.hour == 10
    assert mail.late_at is not None
    assert mail.late_at > mail.due_at
    async with world.database.unit_of_work(world.tenant_id) as session:
        view = await get_delivery(session, mail.id)
    assert "the recipient has asked for a pause" in view.why


async def test_the_forecast_knows_of_it(world: World):
    """What is to come is told for the days behind the pause, with the reason."""
    contact = await world.contact()
    campaign = await world.campaign(0, 2, 40)
    await world.enrol(campaign, contact)
    await paused(world, contact)
    async with world.database.unit_of_work(world.tenant_id) as session:
        outlook = await of_contact(session, campaign, contact)
    today = clock.now().date()
    assert [(mail.at.date() - today).days for mail in outlook.mails] == [30, 31, 40]
    assert "recipient_pause" in outlook.mails[0].shifts


async def test_what_counts_from_a_date_is_not_sent_after_it(desk: Desk, world: World):
    """A reminder of a date that falls into the pause is skipped: weeks later it says nothing."""
    contact = await world.contact()
    campaign = await world.campaign(0, anchor="trial_ends_at")
    await world.due(contact, campaign_id=campaign)
    await paused(world, contact)
    await desk.send(world)
    assert await world.states() == {"skipped:recipient_pause": 1}


async def test_its_end_lets_the_mail_go(desk: Desk, world: World):
    """Ending the pause has what it moved due at its campaign's next time."""
    contact = await world.contact()
    await world.due(contact)
    await paused(world, contact)
    await desk.send(world)
    async with world.database.unit_of_work(world.tenant_id) as session:
        assert await resume(session, contact)
        assert not await resume(session, contact)
    (mail,) = await world.mails()
    assert (mail.state, mail.reason, mail.kind) == ("pending", None, Kind.DAY_ZERO)
    assert mail.due_at - clock.now() <= timedelta(days=1)


async def test_a_pause_that_is_over_is_none(desk: Desk, world: World):
    """Past its end a pause holds up nothing."""
    contact = await world.contact(paused_until=clock.now() - timedelta(seconds=1))
    await world.due(contact)
    await desk.send(world)
    assert await world.states() == {"sent": 1}
