"""Tracking in mails as they are made for a campaign, and in what SES is told of them."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web
from msgspec import structs

from tenantcrm.campaigns.models import Campaign
from tenantcrm.delivery.composing import Composer
from tenantcrm.delivery.ports import Mail, Tagged, Tracked
from tenantcrm.delivery.senders import SesSenders
from tenantcrm.delivery.ses import open_ses
from tenantcrm.delivery.steps import Bench
from tenantcrm.settings import Settings
from tenantcrm.signing import Keyring, TrackedClaim
from tests.delivery.desk import Desk
from tests.delivery.smtp.letters import letter
from tests.delivery.world import World


async def made(world: World, desk: Desk, campaign: UUID, bench: Bench | None = None) -> Mail:
    """The mail of the next contact in a campaign, as it would be handed over."""
    contact = await world.contact(attributes={"plan": "pro"})
    await world.due(contact, campaign_id=campaign)
    (ready,) = await desk.preflight(world, await desk.claim(world, bench=bench), bench=bench)
    return ready.mail


async def test_off_by_default(world: World, desk: Desk):
    """A campaign that asks for nothing gets the links that its author wrote, and no image."""
    html = '<a href="https://shop.example/?a=1&amp;b=2">Shop</a>'
    mail = await made(world, desk, await world.campaign(0, html=html))
    assert html in mail.html
    assert "/c/" not in mail.html
    assert "/o/" not in mail.html
    assert mail.tracked == Tracked()


async def test_what_a_contact_is_stands_in_the_token(world: World, desk: Desk, settings: Settings):
    """A link with variables leads where that contact's link leads; the text part stays plain."""
    html = '<a href="https://shop.example/{{ contact.plan }}?a=1&amp;b=2">Shop</a>'
    campaign = await world.campaign(0, html=html, track_clicks=True, track_opens=True)
    mail = await made(world, desk, campaign)
    ring = Keyring(settings.secret_keys)
    (row,) = await world.mails()
    (token,) = re.findall(rf'href="{settings.public_url}/c/([^"]*)"', mail.html)
    claim = TrackedClaim(world.tenant_id, row.id, "https://shop.example/pro?a=1&b=2")
    assert ring.read_click(token) == claim
    (token,) = re.findall(rf'<img src="{settings.public_url}/o/([^"]*)"', mail.html)
    assert ring.read_open(token) == claim._replace(url="")
    assert f'href="{settings.public_url}/u/' in mail.html
    assert "https://shop.example/pro?a=1&b=2" in mail.text
    assert "/c/" not in mail.text


async def test_a_change_holds_from_then_on(world: World, desk: Desk):
    """Switched on while the campaign runs: the next mail is tracked, the last one was not."""
    campaign = await world.campaign(0, html='<a href="https://shop.example/">Shop</a>')
    before = await made(world, desk, campaign)
    await world.change(Campaign, campaign, track_clicks=True)
    after = await made(world, desk, campaign)
    assert ("/c/" in before.html, "/c/" in after.html) == (False, True)


async def test_ses_tracks(world: World, desk: Desk, settings: Settings):
    """Where SES tracks, the mail has the author's links, and says what to track."""
    by_ses = replace(settings, tracking="ses")
    composer = Composer(world.database, by_ses, SesSenders(by_ses))
    bench = Bench(database=world.database, composer=composer, sender=desk.ses, worker="test:ses")
    html = '<a href="https://shop.example/">Shop</a>'
    campaign = await world.campaign(0, html=html, track_clicks=True)
    mail = await made(world, desk, campaign, bench)
    assert html in mail.html
    assert "<a ses:no-track href=" in mail.html
    assert mail.tracked == Tracked(clicks=True)


@asynccontextmanager
async def recording(asked: list[dict[str, Any]]) -> AsyncIterator[str]:
    """An SES that keeps what it is asked."""

    async def take(request: web.Request) -> web.Response:
        body = await request.json()
        asked.append(body)
        entries = body.get("BulkEmailEntries", [])
        results = [{"Status": "SUCCESS", "MessageId": "m"} for _ in entries]
        return web.json_response({"MessageId": "m", "BulkEmailEntryResults": results})

    app = web.Application()
    app.router.add_post("/{path:.*}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("tracked", [Tracked(), Tracked(opens=True), Tracked(clicks=True)])
async def test_ses_is_told(settings: Settings, tracked: Tracked):
    """Each request says what to track of its mails, whatever the configuration set says."""
    asked: list[dict[str, Any]] = []
    mail = structs.replace(letter(), tracked=tracked)
    async with recording(asked) as url:
        own = replace(settings, ses_endpoint_url=url, tracking="ses")
        async with open_ses(own) as ses:
            await ses.send(mail, {"d": "x"})
            assert ses.bulk
            await ses.bulk.send([Tagged(mail, {"d": "x"}), Tagged(mail, {"d": "y"})])
    words = {True: "ENABLED", False: "DISABLED"}
    said = {
        "OpenTrackingEnabled": words[tracked.opens],
        "ClickTrackingEnabled": words[tracked.clicks],
    }
    assert [body["ConfigurationOverrides"] for body in asked] == [{"Tracking": said}] * 2


async def test_ses_is_told_nothing(settings: Settings):
    """Where this installation tracks, SES is not asked to do otherwise than it is set up."""
    asked: list[dict[str, Any]] = []
    async with (
        recording(asked) as url,
        open_ses(replace(settings, ses_endpoint_url=url)) as ses,
    ):
        await ses.send(letter(), {"d": "x"})
    assert "ConfigurationOverrides" not in asked[0]
