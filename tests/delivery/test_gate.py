"""The calendar at the last moment: what leaves today, whoever looks and whatever waits too."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from tenantcrm import clock
from tenantcrm.campaigns import service as campaigns
from tenantcrm.campaigns.handing_over import HandOver
from tenantcrm.campaigns.models import Campaign, Enrollment, Message
from tenantcrm.campaigns.schemas import CampaignChanges, MessageInput
from tenantcrm.delivery.models import Delivery
from tenantcrm.delivery.service import hand_over, scan_tenant
from tenantcrm.delivery.states import Kind
from tenantcrm.tenants.models import Tenant
from tests.campaigns.senders import VerifiedSenders
from tests.delivery.desk import Desk
from tests.delivery.world import World

DAY = timedelta(days=1)


def today() -> date:
    return clock.now().date()


async def cap(world: World, mails: int, days: int) -> None:
    async with world.database.control_unit_of_work() as session:
        tenant = await session.get_one(Tenant, world.tenant_id)
        tenant.cap_mails, tenant.cap_days = mails, days


async def enter(world: World, campaign: UUID, day: int, *contacts: UUID, kind: str) -> None:
    """Let a message be due to contacts who came in so many days ago that it is today's."""
    message = next(m for m in await world.messages(campaign) if m.send_day == day)
    now = clock.now()
    known = {row.contact_id for row in await world.all(Enrollment) if row.campaign_id == campaign}
    await world.enrol(campaign, *(contact for contact in contacts if contact not in known))
    async with world.database.unit_of_work(world.tenant_id) as session:
        item = HandOver(
            campaign_id=campaign, message_id=message.id, days0=(today(),), due_at=now,
            late_at=now + DAY / 2, kind=kind,
        )  # fmt: skip
        await hand_over(session, [item])


