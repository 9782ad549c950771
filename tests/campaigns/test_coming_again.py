"""In, out, in again, and edits in between: every entry gets its own mails, and no other's."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from tenantcrm.campaigns.schemas import CampaignChanges, MessageInput
from tenantcrm.campaigns.service import foretell
from tenantcrm.contacts.models import Contact
from tests.campaigns.world import World, at

DAY = timedelta(days=1)
TEN = at("2026-03-02 10:00")


async def attributes(world: World, contact: UUID, **values: object) -> None:
    await world.change(contact, attributes=values, folded=values)


async def everybody(world: World, **values: object) -> None:
    async with world.database.unit_of_work(world.tenant_id) as session:
        mine = Contact.tenant_id == world.tenant_id
        await session.execute(update(Contact).where(mine).values(attributes=values, folded=values))


def message(day: int) -> MessageInput:
    return MessageInput(
        key=f"day-{day}", subject=f"Day {day}", send_day=day, html_template="<p>Hello</p>"
    )


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Pacific/Honolulu", "UTC"])
async def test_the_gap_is_days_of_the_calendar_there(world: World, zone: str):
    """A gap of five days is over on the fifth day after, at the preferred time, in every zone."""
    contact = await world.contact(attributes={"cart": "full"}, created_at=TEN - 3 * DAY)
    campaign = await world.campaign(
        0, contact_filter="cart=full", exit_unmatched=True, reentry_gap_days=5, timezone=zone,
        now=TEN - 2 * DAY,
    )  # fmt: skip
    first = (await world.row(campaign)).next_scan_at
    assert first is not None
    for day in range(9):
        if day in {1, 2}:
            await attributes(world, contact, cart="empty" if day == 1 else "full")
        # A scan is never there on the second.
        await world.work(campaign, first + day * DAY + timedelta(seconds=20 - day))
    mails = await world.ledger(contact)
    assert [mail.entry for mail in mails] == [1, 2]
    assert mails[1].due_at - mails[0].due_at == 5 * DAY


async def test_a_new_message_is_for_the_last_entry(world: World):
    """A message behind the end goes to those who have finished; of somebody who has come in again
    it is the last entry alone that goes on: one mail, not two."""
    contact = await world.contact(attributes={"cart": "full"})
    campaign = await world.campaign(0, contact_filter="cart=full", reentry_gap_days=5)
    for day in range(7):
        if day in {2, 3}:
            await attributes(world, contact, cart="empty" if day == 2 else "full")
        await world.work(campaign, TEN + day * DAY)
    noon = TEN + 6 * DAY + timedelta(hours=2)
    kept = (await world.ledger())[0].message_id
    await world.edit(campaign, now=noon, messages=[
        MessageInput(id=f"msg_{kept.hex}", subject="Day 0", send_day=0, html_template="<p>0</p>"),
        message(20),
    ])  # fmt: skip
    for day in range(6, 32):
        await world.work(campaign, TEN + day * DAY + timedelta(hours=3))
    assert [(m.entry, m.due_at) for m in await world.ledger(contact)] == [
        (1, TEN), (2, TEN + 5 * DAY), (2, TEN + 25 * DAY)
    ]  # fmt: skip


async def test_back_in_for_a_message_behind_the_end(world: World):
    """Whoever is in it again for a message behind the end is past what was added before it, as
    the edit's answer says, and does not get it by another road."""
    contact = await world.contact(timezone="Europe/Berlin")
    campaign = await world.campaign(0, zone_mode="contact")
    for day in range(4):
        await world.work(campaign, TEN + day * DAY)
    assert (await world.enrolled(campaign))[contact].state == "finished"
    first = f"msg_{(await world.ledger())[0].message_id.hex}"
    kept = MessageInput(id=first, subject="Day 0", send_day=0, html_template="<p>0</p>")
    changes = CampaignChanges(messages=[kept, message(1), message(9)])
    async with world.database.unit_of_work(world.tenant_id) as session:
        foretold = await foretell(session, campaign, changes, now=TEN + 3 * DAY)
    assert [one.past for one in foretold.impact.messages] == [0, 1, 0]
    await world.edit(campaign, now=TEN + 3 * DAY, messages=changes.messages)
    for day in range(3, 13):
        if day == 5:
            await attributes(world, contact, plan="pro")
        await world.work(campaign, TEN + day * DAY)
    assert [(mail.state, mail.reason) for mail in await world.ledger(contact)] == [
        ("pending", None), ("skipped", "edited"), ("pending", None)
    ]  # fmt: skip
    assert (await world.enrolled(campaign))[contact].state == "finished"


