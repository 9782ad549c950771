"""The pages of campaigns: write, change, activate, pause, delete, count."""

import re

import pytest

from tenantcrm.database import Database
from tests.campaigns.world import World
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


async def test_an_empty_list_teaches(owner: Visitor):
    """Without campaigns the page says what a drip campaign is, and leads to the form."""
    page = (await owner.get("/campaigns")).text
    assert "A drip campaign is" in page
    assert 'href="/campaigns/new"' in page


async def test_the_list_is_searched_and_kept_in_the_address(owner: Visitor):
    """Search and state narrow the list; the archive stands apart; a copy stands beside it."""
    english = await add_campaign(owner, name="English welcome")
    await add_campaign(owner, name="French welcome", contact_filter="language=fr")
    assert "2" in plain((await owner.get("/campaigns")).text)
    page = (await owner.get("/campaigns?q=welcome+FRENCH")).text
    assert "French welcome" in page
    assert "English welcome" not in page
    assert 'value="welcome FRENCH"' in page
    assert "French welcome" in (await owner.get("/campaigns?q=language%3Dfr")).text
    for hostile in ("%25", "_", "%00", "x" * 5000, "<b>"):
        answer = await owner.get(f"/campaigns?q={hostile}&state=draft")
        assert answer.status_code == 200
        assert "<b>" not in answer.text
    assert "Nothing matches" in (await owner.get("/campaigns?q=%25")).text
    assert "No campaign here" in (await owner.get("/campaigns?state=active")).text
    for _ in range(2):
        went_to(await owner.post(f"{english}/archive", page=english))
    assert ">English welcome<" not in (await owner.get("/campaigns?state=draft")).text
    assert ">English welcome<" in (await owner.get("/campaigns?state=archived")).text
    went_to(await owner.post(f"{english}/duplicate", page=english))
    assert "English welcome (copy)" in (await owner.get("/campaigns?q=copy")).text


async def test_a_long_list_has_pages(owner: Visitor, database: Database, tenant_of):
    """Fifty stand on a page; the next keeps what was searched for."""
    world = World(database, await tenant_of(owner))
    for n in range(52):
        await world.campaign(name=f"Drip {n}", active=False)
    page = (await owner.get("/campaigns?q=drip&state=draft")).text
    assert "Drip 51" in page
    assert "Drip 1<" not in page
    more = re.search(r'href="(/campaigns\?[^"]*after=[^"]*)"', page)
    assert more
    rest = (await owner.get(more.group(1).replace("&amp;", "&"))).text
    assert "Drip 1<" in rest
    assert "Drip 51" not in rest


async def test_written_as_a_draft(owner: Visitor):
    """A new campaign is a draft, in the list, with its filter and its rule in words."""
    path = await add_campaign(owner, contact_filter="language=en AND plan=pro")
    page = plain((await owner.get(path)).text)
    assert "Draft" in page
    assert "everyone with language=en AND plan=pro" in page
    assert "at 10:00 (Europe/London)" in page
    assert "Welcome" in (await owner.get("/campaigns")).text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "is needed"),
        ("contact_filter", "language =", "expected"),
        ("contact_filter", "a = 1 OR b = 2 AND c = 3", "parenthes"),
        ("preferred_send_time", "25:00", "expected HH:MM"),
        ("timezone", "Mars/Olympus", "not a time zone"),
        ("day_zero", "tomorrow", "Choose one"),
        ("late_limit_hours", "soon", "whole number"),
        ("late_limit_hours", "²", "whole number"),
        ("late_limit_hours", "9" * 5000, "whole number"),
        ("late_limit_hours", "999999", "8760"),
        ("sender_email", "nobody", "Expected an address"),
    ],
)
async def test_refused_with_words(owner: Visitor, field: str, value: str, words: str):
    """A campaign that cannot be is 422 with what was expected at the field; nothing is made."""
    answer = await owner.post("/campaigns/new", **(CAMPAIGN | {field: value}))
    assert answer.status_code == 422
    assert words.lower() in answer.text.lower()
    assert f'id="f-{field}-error"' in answer.text
    assert 'value="Europe/London"' in answer.text or field == "timezone"
    assert "No campaigns yet" in (await owner.get("/campaigns")).text


