"""The pages of the calendar: activation, what is to come, why, edits that pass people, history."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from tenantcrm import clock
from tenantcrm.campaigns import service as campaigns
from tenantcrm.campaigns.models import Campaign, Enrollment
from tenantcrm.database import Database
from tenantcrm.delivery.models import Delivery
from tenantcrm.delivery.service import scan_tenant
from tests.delivery.world import World
from tests.fixtures.web import Visitor
from tests.web.dashboard.conftest import (
    CAMPAIGN,
    MESSAGE,
    activated,
    add_campaign,
    add_contact,
    add_message,
    plain,
    went_to,
)

ENGLISH = {"attributes": "language: en"}


@pytest.fixture
async def world(database: Database, tenant_of, owner: Visitor) -> World:
    return World(database, await tenant_of(owner))


async def running(owner: Visitor, world: World) -> tuple[str, str]:
    """The pages of an active campaign, and of a contact who came in four days ago."""
    contact = await add_contact(owner, "ada@example.com", **ENGLISH)
    campaign = await activated(owner, day_zero="immediately")
    await scan_tenant(world.database, world.tenant_id)
    async with world.database.unit_of_work(world.tenant_id) as session:
        earlier = clock.now().date() - timedelta(days=4)
        await session.execute(
            update(Enrollment)
            .where(Enrollment.tenant_id == world.tenant_id)
            .values(enrolled_on=earlier)
        )
    return campaign, contact


def standing(campaign: str, contact: str) -> str:
    return f"{campaign}/people/{contact.rsplit('/', 1)[1]}"


async def test_activation_is_told_before(owner: Visitor):
    """The page before a campaign is active says who comes in and what is missing."""
    await add_contact(owner, "ada@example.com", **ENGLISH)
    campaign = await add_campaign(owner)
    page = plain((await owner.get(f"{campaign}/activate")).text)
    assert "1 contact matches now" in page
    assert "A campaign needs at least one message" in page
    await add_message(owner, campaign)
    page = plain((await owner.get(f"{campaign}/activate")).text)
    assert "at least one message" not in page
    assert "First mail " in page
    assert re.search(r"The next seven days .* \d+ \w+ 1 ", page)
    assert "No limit of a day is set" in page
    assert "Draft" in page


@pytest.mark.parametrize(("enroll", "entered"), [("all", 1), ("new", 0)])
async def test_whom_it_is_for(owner: Visitor, world: World, enroll: str, entered: int):
    """Whoever matches at activation comes in, or stays out when it is for newcomers alone."""
    contact = await add_contact(owner, "ada@example.com", **ENGLISH)
    other = await activated(owner, name="Other", contact_filter="language=xx")
    campaign = await add_campaign(owner, day_zero="immediately")
    await add_message(owner, campaign)
    begin = {"enroll": enroll, "at_once": "yes"}
    went_to(await owner.post(f"{campaign}/activate", page=other, **begin))
    await scan_tenant(world.database, world.tenant_id)
    assert len([row for row in await world.all(Enrollment) if row.state == "active"]) == entered
    page = plain((await owner.get(standing(campaign, contact))).text)
    assert ("In the campaign." in page) == bool(entered)
    assert ("there before the campaign began" in page) == (not entered)


async def test_an_active_campaign_is_not_activated(owner: Visitor):
    """The page of activation leads back to a campaign that is active."""
    campaign = await activated(owner)
    assert went_to(await owner.get(f"{campaign}/activate")) == campaign


async def test_an_edit_that_passes_people_asks(owner: Visitor, world: World):
    """A message whose day has passed for somebody is saved only with what happens to them."""
    campaign, contact = await running(owner, world)
    late = MESSAGE | {"subject": "Day two", "send_day": "2"}
    asked = await owner.post(f"{campaign}/messages/new", **late)
    assert asked.status_code == 422
    assert "The new message is on day 2: 1 person is past it" in plain(asked.text)
    assert "Day two" in asked.text
    assert "Day two" not in (await owner.get(campaign)).text
    answer = await owner.post(f"{campaign}/messages/new", **late, past_messages="skip")
    went_to(answer)
    await scan_tenant(world.database, world.tenant_id)
    page = plain((await owner.get(standing(campaign, contact))).text)
    assert "Day two" in page
    assert "Skipped" in page
    history = plain((await owner.get(f"{campaign}/history")).text)
    assert "1 mail was past their time and skipped." in history


async def test_an_edit_that_people_leave_by_asks(owner: Visitor, world: World):
    """Whoever has no date that would be day 0 leaves: the number is said before it is saved."""
    soon = (clock.now() + timedelta(days=5)).date().isoformat()
    contact = await add_contact(
        owner, "ada@example.com", attributes=f"language: en\ntrial_at: {soon}"
    )
    campaign = await activated(owner, anchor="trial_at")
    (row,) = await world.all(Campaign)
    async with world.database.unit_of_work(world.tenant_id) as session:
        await campaigns.scan(session, row.id, now=row.next_scan_at)
    other = CAMPAIGN | {"anchor": "renewal_at"}
    asked = await owner.post(f"{campaign}/settings", **other)
    assert asked.status_code == 422
    assert "1 person leaves the campaign by this" in plain(asked.text)
    assert "past_messages" not in asked.text
    assert 'value="trial_at"' in (await owner.get(f"{campaign}/settings")).text
    assert went_to(await owner.post(f"{campaign}/settings", **other, leaving="yes")) == campaign
    assert "1 person without the date left." in plain((await owner.get(f"{campaign}/history")).text)
    async with world.database.unit_of_work(world.tenant_id) as session:
        await campaigns.scan(session, row.id, now=row.next_scan_at + timedelta(days=1))
    (entered,) = await world.all(Enrollment)
    assert (entered.contact_id.hex, entered.exit_reason) == (contact[-32:], "no_date")


async def test_a_swap_asks_on_a_page_of_its_own(owner: Visitor, world: World):
    """Swapping days that passes people is asked on a page, and done with the answer."""
    campaign, _ = await running(owner, world)
    later = await add_message(owner, campaign, subject="Later", send_day="9")
    asked = await owner.post(f"{later}/move", page=campaign, direction="up")
    assert asked.status_code == 409
    words = "“Later” moves from day 9 to day 0: 1 person is past it and would get it at once."
    assert words in plain(asked.text)
    answer = await owner.post(f"{later}/move", page=campaign, direction="up", past_messages="send")
    assert went_to(answer).startswith(campaign)
    page = plain((await owner.get(campaign)).text)
    assert page.index("Day 0 Later") < page.index("Day 9 Welcome")
    history = plain((await owner.get(f"{campaign}/history")).text)
    assert "1 mail was past their time; 1 of them went out at once." in history


async def test_history_is_read_and_taken_back(owner: Visitor):
    """Each version says what it changed; an older one can be restored, as a new version."""
    campaign = await add_campaign(owner)
    message = await add_message(owner, campaign)
    changed = MESSAGE | {"html_template": "<p>Hello again</p>", "subject": "<b>Changed</b>"}
    went_to(await owner.post(message, **changed, version="1"))
    went_to(await owner.post(f"{campaign}/settings", **(CAMPAIGN | {"skip_sunday": "yes"})))
    text = (await owner.get(f"{campaign}/history")).text
    page = plain(text)
    assert "Days of rest nothing Sunday" in page
    assert "&lt;b&gt;Changed" in text
    assert "<b>Changed" not in text
    assert "Hello again" in page
    answer = await owner.post(f"{campaign}/versions/2/restore", page=f"{campaign}/history")
    assert went_to(answer) == campaign
    page = plain((await owner.get(f"{campaign}/history")).text)
    assert "An older version restored version 5" in page
    settings = (await owner.get(f"{campaign}/settings")).text
    assert 'name="skip_sunday" value="yes" checked' not in settings
    assert "Hello again" not in (await owner.get(message)).text


async def test_what_was_saved_meanwhile_is_not_undone(owner: Visitor):
    """Restoring and removing are done to what was shown; after another's save they are not done."""
    campaign = await add_campaign(owner)
    message = await add_message(owner, campaign)
    history = (await owner.get(f"{campaign}/history")).text
    for page in (history, (await owner.get(message)).text, (await owner.get(campaign)).text):
        assert '<input type="hidden" name="version" value="2">' in page
    await owner.post(f"{campaign}/settings", **(CAMPAIGN | {"skip_sunday": "yes"}))
    answer = await owner.post(
        f"{campaign}/versions/2/restore", page=f"{campaign}/history", version="2"
    )
    assert went_to(answer) == f"{campaign}/history"
    assert "nothing was restored" in plain((await owner.get(f"{campaign}/history")).text)
    assert (
        'name="skip_sunday" value="yes" checked' in (await owner.get(f"{campaign}/settings")).text
    )
    answer = await owner.post(f"{message}/delete", page=message, version="2")
    assert went_to(answer) == campaign
    assert "nothing was removed" in plain((await owner.get(campaign)).text)
    assert went_to(await owner.post(f"{message}/delete", page=message, version="3")) == campaign
    assert (await owner.get(message)).status_code == 404
    answer = await owner.post(
        f"{campaign}/versions/2/restore", page=f"{campaign}/history", version="4"
    )
    assert went_to(answer) == campaign


