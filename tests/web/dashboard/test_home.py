"""The start page: a checklist that ticks itself, and the day at a glance."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
from litestar import Litestar

from tenantcrm import clock
from tenantcrm.database import Database
from tenantcrm.settings import Settings
from tenantcrm.signing import Keyring
from tenantcrm.tenants.service import people
from tests.fixtures.web import Visitor
from tests.web.dashboard.conftest import (
    SETTINGS,
    activated,
    add_campaign,
    add_contact,
    add_message,
    plain,
    went_to,
)

HTMX = {"HX-Request": "true"}


async def ticked(owner: Visitor) -> int:
    page = (await owner.get("/", headers=HTMX)).text
    assert "<html" not in page
    return page.count("checklist-item is-done")


async def test_each_step_ticks_by_itself(
    owner: Visitor, database: Database, settings: Settings, ses
):
    """Every step ticks when what it asks for is there; the overview takes the place of the list."""
    page = (await owner.get("/")).text
    assert "Your first campaign" in page
    assert 'hx-get="/?seen=00000000" hx-trigger="every 3s"' in page
    assert await ticked(owner) == 0

    email = re.search(r"[0-9a-f]{12}@example\.com", page)
    assert email
    async with database.control_unit_of_work() as control:
        who = await people.find(control, email.group())
    assert who
    until = clock.real_now() + timedelta(hours=1)
    link = Keyring(settings.secret_keys).sign_user_token("verify-email", who.user_id, until)
    await owner.post(f"/verify-email/{link}")
    assert await ticked(owner) == 1

    sender = f"hi@{who.tenant_id.hex[-12:]}.example.com"
    await owner.post("/settings", **(SETTINGS | {"sender_email": sender}))
    assert await ticked(owner) == 2
    await owner.post("/keys", name="k", mode="live", **{"scope:contacts:write": "1"})
    assert await ticked(owner) == 3
    await owner.post("/contacts/new?mode=test", email="test@example.com")
    assert await ticked(owner) == 3
    await add_contact(owner, "ada@example.com")
    assert await ticked(owner) == 4
    campaign = await add_campaign(owner)
    assert await ticked(owner) == 4
    message = await add_message(owner, campaign)
    assert await ticked(owner) == 5
    await owner.post(f"{message}/test", page=message)
    assert await ticked(owner) == 6
    assert went_to(await owner.post(f"{campaign}/activate", page=campaign, at_once="yes"))
    page = (await owner.get("/")).text
    assert "Your first campaign" not in page
    assert "What is next" in page
    assert 'hx-get="/' not in page


async def test_nothing_moves_until_something_is_done(owner: Visitor):
    """A page that shows what there is gets nothing, until a step is done; then it gets the list."""
    asked = "/?seen=00000000"
    assert (await owner.get(asked, headers=HTMX)).status_code == 204
    await owner.post("/keys", name="k", mode="live", **{"scope:contacts:write": "1"})
    answer = await owner.get(asked, headers=HTMX)
    assert answer.status_code == 200
    assert answer.text.count("is-done") == 1
    assert "seen=00010000" in answer.text


async def test_the_list_is_put_away(owner: Visitor):
    """Whoever wants no list hides it, for the whole team, and may take it out again."""
    assert went_to(await owner.post("/checklist", page="/", hide="1")) == "/"
    page = (await owner.get("/")).text
    assert "checklist-item" not in page
    assert "0 of 8 steps" in page
    assert "checklist-item" in (await owner.get("/?list=1")).text
    assert went_to(await owner.post("/checklist", page="/", hide="0")) == "/"
    assert "checklist-item" in (await owner.get("/")).text


async def test_what_needs_a_hand(owner: Visitor, settings: Settings, tenant_of):
    """Mails that failed or are unknown, and campaigns that are paused, each lead where to see to
    them; what needs nothing is not named.
    """
    await add_contact(owner, "ada@example.com", attributes="language: en")
    campaign = await activated(owner, name="Morning mail")
    page = plain((await owner.get("/")).text)
    assert "is paused" not in page
    assert "failed" not in page
    await owner.post(f"{campaign}/pause", page=campaign)
    place = settings.database_url.split("@")[1]
    past = await asyncpg.connect(f"postgresql://super@{place}")
    tenant, campaign_id = await tenant_of(owner), UUID(campaign.rsplit("/", 1)[1])
    for state, why, number in (("failed", "", 2), ("unknown", "", 1), ("skipped", "late", 40)):
        await past.execute(
            "INSERT INTO send_counts (tenant_id, id, campaign_id, message_id, slot, state, why,"
            " settled, mails, opened, clicked, machine, unsubscribed) VALUES ($1, uuid_v7(), $2,"
            " $3, date_trunc('hour', now()), $4, $6, true, $5, 0, 0, 0, 0)",
            tenant, campaign_id, uuid4(), state, number, why,
        )  # fmt: skip
    await past.close()
    page = (await owner.get("/")).text
    words = plain(page)
    assert "“Morning mail” is paused" in words
    assert "2 mails failed in the last 7 days" in words
    assert "1 mail: the mail service has not said whether it took it." in words
    assert "40 mails skipped in the last 7 days: too late when the turn came." in words
    for href in ("/sends?state=failed", "/sends?state=skipped&amp;reason=late"):
        assert f'href="{href}"' in page


async def test_the_day_at_a_glance(owner: Visitor):
    """The page counts contacts and active campaigns and names the next send."""
    await add_contact(owner, "ada@example.com", attributes="language: en")
    await activated(owner, name="Morning mail")
    page = plain((await owner.get("/")).text)
    assert "Contacts 1" in page
    assert "Active campaigns 1" in page
    assert "Morning mail" in page
    assert "Nothing. Everything goes on by itself." in page


async def test_old_campaigns_count_behind_many_new_ones(
    owner: Visitor, settings: Settings, tenant_of
):
    """A hundred new drafts hide neither what runs nor what is paused, nor bring the list back."""
    await add_contact(owner, "ada@example.com", attributes="language: en")
    await activated(owner, name="Morning mail")
    rests = await activated(owner, name="Evening mail")
    await owner.post(f"{rests}/pause", page=rests)
    draft = UUID((await add_campaign(owner)).rsplit("/", 1)[1])
    past = await asyncpg.connect(f"postgresql://super@{settings.database_url.split('@')[1]}")
    await past.execute(
        "INSERT INTO campaigns SELECT (jsonb_populate_record(c, jsonb_build_object('id', uuid_v7(),"
        " 'key', 'key-' || n))).* FROM campaigns c, generate_series(1, 100) n"
        " WHERE id = $1 AND tenant_id = $2",
        draft,
        await tenant_of(owner),
    )
    await past.close()
    page = plain((await owner.get("/")).text)
    assert "Your first campaign" not in page
    assert "Active campaigns 1" in page
    assert "Morning mail" in page
    assert "“Evening mail” is paused" in page


async def test_the_jump_is_a_sandboxs(owner: Visitor, app: Litestar):
    """Outside of a sandbox there is no time machine and no style guide, signed in or not."""
    del app
    assert (await owner.post("/sandbox/skip", page="/settings")).status_code == 404
    assert (await owner.get("/styleguide")).status_code == 404
    assert "Time machine" not in (await owner.get("/")).text
