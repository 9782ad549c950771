"""Campaigns that follow their contacts' clocks: nobody is lost or mailed twice when one changes."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

import pytest

from tests.campaigns.world import World, at

DAY = timedelta(days=1)
EIGHT = at("2026-03-02 08:00")
HONOLULU, TOKYO, LONDON, BERLIN = (
    "Pacific/Honolulu", "Asia/Tokyo", "Europe/London", "Europe/Berlin",
)  # fmt: skip


async def hours(world: World, campaign: UUID, start: datetime, until: datetime) -> None:
    """Let scans happen, seldom enough that several zones' are done at once."""
    while start < until:
        start += timedelta(hours=4)
        await world.work(campaign, start)


async def due(world: World, contact: UUID) -> list[str]:
    return [mail.due_at.strftime("%d %H:%M") for mail in await world.ledger(contact)]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        # 10:00 in Tokyo is 01:00 UTC, in Honolulu 20:00 UTC.
        (TOKYO, HONOLULU, ["03 01:00", "04 20:00", "05 20:00"]),
        (HONOLULU, TOKYO, ["02 20:00", "03 01:00", "04 01:00"]),
        (TOKYO, None, ["03 01:00", "04 10:00", "05 10:00"]),
        (None, "Nowhere/Anymore", ["02 10:00", "03 10:00", "04 10:00"]),
        ("Nowhere/Anymore", TOKYO, ["02 10:00", "03 01:00", "04 01:00"]),
    ],
)
async def test_around_the_world(
    world: World, before: str | None, after: str | None, expected: list[str]
):
    """Whoever moves between the mails of a campaign gets each once, the rest by the new clock; a
    zone that is not known, or none, is the campaign's."""
    contact = await world.contact(timezone=before)
    campaign = await world.campaign(0, 1, 2, zone_mode="contact", now=EIGHT)
    moves = at(f"2026-03-{expected[0]}") + timedelta(hours=2)
    await hours(world, campaign, EIGHT, moves)
    await world.change(contact, timezone=after)
    await hours(world, campaign, moves, moves + 3 * DAY)
    assert await due(world, contact) == expected


async def test_moved_while_a_mail_waits(world: World):
    """A mail in the ledger stays the one that it is when its contact moves before it has left."""
    people = {
        await world.contact(timezone=one): other
        for one, other in ((TOKYO, HONOLULU), (HONOLULU, TOKYO))
    }
    campaign = await world.campaign(0, 1, zone_mode="contact", now=EIGHT)
    await hours(world, campaign, EIGHT, at("2026-03-03 02:00"))
    for contact, zone in people.items():
        assert len(await world.ledger(contact)) == 1
        await world.change(contact, timezone=zone)
    await hours(world, campaign, at("2026-03-03 02:00"), EIGHT + 3 * DAY)
    for contact in people:
        mails = await world.ledger(contact)
        assert len(mails) == len({mail.message_id for mail in mails}) == 2


@pytest.mark.parametrize(
    ("mode", "changes"),
    [
        ("contact", {"zone_mode": "campaign"}),
        ("campaign", {"zone_mode": "contact"}),
        ("contact", {"day_zero": "immediately"}),
        ("contact", {"preferred_send_time": "11:00"}),
    ],
)
async def test_switched_while_it_runs(world: World, mode: str, changes: dict[str, str]):
    """A live campaign that changes whose clock it follows, or how it begins, still takes in
    everybody who matches, also those whose time had not come; each gets every mail once."""
    people = [await world.contact(timezone=zone) for zone in (TOKYO, BERLIN, HONOLULU, None)]
    campaign = await world.campaign(0, 1, 3, zone_mode=mode, now=EIGHT)
    noon = at("2026-03-02 12:00")
    await hours(world, campaign, EIGHT, noon)
    assert 0 < len(await world.enrolled(campaign)) <= 4
    await world.edit(campaign, now=noon, **changes)
    await hours(world, campaign, noon, EIGHT + 5 * DAY)
    assert set(await world.enrolled(campaign)) == set(people)
    for contact in people:
        mails = await world.ledger(contact)
        assert len({mail.message_id for mail in mails}) == len(mails) == 3
        assert [mail.state for mail in mails] == ["pending"] * 3


async def test_moved_just_before_the_switch(world: World):
    """Whoever has moved to where a mail's time had passed, and is not yet seen there when the
    campaign stops to follow its contacts, gets that mail all the same."""
    contact = await world.contact(timezone=HONOLULU)
    campaign = await world.campaign(0, 1, 3, zone_mode="contact", now=EIGHT)
    noon = EIGHT + DAY + timedelta(hours=4)
    await hours(world, campaign, EIGHT, noon)
    await world.change(contact, timezone=TOKYO)
    await world.edit(campaign, now=noon, zone_mode="campaign")
    await hours(world, campaign, noon, EIGHT + 5 * DAY)
    assert await due(world, contact) == ["02 20:00", "04 10:00", "05 10:00"]


async def test_a_later_time_takes_back_where_it_is_later(world: World):
    """A time that moves to the future again for some zones takes the mails of those back, and of
    no others: theirs has passed either way."""
    there = {zone: await world.contact(timezone=zone) for zone in (BERLIN, LONDON)}
    campaign = await world.campaign(0, zone_mode="contact", now=EIGHT)
    for moment in ("09:00", "10:00"):
        await world.work(campaign, at(f"2026-03-02 {moment}"))
    soon = at("2026-03-02 10:05")
    await world.edit(campaign, now=soon, preferred_send_time="10:30")
    await world.work(campaign, soon)
    assert await due(world, there[BERLIN]) == ["02 09:00"]
    assert await due(world, there[LONDON]) == []
    await world.work(campaign, at("2026-03-02 10:30"))
    assert await due(world, there[LONDON]) == ["02 10:30"]


async def test_a_date_in_the_zone_of_the_contact(world: World):
    """What a date makes due in the past keeps its own time there, across a change of clocks."""
    contact = await world.contact(timezone=BERLIN, attributes={"ends_at": "2026-03-29"})
    campaign = await world.campaign(
        -3, 0, 4, zone_mode="contact", anchor="ends_at", late_limit_hours=200,
        preferred_send_time=time(10), now=at("2026-03-29 12:00"),
    )  # fmt: skip
    await hours(world, campaign, at("2026-03-29 12:00"), at("2026-03-30 09:00"))
    enrolled = (await world.enrolled(campaign))[contact]
    assert enrolled.enrolled_on == date(2026, 3, 29)
    assert await due(world, contact) == ["26 09:00", "29 08:00"]


async def test_a_date_in_the_past_after_an_outage(world: World):
    """Whoever could not be taken in by a scan that came too late gets what is left of the date by
    the next one."""
    contact = await world.contact(timezone=BERLIN, attributes={"ends_at": "2026-03-03"})
    campaign = await world.campaign(0, 5, zone_mode="contact", anchor="ends_at", now=EIGHT)
    await world.work(campaign, at("2026-03-03 08:30"))
    assert not await world.enrolled(campaign)
    await world.work(campaign, at("2026-03-03 09:30"))
    assert await due(world, contact) == ["03 09:00"]
    other = await world.contact(timezone=BERLIN, attributes={"ends_at": "2026-03-03"})
    await world.work(campaign, at("2026-03-05 08:30"))
    await world.work(campaign, at("2026-03-05 09:30"))
    assert await due(world, other) == ["03 09:00"]