async def test_settings_are_changed(owner: Visitor):
    """What is saved in the form is what the form shows next, a sender of one's own included."""
    path = await add_campaign(owner)
    given = CAMPAIGN | {
        "name": "Renamed",
        "late_limit_hours": "0",
        "day_zero": "immediately",
        "sender_name": "Ann",
        "sender_email": "ann@example.com",
        "version": "1",
    }
    assert went_to(await owner.post(f"{path}/settings", **given)) == path
    form = (await owner.get(f"{path}/settings")).text
    for text in ('value="Renamed"', 'value="0"', 'value="Ann"', 'value="ann@example.com"'):
        assert text in form
    assert "day 0 at once" in (await owner.get(path)).text


async def test_tracking_is_off_until_it_is_ticked(owner: Visitor):
    """Each box is stored on its own, shown as it is stored, and taken back by not ticking it."""
    path = await add_campaign(owner)
    opens, clicks = ('name="track_opens" value="yes"', 'name="track_clicks" value="yes"')
    form = (await owner.get(f"{path}/settings")).text
    assert opens in form
    assert f"{opens} checked" not in form
    assert f"{clicks} checked" not in form
    await owner.post(f"{path}/settings", **CAMPAIGN, track_clicks="yes", version="1")
    form = (await owner.get(f"{path}/settings")).text
    assert f"{clicks} checked" in form
    assert f"{opens} checked" not in form
    await owner.post(f"{path}/settings", **CAMPAIGN, version="2")
    assert f"{clicks} checked" not in (await owner.get(f"{path}/settings")).text


OPENED = CAMPAIGN | {"late_action": "skip", "zone_mode": "campaign", "version": "1"}
"""The form of a campaign as it was made, as a browser sends it."""


async def test_a_stale_form_is_a_conflict(owner: Visitor):
    """The second of two tabs is told what both have changed and what it has taken over."""
    path = await add_campaign(owner)
    await owner.post(f"{path}/settings", **(OPENED | {"name": "First", "timezone": "Asia/Tokyo"}))
    second = OPENED | {"name": "Second", "late_limit_hours": "3"}
    answer = await owner.post(f"{path}/settings", **second)
    assert answer.status_code == 422
    page = plain(answer.text)
    assert "saved these settings while you were writing" in page
    assert "Name: you both changed it Keep yours: Second Take theirs: First" in page
    assert "Time zone : Asia/Tokyo" in page
    assert "Late by more than, in hours: you both" not in page
    for value in ("Second", "Asia/Tokyo", "3"):
        assert f'value="{value}"' in answer.text
    assert "First" in (await owner.get(path)).text
    assert 'name="version" value="2"' in answer.text


@pytest.mark.parametrize(("choice", "kept"), [("theirs", "First"), ("mine", "Second")])
async def test_a_conflict_is_settled_field_by_field(owner: Visitor, choice: str, kept: str):
    """What is chosen for each field is what is saved; the rest is what was typed."""
    path = await add_campaign(owner)
    await owner.post(f"{path}/settings", **(OPENED | {"name": "First"}))
    second = OPENED | {"name": "Second", "late_limit_hours": "3", "version": "2"}
    answer = await owner.post(f"{path}/settings", **second, **{"take-name": choice})
    assert went_to(answer) == path
    form = (await owner.get(f"{path}/settings")).text
    assert f'value="{kept}"' in form
    assert 'value="3"' in form


async def test_another_save_meanwhile_is_a_conflict_again(owner: Visitor):
    """A conflict that is settled on what is stored no longer asks again."""
    path = await add_campaign(owner)
    await owner.post(f"{path}/settings", **(OPENED | {"name": "First"}))
    await owner.post(f"{path}/settings", **(OPENED | {"name": "Third", "version": "2"}))
    late = OPENED | {"name": "Second", "version": "2"}
    answer = await owner.post(f"{path}/settings", **late, **{"take-name": "mine"})
    assert answer.status_code == 422
    assert "Take theirs: Third" in plain(answer.text)


async def test_messages_moved_meanwhile_are_no_conflict(owner: Visitor):
    """A version that changed nothing of what the form shows does not stand in its way."""
    path = await add_campaign(owner)
    await add_message(owner, path)
    assert went_to(await owner.post(f"{path}/settings", **(OPENED | {"name": "Mine"}))) == path
    assert "Mine" in (await owner.get(path)).text


