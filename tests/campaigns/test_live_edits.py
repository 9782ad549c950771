"""Edits of a live campaign: what they do is said before, is what then happens, and is kept."""

from datetime import datetime, time, timedelta
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select

from tenantcrm.campaigns import service
from tenantcrm.campaigns.errors import StaleVersionError
from tenantcrm.campaigns.schemas import CampaignChanges, MessageInput
from tenantcrm.delivery.models import Delivery
from tenantcrm.delivery.repository import entries
from tenantcrm.delivery.service import hand_over
from tenantcrm.delivery.service.outlook import of_contact
from tests.campaigns.senders import VerifiedSenders
from tests.campaigns.world import World, at

TEN = at("2026-03-02 10:00")
DAY = timedelta(days=1)
NOON = TEN + 6 * DAY + timedelta(hours=2)
"""Two hours after the scan of the seventh day: people are at days 0 to 6."""


async def worked(world: World, campaign: UUID, now: datetime) -> None:
    """A scan with its entries in the ledger, as the worker does it."""
    async with world.database.unit_of_work(world.tenant_id) as session:
        result = await service.scan(session, campaign, now=now)
        assert result is not None
        await entries.let_go(session, result.ahead)
        await hand_over(session, result.hand_overs, now=now)


async def staggered(world: World, *days: int) -> tuple[UUID, dict[int, UUID]]:
    """A campaign with one contact at each of the days 0 to 6; by their day."""
    campaign = await world.campaign(*days)
    people = {}
    for ago in range(6, -1, -1):
        now = TEN + (6 - ago) * DAY
        people[ago] = await world.contact(created_at=now - timedelta(hours=1))
        await worked(world, campaign, now)
    return campaign, people


async def mails(world: World, contact: UUID) -> list[tuple[str, str | None, datetime]]:
    async with world.database.unit_of_work(world.tenant_id) as session:
        query = (
            select(Delivery.state, Delivery.reason, Delivery.due_at)
            .where(Delivery.tenant_id == world.tenant_id, Delivery.contact_id == contact)
            .order_by(Delivery.due_at)
        )
        return [tuple(row) for row in await session.execute(query)]


async def inputs(world: World, campaign: UUID) -> list[MessageInput]:
    async with world.database.unit_of_work(world.tenant_id) as session:
        view = await service.get(session, campaign, now=NOON)
    return [
        MessageInput(
            key=m.key, subject=m.subject, send_day=m.send_day, html_template=m.html_template
        )
        for m in view.messages
    ]


def added(day: int) -> MessageInput:
    return MessageInput(key="new", subject="New", send_day=day, html_template="<p>New</p>")


async def edited(
    world: World, campaign: UUID, changes: CampaignChanges, now: datetime = NOON
) -> object:
    """Foretell, then save; gives what was foretold."""
    async with world.database.unit_of_work(world.tenant_id) as session:
        foretold = await service.foretell(session, campaign, changes, now=now)
    async with world.database.unit_of_work(world.tenant_id) as session:
        await service.change(
            session, campaign, changes, senders=VerifiedSenders(), actor="test", now=now
        )
    return foretold


@pytest.mark.parametrize("policy", ["send", "skip", None])
async def test_a_message_behind_people(world: World, policy: str | None):
    """A message of day 3, added with people at days 0 to 6: four are past it. It goes to them at
    once, or is skipped for them with its reason; the others get it on their day; nobody twice."""
    campaign, people = await staggered(world, 0, 10)
    given = [*await inputs(world, campaign), added(3)]
    values = {} if policy is None else {"past_messages": policy}
    foretold = await edited(world, campaign, CampaignChanges(messages=given, **values))
    (new,) = [m for m in foretold.impact.messages if m.change == "added"]
    assert (foretold.impact.people, new.past) == (7, 4)
    assert new.due_at_once == (4 if policy == "send" else 0)
    await worked(world, campaign, NOON + timedelta(seconds=1))
    for day in range(7, 10):
        await worked(world, campaign, TEN + day * DAY)
    for ago, contact in people.items():
        extra = (await mails(world, contact))[1:]
        if ago <= 2:
            assert extra == [("pending", None, TEN + (6 - ago + 3) * DAY)]
        elif policy == "send":
            assert extra == [("pending", None, NOON)]
        else:
            assert extra == [("skipped", "edited", NOON)]


