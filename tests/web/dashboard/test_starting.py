"""An activation in the dashboard: nothing is sent for a minute, and it can be undone until then."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tenantcrm import clock
from tenantcrm.campaigns.models import Enrollment, ScanSchedule
from tenantcrm.database import Database
from tenantcrm.delivery.models import Delivery
from tenantcrm.delivery.service import scan_tenant
from tenantcrm.delivery.states import Kind
from tests.delivery.world import World
from tests.fixtures.web import Visitor
from tests.web.dashboard.conftest import (
    CAMPAIGN,
    activated,
    add_campaign,
    add_contact,
    add_message,
    plain,
    went_to,
)

ENGLISH = {"attributes": "language: en"}


@pytest.fixture(autouse=True)
def machine(tmp_path: Path) -> Iterator[None]:
    """The time machine, which only goes forward."""
    clock.write(tmp_path / "clock.json", clock.Reading(time.time(), time.time(), 1.0))
    clock.follow(tmp_path / "clock.json")
    yield
    clock.follow(None)


@pytest.fixture
async def world(database: Database, tenant_of, owner: Visitor) -> World:
    return World(database, await tenant_of(owner))


@pytest.fixture
async def starting(owner: Visitor, world: World) -> str:
    """The page of a campaign that mails at once, just activated, with one contact to mail."""
    del world
    await add_contact(owner, "ada@example.com", **ENGLISH)
    await activated(owner, name="Other", contact_filter="language=xx")
    campaign = await add_campaign(owner, day_zero="immediately")
    await add_message(owner, campaign)
    assert went_to(await owner.post(f"{campaign}/activate", page=campaign)) == campaign
    return campaign


async def scanned(world: World) -> list[Delivery]:
    await scan_tenant(world.database, world.tenant_id)
    return [row for row in await world.all(Delivery) if row.kind != Kind.SYSTEM]


def pass_the_minute(by: timedelta = timedelta(seconds=61)) -> None:
    """Turn the clock of the business on."""
    clock.skip_to(clock.now() + by)


async def schedule(world: World) -> datetime | None:
    async with world.database.unit_of_work(world.tenant_id) as session:
        query = select(ScanSchedule.scan_at).where(ScanSchedule.tenant_id == world.tenant_id)
        return (await session.execute(query)).scalar_one()


async def test_nothing_is_sent_before_the_minute_is_over(
    owner: Visitor, world: World, starting: str
):
    """It counts down on its page, is in nobody's way, and then it starts and sends."""
    page = await owner.get(starting)
    assert "Starting" in plain(page.text)
    assert "Starts in 60 s" in plain(page.text) or "Starts in 5" in plain(page.text)
    assert f'action="{starting}/activate/undo"' in page.text
    assert await scanned(world) == []
    assert await world.all(Enrollment) == []
    # Whoever comes meanwhile makes nothing due either.
    await add_contact(owner, "grace@example.com", **ENGLISH)
    assert await scanned(world) == []
    at = await schedule(world)
    assert at is not None
    assert at > clock.now()
    pass_the_minute()
    assert len(await scanned(world)) == 2
    page = plain((await owner.get(starting)).text)
    assert "Active" in page
    assert "Starts in" not in page


async def test_undone_in_time_nothing_is_sent(owner: Visitor, world: World, starting: str):
    """It is a draft again, whatever time passes; undoing twice, or too late, says so."""
    for words in ("Undone. Nothing was sent", "not about to start"):
        assert went_to(await owner.post(f"{starting}/activate/undo", page=starting)) == starting
        page = plain((await owner.get(starting)).text)
        assert words in page
        assert "Draft" in page
    pass_the_minute()
    assert await scanned(world) == []
    went_to(await owner.post(f"{starting}/activate", page=starting))
    pass_the_minute()
    assert len(await scanned(world)) == 1
    went_to(await owner.post(f"{starting}/activate/undo", page=starting))
    assert "Pause it to stop it" in plain((await owner.get(starting)).text)
    assert len(await scanned(world)) == 1


async def test_the_minute_can_be_given_away(owner: Visitor, world: World, starting: str):
    """Start now starts it with the next scan."""
    went_to(await owner.post(f"{starting}/activate/now", page=starting))
    assert len(await scanned(world)) == 1


