"""What became of mails, on the pages of mails, contacts and campaigns."""

import re
from uuid import UUID

import pytest
from sqlalchemy import update

from tenantcrm import clock
from tenantcrm.database import Database
from tenantcrm.delivery.models import Delivery
from tenantcrm.delivery.states import State
from tenantcrm.tenants.models import Membership
from tests.delivery.events.mailing import mail, notice, tell
from tests.delivery.events.records import APPLE
from tests.delivery.world import World
from tests.fixtures.web import Visitor
from tests.web.dashboard.conftest import add_campaign, add_contact, add_message, plain


@pytest.fixture
async def world(database: Database, tenant_of, owner: Visitor) -> World:
    return World(database, await tenant_of(owner))


async def made(owner: Visitor, world: World, **values) -> tuple[str, str, UUID]:
    """The pages of a contact and of a campaign, and a mail of the one to the other."""
    contact = await add_contact(owner, "ada@example.com")
    campaign = await add_campaign(owner)
    await add_message(owner, campaign, subject="Hello")
    keys = [UUID(page.rsplit("/", 1)[1]) for page in (contact, campaign)]
    return contact, campaign, await mail(world, keys[0], campaign=keys[1], **values)


async def test_a_bounce_shows(owner: Visitor, world: World):
    """A hard bounce stands on the mail, the contact and the campaign, with the server's words."""
    contact, campaign, key = await made(owner, world)
    await tell(world, notice(world, "Send", key), notice(world, "Bounce", key))
    page = plain((await owner.get(f"/sends/{key.hex}")).text)
    for words in ("It bounced for good", "550 5.1.1 user unknown", "Bounced", "Sent"):
        assert words in page
    page = plain((await owner.get(contact)).text)
    for words in ("Mail to this address comes back", "Not mailed any more", "Bounced", "Hello"):
        assert words in page
    page = plain((await owner.get(campaign)).text)
    assert "Bounced 1" in page
    assert "1 sent · 1 bounced" in page
    assert "Not mailed any more" in plain((await owner.get(f"{campaign}/activity")).text)
    assert f"/sends/{key.hex}" in (await owner.get("/sends?state=bounced")).text


async def test_opens_show(owner: Visitor, world: World):
    """People's opens and clicks are told apart from those of programs."""
    contact, campaign, key = await made(owner, world)
    await tell(
        world,
        notice(world, "Delivery", key),
        notice(world, "Open", key, after=2, agent=APPLE),
        notice(world, "Open", key, after=60),
        notice(world, "Click", key, after=70),
    )
    text = (await owner.get(f"/sends/{key.hex}")).text
    page = plain(text)
    for words in ("Opened by a program", "Clicked", "https://example.com/plans", "Delivered"):
        assert words in page
    assert "Delivered on <local-time>" in text, "the sentence speaks the zone of the other times"
    for address in (contact, campaign):
        assert f'href="{address}"' in text
    message = re.search(rf'href="({campaign}/messages/[0-9a-f]{{32}}\?as=[0-9a-f]{{32}})"', text)
    assert message
    assert "As ada@example.com" in plain((await owner.get(message[1])).text)
    assert "email=" not in page
    page = plain((await owner.get(campaign)).text)
    assert "1 delivered · 1 opened · 1 clicked" in page


async def test_resend(owner: Visitor, world: World):
    """A mail that SES did not take can be sent again by a click; another one cannot."""
    _, _, key = await made(owner, world, state=State.UNKNOWN, reason="no_answer")
    page, button = f"/sends/{key.hex}", f"/sends/{key.hex}/resend"
    assert button not in (await owner.get(page)).text
    answer = await owner.post(button, page="/settings/account")
    assert answer.status_code == 303
    assert "may have taken this mail" in plain((await owner.get(page)).text)
    await world.change(Delivery, key, reason="silent", silent_at=clock.now())
    assert button in (await owner.get(page)).text
    assert (await owner.post(button, page=page)).status_code == 303
    assert "sent once more" in plain((await owner.get(page)).text)
    assert (await world.row(Delivery, key)).state == State.PENDING


async def test_a_viewer_resends_nothing(owner: Visitor, world: World, database: Database):
    """Whoever may only look has no button, and no way around it."""
    _, _, key = await made(owner, world, state=State.UNKNOWN, reason="silent")
    await world.change(Delivery, key, silent_at=clock.now())
    async with database.control_unit_of_work() as control:
        await control.execute(
            update(Membership).where(Membership.tenant_id == world.tenant_id).values(role="viewer")
        )
    page = f"/sends/{key.hex}"
    assert f"{page}/resend" not in (await owner.get(page)).text
    answer = await owner.post(f"{page}/resend", page="/settings/account")
    assert answer.status_code == 403
    assert (await world.row(Delivery, key)).state == State.UNKNOWN


async def test_mail_that_waits_shows(owner: Visitor, world: World):
    """Nothing is ahead and something has not left: the next send is now."""
    campaign = await world.campaign(0)
    page = f"/campaigns/{campaign.hex}"
    assert "None in sight" in (await owner.get(page)).text
    await world.due(await world.contact(), campaign_id=campaign)
    assert "1 waiting to leave" in (await owner.get(page)).text
    await owner.post("/checklist", page="/", hide="1")
    home = plain((await owner.get("/")).text)
    assert "1 mail is due and leaves now" in home
    assert "No mail is ahead" not in home