@pytest.mark.parametrize("version", ["99", "0", "x", "9" * 30])
async def test_only_versions_that_are_there(owner: Visitor, version: str):
    """A version that a campaign does not have is not found."""
    campaign = await add_campaign(owner)
    answer = await owner.post(f"{campaign}/versions/{version}/restore", page=campaign)
    assert answer.status_code == 404


async def test_try_it(owner: Visitor):
    """An invented contact is told each of its mails by its own clock, or why there is none."""
    campaign = await add_campaign(owner, zone_mode="contact")
    await add_message(owner, campaign, subject="First")
    await add_message(owner, campaign, subject="Third", send_day="2")
    query = {"try": "1", "email": "", "timezone": "Asia/Kathmandu", "attributes": "language: en"}
    page = plain((await owner.get(f"{campaign}/forecast", params=query)).text)
    assert page.count("10:00 Asia/Kathmandu") == 2
    assert "04:15 UTC" in page
    assert "The campaign is not active yet." in page
    page = plain(
        (
            await owner.get(f"{campaign}/forecast", params=query | {"attributes": "language: fr"})
        ).text
    )
    assert "Does not match: language = &#34;en&#34; is not so." in page


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("email", "nobody@example.com", "There is no such contact"),
        ("email", "nobody", "address"),
        ("timezone", "Mars/Olympus", "not a time zone"),
        ("attributes", "language", "expected name: value"),
    ],
)
async def test_what_cannot_be_tried(owner: Visitor, field: str, value: str, words: str):
    """A field of the trial that cannot be read says so, and keeps what was typed."""
    campaign = await add_campaign(owner)
    query = {"try": "1", "email": "", "timezone": "", "attributes": ""} | {field: value}
    answer = await owner.get(f"{campaign}/forecast", params=query)
    assert answer.status_code == 200
    assert words in plain(answer.text)
    assert value in answer.text


