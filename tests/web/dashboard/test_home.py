"""The start page: a checklist that ticks itself, and the day at a glance."""

import re
from datetime import timedelta

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
    """Every step ticks when what it asks for is really there, and the list goes when all are."""
    page = (await owner.get("/")).text
    assert "seven steps" in page
    assert 'hx-get="/"' in page
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
    message = await add_message(owner, campaign)
    assert await ticked(owner) == 4
    await owner.post(f"{message}/test", page=message)
    assert await ticked(owner) == 5
    assert went_to(await owner.post(f"{campaign}/activate", page=campaign, at_once="yes"))
    page = (await owner.get("/")).text
    assert "seven steps" not in page
    assert 'hx-get="/"' not in page


async def test_the_day_at_a_glance(owner: Visitor):
    """The page counts contacts and active campaigns and names the next send."""
    await add_contact(owner, "ada@example.com", attributes="language: en")
    await activated(owner, name="Morning mail")
    page = plain((await owner.get("/")).text)
    assert "Contacts 1" in page
    assert "Active campaigns 1" in page
    assert "Morning mail" in page


async def test_the_jump_is_a_sandboxs(owner: Visitor, app: Litestar):
    """Outside of a sandbox there is no time machine and no style guide, signed in or not."""
    del app
    assert (await owner.post("/sandbox/skip", page="/settings")).status_code == 404
    assert (await owner.get("/styleguide")).status_code == 404
    assert "Time machine" not in (await owner.get("/")).text