@pytest.mark.parametrize("policy", ["send", "skip", None])
async def test_a_simulation_follows_the_decision(world: World, policy: str | None):
    """With changes that are not saved, the days have today what they send at once, and whoever
    they pass without that is not promised the mail."""
    campaign, people = await staggered(world, 0, 10)
    values = {} if policy is None else {"past_messages": policy}
    changes = CampaignChanges(messages=[*await inputs(world, campaign), added(3)], **values)
    async with world.database.unit_of_work(world.tenant_id) as session:
        told = await service.forecast_days(session, campaign, changes=changes, now=NOON)
        found = [
            [mail.send_day for mail in (
                await of_contact(session, campaign, people[ago], changes=changes, now=NOON)
            ).mails if mail.send_day == 3]
            for ago in (1, 5)
        ]  # fmt: skip
    assert told.days[0].sends == (4 if policy == "send" else 0)
    assert found == [[3], [3] if policy == "send" else []]


async def test_a_message_moved_earlier(world: World):
    """Moved from day 5 to day 2 it becomes due at once for those between, and is said so; those
    who have had it do not get it again, and the others get it on their new day."""
    campaign, people = await staggered(world, 0, 5)
    given = await inputs(world, campaign)
    given[1].send_day = 2
    foretold = await edited(world, campaign, CampaignChanges(messages=given))
    (moved,) = [m for m in foretold.impact.messages if m.change == "moved"]
    # Those at days 2, 3 and 4 are past it; those at 5 and 6 have had it; two are to come.
    assert (moved.past, moved.due_at_once, moved.moved) == (3, 3, 2)
    await worked(world, campaign, NOON + timedelta(seconds=1))
    for day in range(7, 12):
        await worked(world, campaign, TEN + day * DAY)
    for ago, contact in people.items():
        dues = [due for _, _, due in await mails(world, contact)]
        assert len(dues) == 2
        if ago >= 5:
            assert dues[1] == TEN + (6 - ago + 5) * DAY
        elif ago >= 2:
            assert dues[1] == NOON
        else:
            assert dues[1] == TEN + (6 - ago + 2) * DAY


async def test_a_later_time_moves_what_waits(world: World):
    """What waits for a time that has moved into the future comes at the new one, and once."""
    campaign = await world.campaign(0, 1)
    contact = await world.contact()
    await worked(world, campaign, TEN)
    await worked(world, campaign, TEN + DAY)
    changes = CampaignChanges(preferred_send_time="18:00")
    now = TEN + DAY + timedelta(minutes=5)
    async with world.database.unit_of_work(world.tenant_id) as session:
        await service.change(
            session, campaign, changes, senders=VerifiedSenders(), actor="test", now=now
        )
    await worked(world, campaign, now)
    evening = TEN + DAY + timedelta(hours=8)
    await worked(world, campaign, evening)
    assert [due for _, _, due in await mails(world, contact)] == [TEN, evening]


async def test_whoever_had_finished_goes_on(world: World):
    """A message behind the end goes to those for whom its day is to come; they are in it again."""
    campaign, people = await staggered(world, 0)
    given = [*await inputs(world, campaign), added(5)]
    foretold = await edited(world, campaign, CampaignChanges(messages=given))
    # Whoever had finished is not in the campaign: it is not sent behind their backs.
    assert foretold.impact.people == 1
    enrolled = await world.enrolled(campaign)
    assert [enrolled[people[ago]].state for ago in range(7)] == ["active"] * 5 + ["finished"] * 2
    for day in range(7, 12):
        await worked(world, campaign, TEN + day * DAY)
    counts = [len(await mails(world, people[ago])) for ago in range(7)]
    assert counts == [2, 2, 2, 2, 2, 1, 1]


async def test_rest_in_the_middle(world: World):
    """Days of rest that come in keep everybody's mails off them, also of those on their way."""
    campaign, people = await staggered(world, 0, 4)
    await edited(world, campaign, CampaignChanges(skip_weekdays=["wednesday"]))
    for day in range(7, 12):
        await worked(world, campaign, TEN + day * DAY)
    dues = [due for c in people.values() for _, _, due in await mails(world, c) if due > NOON]
    assert len(dues) == 4
    assert not any(due.isoweekday() == 3 for due in dues)


