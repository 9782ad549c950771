"""Those in a campaign as their contacts change: out of it, in again, and to another day 0."""

from datetime import date, timedelta

from sqlalchemy import select

from tenantcrm.campaigns.models import Enrollment
from tenantcrm.campaigns.service import scan
from tenantcrm.delivery.models import Delivery
from tenantcrm.delivery.repository import entries
from tenantcrm.delivery.service import hand_over
from tests.campaigns.world import World, at

TEN = at("2026-03-02 10:00")
DAY = timedelta(days=1)


async def attributes(world: World, contact: object, **values: object) -> None:
    """What an upsert of these attributes leaves behind."""
    await world.change(contact, attributes=values, folded=values)


async def entries_of(world: World, campaign: object) -> list[tuple]:
    async with world.database.unit_of_work(world.tenant_id) as session:
        query = (
            select(
                Enrollment.entry, Enrollment.state, Enrollment.exit_reason, Enrollment.enrolled_on
            )
            .where(Enrollment.tenant_id == world.tenant_id, Enrollment.campaign_id == campaign)
            .order_by(Enrollment.entry)
        )
        return [tuple(row) for row in await session.execute(query)]


async def scanned(world: World, campaign: object, now: object) -> object:
    """A scan with its entries in the ledger, as the worker does it."""

    async with world.database.unit_of_work(world.tenant_id) as session:
        result = await scan(session, campaign, now=now)
        if result is not None:
            await entries.let_go(session, result.ahead)
            await hand_over(session, result.hand_overs, now=now)
        return result


async def ledger(world: World) -> list[tuple]:
    async with world.database.unit_of_work(world.tenant_id) as session:
        query = (
            select(Delivery.due_at, Delivery.state, Delivery.reason)
            .where(Delivery.tenant_id == world.tenant_id)
            .order_by(Delivery.due_at)
        )
        return [tuple(row) for row in await session.execute(query)]


async def test_whoever_no_longer_matches_leaves(world: World):
    """With ``exit_unmatched`` a contact leaves at the scan after it has stopped matching; without,
    it stays."""
    contact = await world.contact(attributes={"plan": "trial"})
    strict = await world.campaign(0, 5, contact_filter="plan=trial", exit_unmatched=True)
    mild = await world.campaign(0, 5, contact_filter="plan=trial")
    for campaign in (strict, mild):
        await scanned(world, campaign, TEN)
    await attributes(world, contact, plan="pro")
    for campaign in (strict, mild):
        await scanned(world, campaign, TEN + DAY)
    assert await entries_of(world, strict) == [(1, "exited", "unmatched", date(2026, 3, 2))]
    assert await entries_of(world, mild) == [(1, "active", None, date(2026, 3, 2))]


async def test_back_after_the_gap(world: World):
    """Whoever has left and matches anew comes in again after the gap, as a new entry with mails of
    its own; before the gap is over, or without having left, nobody does."""
    contact = await world.contact(attributes={"cart": "full"})
    campaign = await world.campaign(
        0, contact_filter="cart=full", exit_unmatched=True, reentry_gap_days=5
    )
    await scanned(world, campaign, TEN)
    await attributes(world, contact, cart="empty")
    await scanned(world, campaign, TEN + DAY)
    await attributes(world, contact, cart="full")
    for day in range(2, 5):
        await scanned(world, campaign, TEN + day * DAY)
    assert len(await entries_of(world, campaign)) == 1
    for day in range(5, 9):
        await scanned(world, campaign, TEN + day * DAY)
    assert [(row[0], row[3]) for row in await entries_of(world, campaign)] == [
        (1, date(2026, 3, 2)),
        (2, date(2026, 3, 7)),
    ]
    assert [row[0] for row in await ledger(world)] == [TEN, TEN + 5 * DAY]


async def test_once_is_once(world: World):
    """Without a gap nobody comes in again, however often it matches anew."""
    contact = await world.contact(attributes={"cart": "full"})
    campaign = await world.campaign(0, contact_filter="cart=full")
    for day, cart in enumerate(["full", "empty", "full", "empty", "full"]):
        await attributes(world, contact, cart=cart)
        await scanned(world, campaign, TEN + day * DAY)
    assert len(await entries_of(world, campaign)) == 1


