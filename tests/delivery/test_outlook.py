"""Why, and why not: what is said before agrees with what then happens."""

import random
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from tenantcrm import clock
from tenantcrm.campaigns.models import Campaign
from tenantcrm.campaigns.service import forecast_days
from tenantcrm.contacts.models import Contact
from tenantcrm.delivery.service import scan_tenant
from tenantcrm.delivery.service.outlook import of_contact
from tenantcrm.delivery.service.telling import Told, told
from tenantcrm.delivery.states import Kind
from tenantcrm.tenants.models import Mode
from tests.delivery.desk import Desk
from tests.delivery.test_as_simulated import START, database, machine_clock, set_clock, settings
from tests.delivery.world import World

__all__ = ["database", "machine_clock", "settings"]
CONTACTS, CAMPAIGNS = 84, 4
ZONES = (None, "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe")
STATUSES = ("subscribed",) * 6 + ("unsubscribed", "bounced")
DAYS = 5


async def populate(world: World, dice: random.Random) -> tuple[list[UUID], list[UUID]]:
    """Contacts and campaigns of every sort; 1,008 pairs of a contact and a message."""
    contacts = []
    for number in range(CONTACTS):
        attributes = {"plan": dice.choice(["pro", "free"])}
        if dice.random() < 0.7:
            attributes["ends_at"] = dice.choice(["2027-03-27", "2027-03-20", "soon", "2027-04-01"])
        contact = await world.contact(
            timezone=dice.choice(ZONES), status=dice.choice(STATUSES),
            attributes=attributes, folded=attributes,
            mode="test" if number % 20 == 0 else "live",
        )  # fmt: skip
        if dice.random() < 0.1:
            await world.suppress(contact)
        contacts.append(contact)
    values = {"scanned_at": START, "next_scan_at": START}
    plain = await world.campaign(0, 2, 3, contact_filter="plan=pro", **values)
    zoned = await world.campaign(
        0, 1, 4, zone_mode="contact", skip_weekdays=[6, 7], contact_filter="plan!=free", **values
    )
    dated = await world.campaign(-2, 0, 1, contact_filter="", anchor="ends_at", **values)
    paused = await world.campaign(0, 1, 2, state="paused", scanned_at=START, next_scan_at=None)
    return contacts, [plain, zoned, dated, paused]


async def tell(world: World, contact: UUID, campaign: UUID, mode: str) -> list[Told]:
    async with world.database.unit_of_work(world.tenant_id) as session:
        found = await of_contact(session, campaign, contact, mode=Mode(mode))
        return await told(session, found, now=clock.now())


async def run(desk: Desk, world: World, place: Path, start: datetime, until: datetime) -> None:
    """Scan and send, four times an hour."""
    now = start
    while now < until:
        now += timedelta(minutes=15)
        set_clock(place, now)
        async with world.database.unit_of_work(world.tenant_id) as session:
            due = (
                await session.execute(
                    select(Campaign.id).where(
                        Campaign.tenant_id == world.tenant_id, Campaign.next_scan_at <= now
                    )
                )
            ).first()
        if due is not None:
            await scan_tenant(world.database, world.tenant_id)
            for kind in (Kind.DAY_ZERO, Kind.DRIP):
                await desk.send(world, kind)


async def test_what_is_said_is_what_happens(desk: Desk, world: World, machine_clock: Path):
    """For 1,000 pairs of a contact and a message: what is said to come comes at that time, and
    what is said not to come does not."""
    dice = random.Random(7)
    set_clock(machine_clock, START)
    contacts, campaigns = await populate(world, dice)
    modes = {row.id: row.mode for row in await world.all(Contact)}
    said = {}
    for contact in contacts:
        for campaign in campaigns:
            for one in await tell(world, contact, campaign, modes[contact]):
                said[contact, one.message.id] = one
    assert len(said) >= 1000
    await run(desk, world, machine_clock, START, START + timedelta(days=DAYS))
    got = {(mail.contact_id, mail.message_id): mail for mail in await world.mails()}
    codes = set()
    for pair, one in said.items():
        codes.add(one.why.code)
        mail = got.get(pair)
        if one.state != "waiting":
            assert mail is None or mail.state == "skipped", one
            continue
        assert one.at is not None
        if one.at >= START + timedelta(days=DAYS):
            continue
        assert mail is not None, one
        late = one.at <= START
        assert mail.state == ("skipped" if late else "sent"), (one, mail.state, mail.reason)
        if not late:
            assert mail.due_at == one.at, one
    assert codes >= {
        "waiting", "not_matching", "unsubscribed", "bounced", "suppressed", "test",
        "no_date", "date_passed", "campaign_paused",
    }  # fmt: skip


async def test_the_days_are_the_sum_of_the_people(world: World, machine_clock: Path):
    """What a campaign is said to send on each day is what its contacts are said to get."""
    set_clock(machine_clock, START)
    contacts, campaigns = await populate(world, random.Random(11))
    modes = {row.id: row.mode for row in await world.all(Contact)}
    zones = {row.id: ZoneInfo(row.timezone) for row in await world.all(Campaign)}
    for campaign in campaigns:
        async with world.database.unit_of_work(world.tenant_id) as session:
            told = await forecast_days(session, campaign)
            single: Counter[date] = Counter()
            for contact in contacts:
                if modes[contact] != "live":
                    continue
                found = await of_contact(session, campaign, contact)
                single.update(mail.at.astimezone(zones[campaign]).date() for mail in found.mails)
        days = {day.date: day.sends for day in told.days if day.sends}
        assert days == {day: n for day, n in single.items() if day in {d.date for d in told.days}}