async def two_looks(desk: Desk, world: World, kind: str) -> int:
    """Two workers, each with its half of what is due, look at the same time; gives what leaves."""
    benches = [desk.bench, desk.other_bench()]
    due = len(await world.mails())
    claimed = [await desk.claim(world, kind, most=due // 2, bench=bench) for bench in benches]
    assert all(claimed)
    found = await asyncio.gather(
        *(
            desk.preflight(world, mine, kind, bench=bench)
            for mine, bench in zip(claimed, benches, strict=True)
        )
    )
    return sum(len(ready) for ready in found)


async def test_two_workers_and_a_cap_of_one(desk: Desk, world: World):
    """Of two mails to a contact in the hands of two workers one leaves, and the other waits for
    the day on which the cap lets it."""
    await cap(world, 1, 3)
    people = [await world.contact() for _ in range(6)]
    for _ in range(2):
        await enter(world, await world.campaign(0), 0, *people, kind=Kind.DAY_ZERO)
    assert await two_looks(desk, world, Kind.DAY_ZERO) == len(people)
    mails = await world.mails()
    assert {m.contact_id for m in mails if m.state == "sending"} == set(people)
    waiting = [m for m in mails if m.state == "pending"]
    assert {m.contact_id for m in waiting} == set(people)
    assert {(m.reason, m.due_at.date() - today()) for m in waiting} == {("frequency_cap", 3 * DAY)}


async def test_two_workers_and_two_days_of_a_campaign(desk: Desk, world: World):
    """Two messages of a campaign that have become due together leave on two days, in order."""
    people = [await world.contact() for _ in range(6)]
    campaign = await world.campaign(1, 2)
    for day in (1, 2):
        await enter(world, campaign, day, *people, kind=Kind.DRIP)
    assert await two_looks(desk, world, Kind.DRIP) == len(people)
    first = next(m.id for m in await world.messages(campaign) if m.send_day == 1)
    for mail in await world.mails():
        state = ("sending", None) if mail.message_id == first else ("pending", "after_earlier")
        assert (mail.state, mail.reason) == state


@pytest.mark.parametrize("field", ["skip_weekdays", "skip_dates"])
async def test_a_day_of_rest_has_begun(desk: Desk, world: World, field: str):
    """What is due on a day of rest moves to the preferred time of the next day that is none, and
    is late only after that."""
    contact = await world.contact()
    rest = {"skip_weekdays": [today().isoweekday()], "skip_dates": [today()]}
    campaign = await world.campaign(0, **{field: rest[field]})
    await enter(world, campaign, 0, contact, kind=Kind.DAY_ZERO)
    await desk.send(world)
    mail = (await world.mails())[0]
    tomorrow = datetime.combine(today() + DAY, datetime.min.time(), UTC) + timedelta(hours=10)
    assert (mail.state, mail.reason) == ("pending", field.removesuffix("s"))
    assert (mail.due_at, mail.late_at) == (tomorrow, tomorrow + DAY / 2)


async def test_what_comes_before_still_waits(desk: Desk, world: World):
    """A message goes behind an earlier one of its campaign that has not left, and not with it."""
    contact = await world.contact()
    campaign = await world.campaign(1, 2)
    for day in (1, 2):
        await enter(world, campaign, day, contact, kind=Kind.DRIP)
    first = next(m.id for m in await world.messages(campaign) if m.send_day == 1)
    earlier = next(mail for mail in await world.mails() if mail.message_id == first)
    await world.change(Delivery, earlier.id, retry_at=clock.real_now() + DAY, due_at=clock.now())
    await desk.send(world, Kind.DRIP)
    later = next(mail for mail in await world.mails() if mail.id != earlier.id)
    assert (later.state, later.reason) == ("pending", "after_earlier")
    assert later.due_at.date() == today() + DAY


async def test_a_new_message_behind_todays(desk: Desk, world: World):
    """A message of day 0 that an edit sends to people who are past it does not join the mail that
    they have had today."""
    contact = await world.contact()
    campaign = await world.campaign(3)
    await enter(world, campaign, 3, contact, kind=Kind.DRIP)
    for row in await world.all(Enrollment):
        await world.change(Enrollment, row.id, enrolled_on=today() - 3 * DAY)
    await desk.send(world, Kind.DRIP)
    assert await world.states() in ({"sent": 1}, {"delivered": 1})
    kept = (await world.messages(campaign))[0]
    async with world.database.unit_of_work(world.tenant_id) as session:
        await campaigns.change(
            session, campaign, senders=VerifiedSenders(), actor="test", changes=CampaignChanges(
                past_messages="send",
                messages=[
                    MessageInput(subject="New", send_day=0, html_template="<p>New</p>"),
                    MessageInput(
                        id=f"msg_{kept.id.hex}", subject="3", send_day=3, html_template="<p>3</p>"
                    ),
                ],
            ),
        )  # fmt: skip
    await scan_tenant(world.database, world.tenant_id)
    for kind in (Kind.DAY_ZERO, Kind.DRIP):
        await desk.send(world, kind)
    new = next(mail for mail in await world.mails() if mail.message_id != kept.id)
    assert (new.state, new.reason) == ("pending", "after_earlier")


@pytest.mark.parametrize("gone", ["paused", "retired", "exited"])
async def test_what_will_not_leave_takes_no_place(desk: Desk, world: World, gone: str):
    """A mail that waits but cannot leave as things stand does not count against the cap."""
    await cap(world, 1, 7)
    contact = await world.contact()
    stopped, other = await world.campaign(0), await world.campaign(0)
    for campaign in (stopped, other):
        await enter(world, campaign, 0, contact, kind=Kind.DAY_ZERO)
    waiting, mine = sorted(await world.mails(), key=lambda mail: mail.campaign_id != stopped)
    await world.change(Delivery, waiting.id, due_at=mine.due_at - timedelta(minutes=1))
    if gone == "paused":
        await world.change(Campaign, stopped, state="paused", next_scan_at=None)
    elif gone == "retired":
        await world.change(Message, waiting.message_id, retired_at=clock.now())
    else:
        row = next(row for row in await world.all(Enrollment) if row.campaign_id == stopped)
        await world.change(Enrollment, row.id, state="exited", exit_reason="unmatched")
    claimed = await desk.claim(world)
    ready = await desk.preflight(world, [one for one in claimed if one.id == mine.id])
    assert [one.id for one in ready] == [mine.id]
