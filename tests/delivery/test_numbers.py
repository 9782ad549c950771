"""Numbers of reports: whatever happens to mails and people, they are what the ledger says."""

import random
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from tenantcrm import clock
from tenantcrm.campaigns import service as campaigns
from tenantcrm.campaigns.models import Enrollment, PeopleCount
from tenantcrm.database import Database
from tenantcrm.delivery.models import Delivery, ReachNews, SendCount
from tenantcrm.delivery.numbers import Among, Fate
from tenantcrm.delivery.repository import recount
from tenantcrm.delivery.service import browse, campaign_sends, erase, unsubscribe
from tenantcrm.delivery.service.tally import tally
from tests.delivery.world import World

ENDS = ("sent", "delivered", "bounced", "complained", "failed", "skipped", "unknown")
CHANGE = """
UPDATE deliveries SET state = :state, lease_until = NULL, held = false,
  reason = CASE WHEN :state IN ('failed', 'skipped', 'unknown') THEN :reason END,
  bounce = CASE WHEN :state = 'bounced' THEN :bounce END,
  sent_at = CASE WHEN :state IN ('sent', 'delivered', 'bounced', 'complained')
    THEN coalesce(sent_at, due_at + make_interval(mins => :late)) ELSE sent_at END
WHERE tenant_id = :t AND id = ANY (:ids)
"""
SEEN = ("opened_at", "clicked_at", "machine_at", "unsubscribed_at")


@pytest.fixture
async def world(database: Database, tenant_id: UUID) -> World:
    return World(database, tenant_id)


async def differences(world: World) -> dict[str, int]:
    async with world.database.unit_of_work(world.tenant_id) as session:
        return await recount.differences(session)


async def keep(world: World, **sizes: int) -> None:
    """What the worker does every few seconds, until there is nothing to do."""
    more = True
    while more:
        async with world.database.unit_of_work(world.tenant_id) as session:
            more = await tally(session, **sizes)


async def happen(world: World, dice: random.Random) -> None:
    """Something happens to some mails, to a person, or to the summands."""
    mails = await world.mails()
    some = [mail.id for mail in dice.sample(mails, k=min(len(mails), dice.randint(1, 6)))]
    async with world.database.unit_of_work(world.tenant_id) as session:
        what = dice.randrange(7)
        if what <= 2:
            values = {
                "state": dice.choice(ENDS),
                "reason": dice.choice(("late", "unsubscribed")),
                "bounce": dice.choice(("hard", "soft", None)),
                "late": dice.choice((0, 1, 20, 1500)),
            }
            await session.execute(text(CHANGE), values | {"t": world.tenant_id, "ids": some})
        elif what == 3:
            column, at = dice.choice(SEEN), dice.choice(("now()", "NULL"))
            await session.execute(
                text(
                    f"UPDATE deliveries SET {column} = {at} WHERE tenant_id = :t AND id = ANY (:i)"
                ),
                {"t": world.tenant_id, "i": some},
            )
        elif what == 4:
            await session.execute(
                text("DELETE FROM deliveries WHERE tenant_id = :t AND id = :i"),
                {"t": world.tenant_id, "i": some[0]},
            )
        else:
            await tally(session, news=dice.choice((1, 100)), most=dice.choice((1, 3, 1000)))
    contact = next((mail for mail in mails if mail.contact_id), None)
    if dice.random() < 0.1 and contact is not None and contact.contact_id is not None:
        async with world.database.unit_of_work(world.tenant_id) as session:
            if dice.random() < 0.5:
                await campaigns.exit_contact(session, contact.contact_id, reason="unmatched")
            else:
                await erase(session, contact.contact_id, suppress=False, actor="system")


@pytest.mark.parametrize("seed", range(4))
async def test_at_random(world: World, seed: int):
    """After every step the sums are the ledger's; and people's marks are, once news is in."""
    dice = random.Random(seed)
    contacts = [await world.contact() for _ in range(12)]
    campaign = await world.due(*contacts[:8])
    await world.due(*contacts[8:])
    assert campaign
    for _ in range(40):
        await happen(world, dice)
        found = await differences(world)
        assert (found["send_counts"], found["people_counts"]) == (0, 0)
    await keep(world, most=7)
    await keep(world)
    assert set((await differences(world)).values()) == {0}
    assert not await world.all(ReachNews)
    for table in (SendCount, PeopleCount):
        assert all(row.settled for row in await world.all(table))
    left = await world.all(Enrollment)
    assert any(row.reached for row in left) == any(mail.sent_at for mail in await world.mails())