async def test_a_second_click_changes_nothing(owner: Visitor, world: World, starting: str):
    """Activating again while it starts neither begins anew nor starts it."""
    before = await schedule(world)
    assert went_to(await owner.post(f"{starting}/activate", page=starting)) == starting
    assert await schedule(world) == before
    assert went_to(await owner.get(f"{starting}/activate")) == starting


async def test_newcomers_alone_are_those_after_the_click(owner: Visitor, world: World):
    """Who came during the minute is a newcomer; who was there before is not."""
    await add_contact(owner, "ada@example.com", **ENGLISH)
    await activated(owner, name="Other", contact_filter="language=xx")
    campaign = await add_campaign(owner, day_zero="immediately")
    await add_message(owner, campaign)
    went_to(await owner.post(f"{campaign}/activate", page=campaign, enroll="new"))
    await add_contact(owner, "grace@example.com", **ENGLISH)
    pass_the_minute()
    await scanned(world)
    states = [row.state for row in await world.all(Enrollment)]
    assert sorted(states) == ["active", "excluded"]


async def test_a_late_worker_loses_no_day(owner: Visitor, world: World):
    """It starts as of the end of its minute: a preferred time since then is worked off."""
    await add_contact(owner, "ada@example.com", **ENGLISH)
    await activated(owner, name="Other", contact_filter="language=xx")
    soon = f"{clock.now() + timedelta(minutes=5):%H:%M}"
    campaign = await add_campaign(owner, timezone="UTC", preferred_send_time=soon)
    await add_message(owner, campaign)
    went_to(await owner.post(f"{campaign}/activate", page=campaign))
    pass_the_minute(timedelta(minutes=30))
    assert len(await scanned(world)) == 1


async def test_what_it_needs_cannot_be_taken_away_meanwhile(owner: Visitor, starting: str):
    """The last message stays, and so does a sender; settings may change."""
    page = (await owner.get(starting)).text
    message = page.split('class="day-subject"><a href="')[1].split('"')[0]
    answer = await owner.post(f"{message}/delete", page=starting)
    assert answer.status_code == 422
    assert went_to(await owner.post(f"{starting}/settings", **(CAMPAIGN | {"name": "Mine"})))
    assert "Mine" in plain((await owner.get(starting)).text)


async def test_a_paused_one_is_paused_again(owner: Visitor, world: World, starting: str):
    """Undoing a resumption leaves the campaign paused, with its people in it."""
    pass_the_minute()
    await scanned(world)
    went_to(await owner.post(f"{starting}/pause", page=starting))
    went_to(await owner.post(f"{starting}/activate", page=starting))
    assert "Starts in" in plain((await owner.get(starting)).text)
    went_to(await owner.post(f"{starting}/activate/undo", page=starting))
    page = plain((await owner.get(starting)).text)
    assert "it is paused again" in page
    assert len(await world.all(Enrollment)) == 1


async def test_archived_and_brought_back(owner: Visitor, world: World, starting: str):
    """The archive stops what is about to start; what comes back is a draft, or paused."""
    assert went_to(await owner.post(f"{starting}/archive", page=starting)) == "/campaigns"
    pass_the_minute()
    assert await scanned(world) == []
    page = plain((await owner.get(starting)).text)
    assert "This campaign is archived" in page
    assert went_to(await owner.post(f"{starting}/unarchive", page=starting)) == starting
    assert "Draft" in plain((await owner.get(starting)).text)


async def test_a_copy_is_a_draft_of_its_own(owner: Visitor, starting: str):
    """Settings and messages are copied; neither follows the other."""
    went_to(await owner.post(f"{starting}/settings", **(CAMPAIGN | {"skip_sunday": "yes"})))
    copy = went_to(await owner.post(f"{starting}/duplicate", page=starting))
    page = plain((await owner.get(copy)).text)
    assert "Welcome (copy) Draft" in page
    assert "Skips Sunday" in page
    assert "Day 0 Welcome" in page
    went_to(await owner.post(f"{copy}/delete", page=copy))
    assert "Starting" in plain((await owner.get(starting)).text)
