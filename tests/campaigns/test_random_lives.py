"""A campaign's life made up at random: edits, pauses, and contacts that come, change and move."""

import random
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from tenantcrm.campaigns import calendar, service
from tenantcrm.campaigns.models import Enrollment
from tenantcrm.campaigns.schemas import MessageInput
from tenantcrm.campaigns.service.work import timetable_of
from tenantcrm.contacts.models import Contact
from tenantcrm.database import Database
from tenantcrm.delivery.models import Delivery
from tests.campaigns.senders import VerifiedSenders
from tests.campaigns.world import World, at
from tests.conftest import add_tenant

ZONES = (None, "Asia/Tokyo", "Pacific/Honolulu", "Australia/Lord_Howe", "Nowhere/Anymore")
EDITS = {
    "preferred_send_time": ["10:00", "02:30", "23:45"],
    "zone_mode": ["contact", "campaign"],
    "timezone": ["UTC", "Asia/Tokyo", "America/New_York"],
    "skip_weekdays": [[], ["sunday"], ["saturday", "tuesday"]],
    "contact_filter": ["", "plan=pro"],
    "exit_unmatched": [True, False],
    "reentry_gap_days": [None, 2],
    "day_zero": ["scheduled", "immediately"],
}
STEPS, SETTLING = 14, 12


class Life:
    """One campaign and its people, and what may happen to them."""

    def __init__(self, world: World, dice: random.Random) -> None:
        self.world, self.dice = world, dice
        self.now = at("2026-03-02 08:00")
        self.active = True
        self.campaign = UUID(int=0)

    async def begin(self) -> None:
        for _ in range(5):
            await self.come()
        days = sorted(self.dice.sample(range(8), 3))
        self.campaign = await self.world.campaign(
            *days, now=self.now, zone_mode=self.dice.choice(EDITS["zone_mode"])
        )

    def attributes(self) -> dict[str, str]:
        return {"plan": self.dice.choice(["pro", "free"])}

    async def come(self) -> None:
        zone = self.dice.choice(ZONES)
        await self.world.contact(timezone=zone, attributes=self.attributes(), created_at=self.now)

    async def change(self) -> None:
        somebody = self.dice.choice(await self.rows(Contact))
        values = self.attributes()
        await self.world.change(
            somebody.id, timezone=self.dice.choice(ZONES), attributes=values, folded=values,
            updated_at=self.now,
        )  # fmt: skip

    async def edit(self) -> None:
        name = self.dice.choice(sorted(EDITS))
        changes = {name: self.dice.choice(EDITS[name])}
        await self.world.edit(self.campaign, now=self.now, **changes)

    async def edit_messages(self) -> None:
        days = dict.fromkeys(self.dice.sample(range(10), 2))
        for message in await self.messages():
            day = message.send_day if self.dice.random() < 0.6 else self.dice.randrange(10)
            if self.dice.random() < 0.85:
                days[day] = f"msg_{message.id.hex}"
        given = [
            MessageInput(id=days[day], subject="A", send_day=day, html_template="<p>A</p>")
            for day in sorted(days)
        ]
        policy = self.dice.choice([{}, {"past_messages": "send"}, {"past_messages": "skip"}])
        await self.world.edit(self.campaign, now=self.now, messages=given, **policy)

    async def pause(self) -> None:
        async with self.world.database.unit_of_work(self.world.tenant_id) as session:
            if self.active:
                await service.pause(session, self.campaign, actor="test", now=self.now)
            else:
                await service.activate(
                    session, self.campaign, senders=VerifiedSenders(), actor="test", now=self.now
                )
        self.active = not self.active

    async def send(self) -> None:
        """Everything that waits leaves."""
        async with self.world.database.unit_of_work(self.world.tenant_id) as session:
            mine = (Delivery.tenant_id == self.world.tenant_id, Delivery.state == "pending")
            values = {"state": "sent", "sent_at": self.now, "attempts": 1}
            await session.execute(update(Delivery).where(*mine).values(**values))

    async def pass_by(self) -> None:
        self.now += timedelta(minutes=self.dice.randint(1, 2400))
        while await self.world.work(self.campaign, self.now) is not None:
            pass

    async def settle(self) -> None:
        """Nothing happens but scans, for two days."""
        if not self.active:
            await self.pause()
        for _ in range(SETTLING):
            self.now += timedelta(hours=4)
            await self.world.work(self.campaign, self.now)

    async def messages(self) -> list:
        async with self.world.database.unit_of_work(self.world.tenant_id) as session:
            return list((await service.get(session, self.campaign, now=self.now)).messages)

    async def rows(self, what: type) -> list:
        async with self.world.database.unit_of_work(self.world.tenant_id) as session:
            query = select(what).where(what.tenant_id == self.world.tenant_id)
            return list((await session.execute(query)).scalars())


@pytest.mark.parametrize("seed", [24, 34, 92])
async def test_nobody_is_lost(database: Database, seed: int):
    """Whatever has happened: whoever matches is in the campaign, whose time has come for a message
    has an entry for it in the ledger, and nothing waits there whose time has not come."""
    life = Life(World(database, await add_tenant(database)), random.Random(seed))
    await life.begin()
    acts = [
        life.pass_by, life.pass_by, life.come, life.change, life.edit, life.edit_messages,
        life.pause, life.send,
    ]  # fmt: skip
    for _ in range(STEPS):
        await life.dice.choice(acts)()
    await life.settle()

    row = await life.world.row(life.campaign)
    timetable, messages = timetable_of(row), await life.messages()
    contacts = {contact.id: contact for contact in await life.rows(Contact)}
    entered = {(m.message_id, m.contact_id, m.entry): m for m in await life.rows(Delivery)}
    inside = await life.rows(Enrollment)
    matching = {
        key
        for key, c in contacts.items()
        if not row.contact_filter or c.attributes["plan"] == "pro"
    }
    assert matching <= {one.contact_id for one in inside}
    for one in inside:
        zone = timetable.zone_for(contacts[one.contact_id].timezone)
        planned = calendar.plan(one.enrolled_on, [m.send_day for m in messages], timetable.rest)
        for message, on in zip(messages, planned, strict=True):
            mail = entered.get((message.id, one.contact_id, one.entry))
            slot = timetable.slot(on.day, zone)
            if one.state == "active" and slot <= row.scanned_at:
                assert mail is not None, (one.enrolled_on, message.send_day)
            if one.state == "active" and slot > life.now + timedelta(days=1):
                assert mail is None or mail.state != "pending", (one.enrolled_on, message.send_day)