async def test_every_number_opens_its_mails(world: World):
    """Each number of a campaign is the length of its list, whatever the size of its pages."""
    contacts = [await world.contact() for _ in range(9)]
    campaign = await world.due(*contacts)
    mails = [mail.id for mail in await world.mails()]
    for position, state in enumerate(ENDS):
        async with world.database.unit_of_work(world.tenant_id) as session:
            await session.execute(
                text(CHANGE),
                {"state": state, "reason": "late", "bounce": "hard", "late": position * 20,
                 "t": world.tenant_id, "ids": [mails[position]]},
            )  # fmt: skip
    for mail, column in zip(mails, SEEN, strict=False):
        await world.change(Delivery, mail, **{column: clock.now()})
    async with world.database.unit_of_work(world.tenant_id) as session:
        sends = (await campaign_sends(session, [campaign]))[campaign]
        for fate in Fate:
            seen: list[UUID] = []
            after = None
            among = Among(campaign_id=campaign, fate=fate)
            while True:
                page = await browse(session, among, after=after, limit=2)
                seen += [row.id for row in page.rows]
                after = page.next
                if after is None:
                    break
            assert len(set(seen)) == len(seen) == getattr(sends, fate), fate
        for fate, reasons in sends.reasons.items():
            for reason, number in reasons.items():
                among = Among(campaign_id=campaign, fate=Fate(fate), reason=reason)
                assert len((await browse(session, among)).rows) == number
    assert sends.sent == 4
    assert sends.waiting == 2


async def test_what_is_wrong_is_found_and_put_right(world: World):
    """Numbers that somebody has spoilt are found by comparing, and right after counting anew."""
    await world.due(*[await world.contact() for _ in range(3)])
    async with world.database.unit_of_work(world.tenant_id) as session:
        row = (
            await session.execute(select(SendCount).where(SendCount.tenant_id == world.tenant_id))
        ).scalar_one()
        row.mails += 2
        await session.execute(
            text("UPDATE enrollments SET reached = 7 WHERE tenant_id = :t"), {"t": world.tenant_id}
        )
    found = await differences(world)
    assert found["send_counts"] == 2
    assert found["enrollments"] == 3
    async with world.database.unit_of_work(world.tenant_id) as session:
        await recount.rebuild(session)
    assert set((await differences(world)).values()) == {0}


async def test_who_unsubscribes_counts_for_the_last_mail(world: World):
    """An unsubscription stands at the last mail of that campaign, and stays without the person."""
    contact = await world.contact(email_hash=b"h" * 32)
    campaign = await world.due(contact)
    (mail,) = await world.mails()
    await world.change(Delivery, mail.id, state="sent", sent_at=clock.now())
    async with world.database.unit_of_work(world.tenant_id) as session:
        await unsubscribe(
            session,
            contact_id=contact,
            email_hash=b"h" * 32,
            campaign_id=campaign,
            source="page",
        )
    async with world.database.unit_of_work(world.tenant_id) as session:
        sends = (await campaign_sends(session, [campaign]))[campaign]
        among = Among(campaign_id=campaign, fate=Fate.UNSUBSCRIBED)
        (row,) = (await browse(session, among)).rows
    assert sends.unsubscribed == 1
    assert (row.id, row.contact_id) == (mail.id, None)


async def test_two_at_once(world: World):
    """Who adds up while somebody else does leaves it to them."""
    await world.due(await world.contact(), since=timedelta(minutes=1))
    async with (
        world.database.unit_of_work(world.tenant_id) as one,
        world.database.unit_of_work(world.tenant_id) as other,
    ):
        await tally(one)
        assert not await tally(other)
    assert (await differences(world))["send_counts"] == 0