async def test_history(world: World):
    """Every edit is a version with who, when and what; an old one can be restored; what it did to
    people is kept with it; a stale edit is refused with what was saved since."""
    campaign, _ = await staggered(world, 0, 5)
    given = await inputs(world, campaign)
    given[1].html_template = "<p>Hello</p>\n<p>again</p>"
    await edited(world, campaign, CampaignChanges(name="Renamed", messages=given))
    given[1].send_day = 2
    await edited(world, campaign, CampaignChanges(messages=given, past_messages="send"))
    async with world.database.unit_of_work(world.tenant_id) as session:
        rows = await service.history(session, campaign)
    assert [row.version for row in rows] == [3, 2]
    assert rows[0].effect == {"policy": "send", "past": 3, "due_at_once": 3}
    assert [(c.field.rsplit("/", 1)[-1], c.old, c.new) for c in rows[0].changes] == [
        ("send_day", 5, 2)
    ]
    async with world.database.unit_of_work(world.tenant_id) as session:
        with pytest.raises(StaleVersionError) as caught:
            await service.change(
                session, campaign, CampaignChanges(name="Mine", version=2),
                senders=VerifiedSenders(), actor="test", now=NOON,
            )  # fmt: skip
        assert [c["field"] for c in caught.value.extra["diff"]] == [rows[0].changes[0].field]
    async with world.database.unit_of_work(world.tenant_id) as session:
        back = await service.restore(
            session, campaign, 2, senders=VerifiedSenders(), actor="test", now=NOON
        )
    assert (back.version, [m.send_day for m in back.messages]) == (4, [0, 5])
    async with world.database.unit_of_work(world.tenant_id) as session:
        assert (await service.history(session, campaign))[0].action == "restored"
    assert (await world.row(campaign)).version == 4
    assert time(10) == (await world.row(campaign)).preferred_send_time


async def test_restoring_sends_nothing_twice(world: World):
    """A message that was sent and removed comes back as the one it was: whoever has had it does not
    get it on its old day too, the others do; also where another has taken its key meanwhile."""
    campaign = await world.campaign(0, 5)
    had = await world.contact()
    await worked(world, campaign, TEN)
    await worked(world, campaign, TEN + DAY)
    given = await inputs(world, campaign)
    sent = given[1].key
    await edited(world, campaign, CampaignChanges(name="Kept as version 2"), TEN + DAY)
    given[1].send_day = 1
    changes = CampaignChanges(messages=given, past_messages="send")
    await edited(world, campaign, changes, TEN + DAY + timedelta(hours=1))
    await worked(world, campaign, TEN + DAY + timedelta(hours=1))
    assert len(await mails(world, had)) == 2
    other = MessageInput(subject="Other", send_day=9, html_template="<p>x</p>")
    for messages in ([given[0], other], [given[0], msgspec.structs.replace(other, key=sent)]):
        changes = CampaignChanges(messages=messages)
        await edited(world, campaign, changes, TEN + DAY + timedelta(hours=2))
    late = await world.contact(created_at=TEN + DAY)
    await worked(world, campaign, TEN + 2 * DAY)
    async with world.database.unit_of_work(world.tenant_id) as session:
        back = await service.restore(
            session, campaign, 2, senders=VerifiedSenders(), actor="test", now=TEN + 2 * DAY
        )
    assert [(m.key, m.send_day) for m in back.messages][1] == (sent, 5)
    for day in range(3, 9):
        await worked(world, campaign, TEN + day * DAY)
    assert [len(await mails(world, contact)) for contact in (had, late)] == [2, 2]
    assert (await mails(world, late))[1][2] == TEN + 7 * DAY


async def test_another_date(world: World):
    """Whom another anchor moves, passes or leaves without a date is foretold, and happens."""
    days = {"moves": "2026-03-15", "late": "2026-03-01", "soon": "2026-03-08", "leaves": None}
    people = {
        name: await world.contact(
            attributes={"a_at": "2026-03-12"} | ({"b_at": day} if day else {})
        )
        for name, day in days.items()
    }
    campaign = await world.campaign(-1, 0, anchor="a_at")
    await worked(world, campaign, TEN)
    changes = CampaignChanges(anchor="attribute:b_at", past_messages="skip")
    foretold = await edited(world, campaign, changes)
    impact = foretold.impact
    assert (impact.people, impact.leaving) == (4, 1)
    # One mail of each has come by the edit but for "late", of whom both have.
    assert [(m.moved, m.past, m.due_at_once) for m in impact.messages] == [(1, 2, 0), (1, 2, 0)]
    await worked(world, campaign, NOON)
    enrolled = await world.enrolled(campaign)
    assert enrolled[people["leaves"]].exit_reason == "no_date"
    for name in ("late", "soon"):
        assert [row[:2] for row in await mails(world, people[name])] == [("skipped", "edited")] * 2
    for day in range(7, 15):
        await worked(world, campaign, TEN + day * DAY)
    assert [due.day for _, _, due in await mails(world, people["moves"])] == [14, 15]