async def test_the_filter_is_built_of_rows(owner: Visitor):
    """The builder's rows are what is saved; its own buttons save nothing; a fault opens them."""
    await add_contact(owner, "ada@example.com", attributes="language: en")
    rows = {
        "contact_filter.as": "rows",
        "contact_filter.join": "all",
        "contact_filter.0.of": "language",
        "contact_filter.0.op": "is",
        "contact_filter.0.value": "en",
    }
    given = {name: value for name, value in CAMPAIGN.items() if name != "contact_filter"}
    answer = await owner.post("/campaigns/new", **given, **rows, **{"contact_filter.do": "add"})
    assert answer.status_code == 200
    assert 'name="contact_filter.1.of"' in answer.text
    assert 'value="Welcome"' in answer.text
    assert "No campaigns yet" in (await owner.get("/campaigns")).text
    path = went_to(await owner.post("/campaigns/new", **given, **rows))
    assert "Who gets it language = " in plain((await owner.get(path)).text)
    bad = rows | {"contact_filter.as": "text", "contact_filter": "language ="}
    answer = await owner.post(f"{path}/settings", **given, **bad)
    assert answer.status_code == 422
    assert 'id="f-contact_filter-error"' in answer.text


async def test_activation_names_everything_missing(owner: Visitor):
    """A campaign without messages of a tenant without postal address says both, with the way."""
    path = await add_campaign(owner)
    answer = await owner.post(f"{path}/activate", page=path)
    assert answer.status_code == 422
    assert "at least one message" in answer.text
    assert "postal address is missing" in answer.text
    assert f'href="{path}/messages/new"' in answer.text
    assert 'href="/settings"' in answer.text
    assert "Draft" in (await owner.get(path)).text


async def test_activated_paused_and_activated_again(owner: Visitor):
    """A complete campaign is activated, shows its next send, is paused, and goes on."""
    path = await activated(owner)
    page = plain((await owner.get(path)).text)
    assert "Active" in page
    assert went_to(await owner.post(f"{path}/pause", page=path)) == path
    asked = plain((await owner.get(f"{path}/activate")).text)
    assert "Nothing is sent for 60 seconds after you press Resume" in asked
    assert "Paused" in (await owner.get(path)).text
    assert went_to(await owner.post(f"{path}/activate", page=path)) == path
    activity = plain((await owner.get(f"{path}/activity")).text)
    for words in ("Campaign created", "Campaign activated", "Campaign paused"):
        assert words in activity


async def test_a_draft_cannot_be_paused(owner: Visitor):
    """Pausing what was never activated changes nothing and says so."""
    path = await add_campaign(owner)
    assert went_to(await owner.post(f"{path}/pause", page=path)) == path
    assert "not active" in (await owner.get(path)).text


async def test_an_active_campaign_keeps_what_it_needs(owner: Visitor):
    """The only message of an active campaign cannot be removed, and is still there afterwards."""
    path = await activated(owner)
    page = (await owner.get(path)).text
    message = page.split('class="day-subject"><a href="')[1].split('"')[0]
    answer = await owner.post(f"{message}/delete", page=message)
    assert answer.status_code == 422
    assert "cannot be removed" in answer.text
    assert (await owner.get(message)).status_code == 200
    assert "Active" in plain((await owner.get(path)).text)


async def test_deleted(owner: Visitor):
    """A deleted campaign is gone from its page and the list."""
    path = await activated(owner)
    assert went_to(await owner.post(f"{path}/delete", page=path)) == "/campaigns"
    assert (await owner.get(path)).status_code == 404
    assert "No campaigns yet" in (await owner.get("/campaigns")).text


async def test_people_and_activity_are_empty_at_first(owner: Visitor):
    """A campaign nobody is in says so on its tabs, whatever state is asked for."""
    path = await add_campaign(owner)
    for query in ("", "?state=active", "?state=nonsense"):
        assert "Nobody here" in (await owner.get(f"{path}/people{query}")).text
    assert "Campaign created" in (await owner.get(f"{path}/activity")).text
    for tab in ("people", "activity"):
        assert (await owner.get(f"{path}/{tab}?after=nonsense")).status_code == 422


@pytest.mark.parametrize("tail", ["", "/settings", "/people", "/activity", "/messages/new"])
async def test_unknown_campaigns_are_not_found(owner: Visitor, tail: str):
    """What is no campaign is a 404 page."""
    for name in ("x", "0" * 32, "%00"):
        assert (await owner.get(f"/campaigns/{name}{tail}")).status_code == 404


async def test_sender_faults_stand_at_their_field(owner: Visitor):
    """A change that would leave an active campaign without a sender is refused, and not kept."""
    path = await activated(owner)
    await add_message(owner, path, send_day="2")
    given = CAMPAIGN | {"sender_name": "x" * 300, "sender_email": "ann@example.com"}
    answer = await owner.post(f"{path}/settings", **given)
    assert answer.status_code == 422
    assert 'id="f-sender_name-error"' in answer.text
    assert "Ann" not in (await owner.get(f"{path}/settings")).text
