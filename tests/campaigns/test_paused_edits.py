"""Edits in a pause: nothing late goes out for them, and nothing that was decided is lost."""

from datetime import timedelta
from uuid import UUID

import pytest

from tenantcrm.campaigns import service
from tenantcrm.campaigns.schemas import MessageInput
from tests.campaigns.senders import VerifiedSenders
from tests.campaigns.world import World, at

DAY = timedelta(days=1)
TEN = at("2026-03-02 10:00")


async def paused(world: World, *days: int) -> tuple[UUID, UUID]:
    """A campaign that was paused after its first scan, and somebody in it."""
    contact = await world.contact()
    campaign = await world.campaign(*days)
    await world.work(campaign, TEN)
    async with world.database.unit_of_work(world.tenant_id) as session:
        await service.pause(session, campaign, actor="test", now=TEN + DAY / 24)
    return campaign, contact


async def resume(world: World, campaign: UUID, days: int) -> None:
    """Activate the campaign so many days after its start, and scan it from then on."""
    now = TEN + days * DAY + DAY / 8
    async with world.database.unit_of_work(world.tenant_id) as session:
        await service.activate(session, campaign, senders=VerifiedSenders(), actor="test", now=now)
    for more in range(3):
        await world.work(campaign, now + more * DAY)


async def outcome(world: World, contact: UUID) -> list[tuple[int, str, str | None]]:
    """Day of the month, state and reason of each mail."""
    return [(m.due_at.day, m.state, m.reason) for m in await world.ledger(contact)]


def message(day: int, given: UUID | None = None) -> MessageInput:
    return MessageInput(
        id=None if given is None else f"msg_{given.hex}",
        key=f"day-{day}", subject=f"Day {day}", send_day=day, html_template="<p>Hello</p>",
    )  # fmt: skip


async def ids_of(world: World, campaign: UUID) -> dict[int, UUID]:
    async with world.database.unit_of_work(world.tenant_id) as session:
        view = await service.get(session, campaign, now=TEN)
    return {one.send_day: one.id for one in view.messages}


async def test_an_edit_does_not_wake_what_is_late(world: World):
    """Mails whose time passed in the pause are skipped as late on resumption, whatever else was
    edited meanwhile; the rest goes on its days."""
    campaign, contact = await paused(world, 0, 1, 2, 6)
    known = await ids_of(world, campaign)
    kept = [message(day, known[day]) for day in (0, 1, 2, 6)]
    await world.edit(campaign, now=TEN + 4 * DAY, messages=[*kept, message(20)])
    await resume(world, campaign, 4)
    assert await outcome(world, contact) == [
        (2, "pending", None), (3, "skipped", "late"), (4, "skipped", "late"), (8, "pending", None)
    ]  # fmt: skip


@pytest.mark.parametrize(("policy", "expected"), [("send", "pending"), ("skip", "skipped")])
async def test_a_decision_holds_until_it_is_resumed(world: World, policy: str, expected: str):
    """What was decided in a pause for people whom a new message passes is done when the campaign
    goes on, however long that takes."""
    campaign, contact = await paused(world, 0, 9)
    known = await ids_of(world, campaign)
    messages = [message(0, known[0]), message(1), message(9, known[9])]
    await world.edit(campaign, now=TEN + 3 * DAY, messages=messages, past_messages=policy)
    await resume(world, campaign, 6)
    assert [state for _, state, _ in await outcome(world, contact)] == ["pending", expected]


async def test_moved_behind_what_was_worked_off(world: World):
    """A mail whose time had passed in the pause by more than the limit stays too late when an
    edit moves it to a day before the pause."""
    campaign, contact = await paused(world, 1, 2, 9)
    known = await ids_of(world, campaign)
    messages = [message(0, known[2]), message(1, known[1]), message(9, known[9])]
    await world.edit(campaign, now=TEN + 4 * DAY, messages=messages)
    await resume(world, campaign, 4)
    assert {state for _, state, _ in await outcome(world, contact)} == {"skipped"}


async def test_a_later_edit_undoes_an_earlier_one(world: World):
    """A message that one edit made due at once, and the next moved to a day to come, goes on that
    day, also where no scan has come in between."""
    campaign, contact = await paused(world, 0, 3)
    known = await ids_of(world, campaign)
    for day in (1, 8):
        messages = [message(0, known[0]), message(day, known[3])]
        await world.edit(campaign, now=TEN + 2 * DAY, messages=messages, past_messages="send")
    await resume(world, campaign, 2)
    assert await outcome(world, contact) == [(2, "pending", None)]
    await world.work(campaign, TEN + 8 * DAY)
    assert await outcome(world, contact) == [(2, "pending", None), (10, "pending", None)]


@pytest.mark.parametrize("policy", [None, "skip", "send"])
async def test_a_decision_holds_for_whoever_moves(world: World, policy: str | None):
    """Whoever lives by another clock when the campaign goes on is treated as was decided."""
    contact = await world.contact(timezone="Europe/Paris")
    campaign = await world.campaign(0, 9, zone_mode="contact", now=TEN - DAY / 4)
    for hours in range(24):
        await world.work(campaign, TEN - DAY / 4 + timedelta(hours=hours))
    async with world.database.unit_of_work(world.tenant_id) as session:
        await service.pause(session, campaign, actor="test", now=TEN + DAY)
    known = await ids_of(world, campaign)
    messages = [message(0, known[0]), message(3), message(9, known[9])]
    values = {} if policy is None else {"past_messages": policy}
    edited = TEN + 3 * DAY + timedelta(hours=2)
    await world.edit(campaign, now=edited, messages=messages, **values)
    await world.change(contact, timezone="Europe/London", updated_at=edited + DAY)
    await resume(world, campaign, 5)
    expected = ("pending", None) if policy == "send" else ("skipped", "edited")
    (mail,) = [m for m in await world.ledger(contact) if m.message_id not in known.values()]
    assert (mail.state, mail.reason) == expected
    assert mail.due_at == (TEN + 5 * DAY + DAY / 8 if policy == "send" else mail.due_at)


async def test_what_goes_at_once_is_forecast(world: World):
    """Before a campaign goes on, its forecast has today what resumption sends at once, and not what
    an edit had decided to skip."""
    campaign, _ = await paused(world, 0, 1, 9)
    known = await ids_of(world, campaign)
    kept = [message(day, known[day]) for day in (0, 1, 9)]
    now = TEN + DAY + timedelta(hours=1)
    skipped = [*kept[:1], message(1, known[1]), message(2), kept[2]]
    await world.edit(campaign, now=TEN + 3 * DAY, messages=skipped, past_messages="skip")
    async with world.database.unit_of_work(world.tenant_id) as session:
        told = await service.forecast_days(session, campaign, now=now)
        later = await service.forecast_days(session, campaign, now=TEN + 3 * DAY + DAY / 24)
    assert {day.date.day: day.sends for day in told.days if day.sends} == {3: 1, 11: 1}
    assert {day.date.day: day.sends for day in later.days if day.sends} == {11: 1}


async def test_what_a_date_makes_due_at_once_is_forecast(world: World):
    """A mail of today's date whose time has passed goes with the scan that lets its people in."""
    await world.contact(attributes={"ends_at": "2026-03-02"})
    campaign = await world.campaign(
        0, 5, anchor="ends_at", late_limit_hours=48, active=False
    )  # fmt: skip
    async with world.database.unit_of_work(world.tenant_id) as session:
        told = await service.forecast_days(session, campaign, now=TEN + DAY / 24)
    assert {day.date.day: day.sends for day in told.days if day.sends} == {3: 1, 7: 1}