async def test_leaving_switched_on_later(world: World):
    """A campaign that lets go of those who no longer match from now on lets go, too, of those who
    had stopped matching before, whether or not it had noted it."""
    for noted in (None, 30):
        contact = await world.contact(attributes={"plan": "trial"})
        campaign = await world.campaign(0, 9, contact_filter="plan=trial", reentry_gap_days=noted)
        await world.work(campaign, TEN)
        await attributes(world, contact, plan="pro")
        await world.work(campaign, TEN + DAY)
        await world.edit(campaign, now=TEN + DAY, exit_unmatched=True)
        await world.work(campaign, TEN + 2 * DAY)
        assert (await world.enrolled(campaign))[contact].exit_reason == "unmatched"


async def test_another_date_to_count_from(world: World):
    """A live campaign that counts from another date moves everybody to it, and takes in those who
    had none of the first."""
    one = await world.contact(attributes={"ends_at": "2026-03-05", "begins_at": "2026-03-09"})
    two = await world.contact(attributes={"begins_at": "2026-03-09"})
    campaign = await world.campaign(0, anchor="ends_at")
    await world.work(campaign, TEN)
    assert set(await world.enrolled(campaign)) == {one}
    await world.edit(campaign, now=TEN, anchor="attribute:begins_at")
    for day in range(9):
        await world.work(campaign, TEN + day * DAY)
    for contact in (one, two):
        assert [m.due_at for m in await world.ledger(contact)] == [at("2026-03-09 10:00")]


async def test_a_message_after_a_date_that_had_passed(world: World):
    """Whoever had nothing to come from a date is taken in once there is a message that is."""
    contact = await world.contact(attributes={"ends_at": "2026-02-20"})
    campaign = await world.campaign(0, anchor="ends_at")
    await world.work(campaign, TEN)
    assert contact not in await world.enrolled(campaign)
    await world.edit(campaign, now=TEN, messages=[message(0), message(15)])
    for day in range(9):
        await world.work(campaign, TEN + day * DAY)
    assert [m.due_at for m in await world.ledger(contact) if m.state == "pending"] == [
        at("2026-03-07 10:00")
    ]


async def test_many_dates_move(world: World):
    """As many dates as an import can change move at once, of a campaign of many messages."""
    await asyncio.gather(*(world.contact(attributes={"ends_at": "2026-04-01"}) for _ in range(200)))
    campaign = await world.campaign(*range(90), anchor="ends_at")
    await world.work(campaign, TEN)
    await everybody(world, ends_at="2026-05-01")
    await world.work(campaign, TEN + DAY)
    assert {e.enrolled_on for e in (await world.enrolled(campaign)).values()} == {date(2026, 5, 1)}
    await everybody(world)
    await world.work(campaign, TEN + 2 * DAY)
    assert {e.exit_reason for e in (await world.enrolled(campaign)).values()} == {"no_date"}


async def test_the_end_of_dates_that_have_passed(world: World):
    """Whoever has a date in the past comes to the end of the campaign: at once where nothing of it
    can be sent, else behind what can; and a later edit of the date changes nothing of that."""
    people = {
        date(2026, 2, 1): await world.contact(attributes={"ends_at": "2026-03-04"}),
        date(2026, 2, 26): await world.contact(attributes={"ends_at": "2026-02-26"}),
        date(2026, 1, 31): await world.contact(attributes={"ends_at": "2026-03-01"}),
    }
    campaign = await world.campaign(0, anchor="ends_at", late_limit_hours=120)
    await world.work(campaign, TEN)
    for day0 in (date(2026, 2, 1), date(2026, 1, 31)):
        await attributes(world, people[day0], ends_at=day0.isoformat())
    await world.work(campaign, TEN + DAY)
    found = await world.enrolled(campaign)
    assert {day0: (found[k].enrolled_on, found[k].state) for day0, k in people.items()} == {
        day0: (day0, "finished") for day0 in people
    }
    mails = {key: len(await world.ledger(key)) for key in people.values()}
    assert list(mails.values()) == [0, 1, 1]