async def test_a_contact_says_why_and_what_comes(owner: Visitor, world: World):
    """A contact's page tells of each campaign whether it is in it, why, and its next mail."""
    campaign, contact = await running(owner, world)
    await add_message(owner, campaign, subject="Later", send_day="9")
    await add_campaign(owner, name="French", contact_filter="language=fr")
    page = plain((await owner.get(contact)).text)
    assert "In the campaign. Next: Welcome" in page
    assert "French Does not match" in page
    page = plain((await owner.get(standing(campaign, contact))).text)
    assert "To come," in page
    assert "Scheduled" in page


async def test_nobody_stands_in_another_tenants_campaign(owner: Visitor):
    """An unknown contact or campaign is not found."""
    campaign = await add_campaign(owner)
    unknown = UUID(int=7).hex
    assert (await owner.get(f"{campaign}/people/{unknown}")).status_code == 404
    contact = await add_contact(owner, "ada@example.com")
    path = f"/campaigns/{unknown}/people/{contact.rsplit('/', 1)[1]}"
    assert (await owner.get(path)).status_code == 404


async def test_why_is_the_sends_own_word(owner: Visitor, world: World):
    """What holds a mail up is said alike on its own page and where its contact stands."""
    contact = await add_contact(owner, "ada@example.com", **ENGLISH)
    campaign = await activated(owner, day_zero="immediately")
    await scan_tenant(world.database, world.tenant_id)
    [mail] = [row for row in await world.all(Delivery) if row.campaign_id is not None]

    async def both() -> list[str]:
        pages = (standing(campaign, contact), f"/sends/{mail.id.hex}")
        return [plain((await owner.get(path)).text) for path in pages]

    assert all("next in its queue" in page for page in await both())
    went_to(await owner.post(f"{campaign}/pause", page=campaign))
    assert all("Waits: its campaign is paused" in page for page in await both())
    went_to(await owner.post(f"{campaign}/activate", page=f"{campaign}/activate", at_once="yes"))
    await world.suspend()
    assert all("Waits: the account is suspended" in page for page in await both())
