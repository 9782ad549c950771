"""Activations, edits and scans of dates beside erasures: one after the other, whoever is first."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select

from tenantcrm.campaigns import service
from tenantcrm.campaigns.models import Enrollment
from tenantcrm.campaigns.schemas import MessageInput
from tenantcrm.contacts.models import Activity, Contact
from tests.campaigns.senders import VerifiedSenders
from tests.campaigns.world import MORNING, World, at

DAY = timedelta(days=1)
TEN = at("2026-03-02 10:00")
SOON = 0.3
"""Long enough for a statement to come to its lock; nothing is asserted about time itself."""


async def erased(world: World, contact: UUID, held: asyncio.Event) -> None:
    """An erasure that lingers between the contact and its enrolments."""
    async with world.database.unit_of_work(world.tenant_id) as session:
        mine = (Contact.tenant_id == world.tenant_id, Contact.id == contact)
        await session.execute(select(Contact.id).where(*mine).with_for_update())
        held.set()
        await asyncio.sleep(SOON)
        await service.exit_contact(session, contact, reason="contact_erased")
        await session.execute(delete(Contact).where(*mine))


async def count(world: World, what: type, *conditions: object) -> int:
    async with world.database.unit_of_work(world.tenant_id) as session:
        query = select(func.count()).select_from(what).where(*conditions)
        return int((await session.execute(query)).scalar_one())


@pytest.mark.parametrize("new_only", [False, True])
async def test_activated_twice_at_once(world: World, *, new_only: bool):
    """Of two activations at the same instant one starts the campaign, and leaves out once whoever
    it is not for; both say that it is active."""
    people = [await world.contact() for _ in range(5)]
    campaign = await world.campaign(0, active=False, state="draft")

    async def activate() -> str:
        async with world.database.unit_of_work(world.tenant_id) as session:
            view = await service.activate(
                session, campaign, senders=VerifiedSenders(), actor="test", new_only=new_only,
                now=MORNING,
            )  # fmt: skip
            return view.state

    assert await asyncio.gather(activate(), activate()) == ["active", "active"]
    assert await count(world, Activity, Activity.campaign_id == campaign) == 1
    await world.work(campaign, TEN)
    rows = await count(world, Enrollment, Enrollment.campaign_id == campaign)
    assert rows == len(people)
    assert len(await world.ledger()) == (0 if new_only else len(people))


async def test_a_date_moves_while_its_contact_is_erased(world: World):
    """The scan waits for the erasure and leaves the contact out; neither stops the other."""
    going, staying = [await world.contact(attributes={"ends_at": "2026-03-20"}) for _ in range(2)]
    campaign = await world.campaign(0, 9, anchor="ends_at")
    await world.work(campaign, TEN)
    for contact in (going, staying):
        values = {"ends_at": "2026-03-03"}
        await world.change(contact, attributes=values, folded=values)
    held = asyncio.Event()
    erasure = asyncio.create_task(erased(world, going, held))
    await held.wait()
    await asyncio.gather(world.work(campaign, TEN + DAY), erasure)
    assert [mail.contact_id for mail in await world.ledger()] == [staying]


async def test_an_edit_lets_in_again_while_a_contact_is_erased(world: World):
    """An edit that lets people in again waits for an erasure as well, before it holds anything
    that the erasure needs."""
    going, staying = [await world.contact() for _ in range(2)]
    campaign = await world.campaign(0)
    for day in range(3):
        await world.work(campaign, TEN + day * DAY)
    first = f"msg_{(await world.ledger())[0].message_id.hex}"
    messages = [
        MessageInput(id=first, subject="0", send_day=0, html_template="<p>0</p>"),
        MessageInput(subject="9", send_day=9, html_template="<p>9</p>"),
    ]
    held = asyncio.Event()
    erasure = asyncio.create_task(erased(world, going, held))
    await held.wait()
    await asyncio.gather(world.edit(campaign, now=TEN + 2 * DAY, messages=messages), erasure)
    states = {key: row.state for key, row in (await world.enrolled(campaign)).items()}
    assert states == {None: "finished", staying: "active"}
