"""What became of mails, as feeds, counts and the ledger tell it."""

from datetime import timedelta

import pytest

from tenantcrm.delivery.service import (
    campaign_activity,
    campaign_sends,
    contact_activity,
    get_delivery,
    list_deliveries,
)
from tenantcrm.delivery.states import State
from tenantcrm.delivery.story import story
from tests.delivery.events.mailing import SENT, mail, notice, person, tell
from tests.delivery.events.records import APPLE
from tests.delivery.world import World

ALL = ["mail_clicked", "mail_opened", "mail_delivered", "mail_sent"]


async def told(world: World, campaign, *events: tuple[str, float, str]):
    """A mail of which these events came: name, seconds after its sending, agent."""
    key = await mail(world, await world.contact(), campaign=campaign)
    given = [
        notice(world, name, key, after=after, **({"agent": agent} if agent else {}))
        for name, after, agent in events
    ]
    await tell(world, *given)
    return key


async def test_feeds_by_page(world: World):
    """Each thing that happened stands once, newest first, whatever the size of a page."""
    contact = await person(world, "ada@example.com")
    campaign = await world.campaign(0)
    key = await mail(world, contact, campaign=campaign)
    # All at one instant: only the kind tells the entries of a page's edge apart.
    kinds = ("Delivery", "Open", "Click", "Bounce")
    await tell(world, *(notice(world, kind, key, after=1) for kind in kinds))
    wanted = {"mail_delivered", "mail_opened", "mail_clicked", "mail_bounced", "mail_sent"}
    for feed, about in ((contact_activity, contact), (campaign_activity, campaign)):
        for size in (1, 2, 3, 50):
            seen, after = [], None
            async with world.database.unit_of_work(world.tenant_id) as session:
                while True:
                    page = await feed(session, about, after=after, limit=size)
                    seen += [row.kind for row in page.rows if row.kind.startswith("mail_")]
                    after = page.next
                    if after is None:
                        break
            assert sorted(seen) == sorted(wanted), (feed.__name__, size)
            assert seen[-1] == "mail_sent"


async def test_counts(world: World):
    """Counts by message: people's opens and clicks, and mails that programs alone have seen."""
    campaign = await world.campaign(0)
    await told(world, campaign, ("Delivery", 1, ""), ("Open", 50, ""), ("Open", 2, APPLE))
    await told(world, campaign, ("Delivery", 1, ""), ("Open", 2, APPLE))
    await told(world, campaign, ("Bounce", 1, ""))
    await told(world, campaign, ("Delivery", 1, ""), ("Complaint", 90, ""))
    await told(world, campaign, ("Delivery", 1, ""), ("Open", 60, ""), ("Click", 70, ""))
    async with world.database.unit_of_work(world.tenant_id) as session:
        found = (await campaign_sends(session, [campaign]))[campaign]
    (by_message,) = found.by_message.values()
    for sends in (found, by_message):
        assert (sends.sent, sends.delivered, sends.bounced, sends.complained) == (5, 4, 1, 1)
        assert (sends.opened, sends.clicked, sends.machine) == (2, 1, 1)


@pytest.mark.parametrize("event", ["Delivery", "Bounce", "Complaint"])
async def test_by_state(world: World, event: str):
    """The ledger is read by each outcome."""
    state = {"Delivery": "delivered", "Bounce": "bounced", "Complaint": "complained"}[event]
    campaign = await world.campaign(0)
    key = await told(world, campaign, (event, 1, ""))
    await told(world, campaign, ("Send", 1, ""))
    async with world.database.unit_of_work(world.tenant_id) as session:
        page = await list_deliveries(session, campaign_id=campaign, state=State(state))
    assert [row.id for row in page.rows] == [key]
    assert page.rows[0].events is None


async def test_the_story(world: World):
    """A mail tells what happened to it in order, program by program; lists tell the firsts."""
    campaign = await world.campaign(0)
    key = await told(
        world, campaign, ("Send", 0, ""), ("Click", 70, ""), ("DeliveryDelay", 1, ""),
        ("Delivery", 5, ""), ("Open", 6, APPLE), ("Open", 60, ""), ("Open", 61, ""),
    )  # fmt: skip
    async with world.database.unit_of_work(world.tenant_id) as session:
        one = await get_delivery(session, key)
        (row,) = (await list_deliveries(session, campaign_id=campaign)).rows
    steps = [(step.kind, step.machine) for step in story(one)]
    assert steps == [
        ("queued", False), ("sent", False), ("delayed", False), ("delivered", False),
        ("opened", True), ("opened", False), ("opened", False), ("clicked", False),
    ]  # fmt: skip
    assert story(one)[-1].detail == "https://example.com/plans"
    firsts = [step.kind for step in story(row)]
    assert firsts == ["queued", "sent", "delivered", "opened", "clicked"]
    assert one.delivered_at == SENT + timedelta(seconds=5)
