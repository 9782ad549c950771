"""The path of a mail, step by step, and what a death between two steps leaves behind."""

from datetime import timedelta

import pytest

from tenantcrm.campaigns.models import Campaign, Enrollment, Message
from tenantcrm.contacts.models import Contact
from tenantcrm.delivery import steps
from tenantcrm.delivery.service import unsubscribe
from tests.delivery.desk import Desk
from tests.delivery.world import World
from tests.fixtures.fake_ses import FakeSes


async def test_claim_to_finish(desk: Desk, world: World, fake: FakeSes):
    """A due mail is asked for once, with our tags, and is sent with SES's id."""
    await world.due(await world.contact(name="Ada"))
    await desk.send(world)
    (mail,) = await world.mails()
    assert (mail.state, mail.ses_message_id) == ("sent", f"ses-{mail.id.hex}")
    assert mail.sent_at is not None
    assert (mail.attempts, mail.fence, fake.attempts) == (1, 1, ["1"])
    assert fake.asked == {mail.id.hex: 1}
    assert (await world.lane()).due_at is None


async def test_two_claims_share_nothing(desk: Desk, world: World):
    """What one worker has claimed another does not get."""
    await world.due(*[await world.contact() for _ in range(3)])
    first = await desk.claim(world, most=2)
    second = await desk.claim(world, bench=desk.other_bench())
    assert (len(first), len(second)) == (2, 1)
    assert not {m.id for m in first} & {m.id for m in second}


async def test_death_after_claim(desk: Desk, world: World, fake: FakeSes):
    """A worker that dies after the claim has sent nothing: the mail goes back, and out once."""
    await world.due(await world.contact())
    await desk.claim(world)
    await steps.rescue(desk.bench, world.tenant_id)
    assert await world.states() == {"claimed": 1}
    await desk.expire(world)
    assert await steps.rescue_all(desk.bench) >= 1
    assert await world.states() == {"pending": 1}
    await desk.send(world)
    assert await world.states() == {"sent": 1}
    assert list(fake.asked.values()) == [1]


async def test_death_after_preflight(desk: Desk, world: World, fake: FakeSes):
    """Once it is marked as being sent a mail is never asked for again by itself."""
    await world.due(await world.contact())
    await desk.preflight(world, await desk.claim(world))
    await desk.expire(world)
    await steps.rescue(desk.bench, world.tenant_id)
    assert await world.states() == {"unknown:lease_over": 1}
    await desk.send(world)
    assert fake.asked == {}


async def test_answer_after_the_lease(desk: Desk, world: World):
    """An answer that comes late is proof all the same: unknown becomes sent."""
    await world.due(await world.contact())
    ready = await desk.preflight(world, await desk.claim(world))
    await desk.expire(world)
    await steps.rescue(desk.bench, world.tenant_id)
    await desk.request_and_finish(world, ready)
    assert await world.states() == {"sent": 1}


async def test_old_holder_moves_nothing(desk: Desk, world: World, fake: FakeSes):
    """A worker that comes back after its lease finds its fence outdated, and asks for nothing."""
    await world.due(await world.contact())
    old = await desk.claim(world)
    await desk.expire(world)
    await steps.rescue(desk.bench, world.tenant_id)
    other = desk.other_bench()
    new = await desk.claim(world, bench=other)
    assert new[0].fence == old[0].fence + 1
    assert await desk.preflight(world, old) == []
    await steps.release(desk.bench, world.tenant_id, old)
    assert await world.states() == {"claimed": 1}
    ready = await desk.preflight(world, new, bench=other)
    await desk.request_and_finish(world, ready)
    assert await world.states() == {"sent": 1}
    assert list(fake.asked.values()) == [1]


async def test_release_puts_back(desk: Desk, world: World):
    """What a worker lets go is due again at once."""
    await world.due(await world.contact())
    claimed = await desk.claim(world)
    assert (await world.lane()).due_at is None
    await steps.release(desk.bench, world.tenant_id, claimed)
    assert await world.states() == {"pending": 1}
    assert (await world.lane()).due_at is not None


async def leave(world: World, contact) -> None:
    row = await world.row(Contact, contact)
    async with world.database.unit_of_work(world.tenant_id) as session:
        await unsubscribe(
            session,
            contact_id=contact,
            email_hash=row.email_hash,
            campaign_id=None,
            source="page",
        )