async def test_days_before_a_date(world: World):
    """With an anchor, days count from the contact's date, also backwards; a date or an instant
    will do; what is no date enrols nobody."""
    for value in ("2026-03-10", "2026-03-10T23:30:00Z", "soon", "2026-02-30", 3, None):
        await world.contact(attributes={} if value is None else {"ends_at": value})
    campaign = await world.campaign(
        -3, 1, anchor="ends_at", timezone="Europe/Berlin", now=at("2026-03-02 08:00")
    )
    for day in range(12):
        await scanned(world, campaign, at("2026-03-02 09:00") + day * DAY)
    days = {(await world.enrolled(campaign))[k].enrolled_on for k in await world.enrolled(campaign)}
    # 23:30 UTC is the next day in Berlin.
    assert days == {date(2026, 3, 10), date(2026, 3, 11)}
    assert [row[0] for row in await ledger(world)] == [
        at("2026-03-07 09:00"), at("2026-03-08 09:00"),
        at("2026-03-11 09:00"), at("2026-03-12 09:00"),
    ]  # fmt: skip


async def test_a_date_in_the_past(world: World):
    """Of a date that has passed only what is not too late is sent; where nothing is left, nobody
    is enrolled."""
    old = await world.contact(attributes={"ends_at": "2026-02-20"})
    contact = await world.contact(attributes={"ends_at": "2026-03-01"})
    campaign = await world.campaign(-1, 0, 3, anchor="ends_at")
    await scanned(world, campaign, TEN)
    assert old not in await world.enrolled(campaign)
    assert contact in await world.enrolled(campaign)
    await scanned(world, campaign, TEN + DAY)
    await scanned(world, campaign, TEN + 2 * DAY)
    assert await ledger(world) == [
        (at("2026-02-28 10:00"), "skipped", "late"),
        (at("2026-03-01 10:00"), "skipped", "late"),
        (at("2026-03-04 10:00"), "pending", None),
    ]


async def test_a_date_that_moves(world: World):
    """A contact whose date moves is moved: what had not gone goes on the new day, once; what had
    gone does not go again; without a date it leaves, and with one it is back."""
    contact = await world.contact(attributes={"ends_at": "2026-03-05"})
    campaign = await world.campaign(-3, -1, anchor="ends_at")
    await scanned(world, campaign, TEN)
    assert [row[0] for row in await ledger(world)] == [TEN]
    async with world.database.unit_of_work(world.tenant_id) as session:
        row = (await session.execute(select(Delivery))).scalar_one()
        row.state, row.sent_at, row.attempts = "sent", TEN, 1
    await attributes(world, contact, ends_at="2026-03-20")
    for day in range(1, 18):
        await scanned(world, campaign, TEN + day * DAY)
    assert [row[0] for row in await ledger(world)] == [TEN, at("2026-03-19 10:00")]
    await attributes(world, contact, ends_at="never")
    await scanned(world, campaign, TEN + 18 * DAY)
    assert (await entries_of(world, campaign))[0][1:3] == ("exited", "no_date")
    await attributes(world, contact, ends_at="2026-04-22")
    await scanned(world, campaign, TEN + 21 * DAY)
    assert (await entries_of(world, campaign))[0][1:3] == ("active", None)


async def test_newcomers_alone(world: World):
    """A campaign for newcomers leaves out whoever matched when it began; they are no people of
    it, and come in only when they have stopped matching and match anew."""
    old = await world.contact(attributes={"plan": "pro"})
    campaign = await world.campaign(0, contact_filter="plan=pro", new_only_from=TEN - DAY)
    async with world.database.unit_of_work(world.tenant_id) as session:
        session.add(
            Enrollment(
                tenant_id=world.tenant_id, campaign_id=campaign, contact_id=old,
                enrolled_on=TEN.date(), enrolled_at=TEN - DAY, state="excluded",
            )
        )  # fmt: skip
    new = await world.contact(attributes={"plan": "pro"})
    await scanned(world, campaign, TEN)
    states = {k: v.state for k, v in (await world.enrolled(campaign)).items()}
    assert states == {old: "excluded", new: "active"}
    await attributes(world, old, plan="free")
    await scanned(world, campaign, TEN + DAY)
    await attributes(world, old, plan="pro")
    await scanned(world, campaign, TEN + 2 * DAY)
    rows = sorted(row[:2] for row in await entries_of(world, campaign))
    assert rows == [(1, "excluded"), (1, "finished"), (2, "active")]