async def test_unsubscribed_between_claim_and_preflight(desk: Desk, world: World, fake: FakeSes):
    """An unsubscription holds for what is claimed: it is not sent."""
    contact = await world.contact()
    await world.due(contact)
    claimed = await desk.claim(world)
    await leave(world, contact)
    assert await desk.preflight(world, claimed) == []
    assert await world.states() == {"skipped:unsubscribed": 1}
    assert fake.asked == {}


@pytest.mark.parametrize(
    ("change", "ends"),
    [
        ("status", "skipped:unsubscribed"),
        ("suppress", "skipped:suppressed"),
        ("exit", "skipped:exited"),
        ("archive", "skipped:campaign_deleted"),
        ("retire", "skipped:message_removed"),
        ("late", "skipped:late"),
        ("pause", "pending:paused"),
        ("suspend", "pending:suspended"),
        ("template", "failed:template_failed"),
    ],
)
async def test_preflight_looks_once_more(
    desk: Desk, world: World, fake: FakeSes, change: str, ends: str
):
    """Whatever has changed since the mail was claimed is seen before SES is asked."""
    contact = await world.contact()
    campaign = await world.due(contact)
    claimed = await desk.claim(world)
    (message,) = await world.messages(campaign)
    (mail,) = await world.mails()
    (enrollment,) = await world.all(Enrollment)
    match change:
        case "status":
            await world.change(Contact, contact, status="unsubscribed")
        case "suppress":
            await world.suppress(contact)
        case "exit":
            await world.change(Enrollment, enrollment.id, state="exited")
        case "archive":
            await world.change(Campaign, campaign, state="archived", next_scan_at=None)
        case "retire":
            await world.change(Message, message.id, retired_at=mail.due_at)
        case "late":
            past = mail.due_at - timedelta(hours=1)
            await world.change(type(mail), mail.id, late_at=past)
        case "pause":
            await world.change(Campaign, campaign, state="paused", next_scan_at=None)
        case "suspend":
            await world.suspend()
        case "template":
            html = "{{ 'a' | divided_by: 0 }}"
            await world.change(Message, message.id, html_template=html, version=2)
    assert await desk.preflight(world, claimed) == []
    state = await world.states()
    assert state == {ends: 1} or (change == "template" and "failed:" in str(state))
    assert fake.asked == {}


async def test_suppressed_contact_says_so(desk: Desk, world: World):
    """A contact that was upserted while it unsubscribed is healed when its mail is stopped."""
    contact = await world.contact()
    await world.due(contact)
    await world.suppress(contact)
    await desk.send(world)
    assert (await world.row(Contact, contact)).status == "unsubscribed"


async def test_one_bad_mail_spares_the_others(desk: Desk, world: World):
    """A mail that cannot be made fails alone."""
    html = "<p>{% if contact.broken %}{{ 1 | divided_by: 0 }}{% endif %}</p>"
    campaign = await world.campaign(0, html=html)
    contacts = [await world.contact(), await world.contact(attributes={"broken": True})]
    await world.due(*contacts, campaign_id=campaign)
    await desk.send(world)
    states = await world.states()
    assert states.pop("sent") == 1
    assert sum(states.values()) == 1
    assert next(iter(states)).startswith("failed:")


async def test_paused_and_resumed(desk: Desk, world: World, fake: FakeSes):
    """A pause takes the mails out of the queue without losing one; activation brings them back."""
    contacts = [await world.contact() for _ in range(5)]
    campaign = await world.due(*contacts)
    await world.change(Campaign, campaign, state="paused", next_scan_at=None)
    claimed = await desk.claim(world, most=2)
    await desk.preflight(world, claimed)
    assert [mail.held for mail in await world.mails()] == [True] * 5
    assert await desk.claim(world) == []
    now = (await world.mails())[0].due_at
    await world.change(Campaign, campaign, state="active", next_scan_at=now)
    await desk.send(world)
    assert await world.states() == {"sent": 5}
    assert set(fake.asked.values()) == {1}


async def test_late_ones_are_skipped_in_bulk(desk: Desk, world: World):
    """After a long outage everything that is too late is skipped by one claim."""
    contacts = [await world.contact() for _ in range(30)]
    await world.due(*contacts, since=timedelta(hours=11, minutes=59, seconds=59))
    for mail in await world.mails():
        await world.change(type(mail), mail.id, late_at=mail.due_at)
    assert await desk.claim(world, most=3) == []
    assert await world.states() == {"skipped:late": 30}
    assert (await world.lane()).due_at is None
