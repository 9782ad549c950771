"""Mails wait while SES would refuse their sender's domain, and go on once it does not."""

from datetime import timedelta

import pytest

from tenantcrm import clock
from tenantcrm.delivery.identities.refused import Refused
from tenantcrm.delivery.models import Sender, SendingDomain
from tenantcrm.delivery.repository import domains
from tenantcrm.delivery.service import get_delivery
from tests.delivery.desk import Desk
from tests.delivery.world import World

FAILED = Refused(
    frozenset({"example.com"}), frozenset({"good.example.com"}), frozenset({"own@example.com"})
)


@pytest.mark.parametrize(
    ("address", "held"),
    [
        ("hi@example.com", True),
        ("Hi@Example.COM", True),
        ("hi@news.example.com", True),
        ("hi@good.example.com", False),
        ("hi@a.good.example.com", False),
        ("own@example.com", False),
        ("hi@notexample.com", False),
        ("nonsense", False),
    ],
)
def test_the_closest_domain_decides(address: str, held: bool):
    """A failed domain holds what is below it, but for what SES has verified by itself."""
    assert FAILED.holds(address) is held
    assert not Refused().holds(address)


async def domain(world: World, name: str, state: str, *, ever: bool = True) -> None:
    now = clock.real_now()
    async with world.database.unit_of_work(world.tenant_id) as session:
        session.add(
            SendingDomain(
                tenant_id=world.tenant_id,
                name=name,
                state=state,
                proof="p",
                verified_at=now if ever else None,
            )
        )


async def mend(world: World) -> None:
    """As a look does that finds SES content again."""
    async with world.database.unit_of_work(world.tenant_id) as session:
        for found in await domains.listed(session):
            found.state = "verified"
        await session.flush()
        await domains.release(session, "sender_unverified")


async def test_held_and_let_go(desk: Desk, world: World):
    """Mails from a failed domain stay pending, say why, lose nothing, and leave once it is well."""
    await domain(world, "example.com", "failed")
    campaign = await world.campaign(0, sender_name="V", sender_email="hi@example.com")
    await world.due(await world.contact(), await world.contact(), campaign_id=campaign)
    await desk.send(world)
    held = await world.mails()
    assert {(mail.state, mail.reason) for mail in held} == {("pending", "sender_unverified")}
    assert all(mail.retry_at - clock.real_now() > timedelta(minutes=50) for mail in held)
    await desk.send(world)
    assert {mail.state for mail in await world.mails()} == {"pending"}
    async with world.database.unit_of_work(world.tenant_id) as session:
        shown = await get_delivery(session, held[0].id)
    assert "SES no longer takes mail from its sender's domain" in shown.why
    await mend(world)
    await desk.send(world)
    assert {mail.state for mail in await world.mails()} == {"sent"}


async def test_other_senders_go_on(desk: Desk, world: World):
    """A failed domain holds its own campaigns alone."""
    await domain(world, "example.com", "failed")
    campaign = await world.campaign(0, sender_name="V", sender_email="hi@example.org")
    await world.due(await world.contact(), campaign_id=campaign)
    await desk.send(world)
    assert await world.states() == {"sent": 1}


async def test_never_verified_holds_nothing(desk: Desk, world: World):
    """A domain that never was verified is no reason: SES may know the address by itself."""
    await domain(world, "example.com", "failed", ever=False)
    await world.due(await world.contact())
    await desk.send(world)
    assert await world.states() == {"sent": 1}


async def test_addresses_follow_their_domain(world: World):
    """Addresses that SES sends for by a domain fail and come back with it; others stay."""
    async with world.database.unit_of_work(world.tenant_id) as session:
        for address, identity in (("a@example.com", "example.com"), ("b@x.com", "b@x.com")):
            session.add(
                Sender(
                    tenant_id=world.tenant_id,
                    email=address,
                    email_key=address,
                    state="verified",
                    identity=identity,
                )
            )
    for verified, states in ((False, ["failed", "verified"]), (True, ["verified", "verified"])):
        async with world.database.unit_of_work(world.tenant_id) as session:
            await domains.mark_senders(
                session, "example.com", verified=verified, now=clock.real_now()
            )
        found = {sender.email: sender.state for sender in await world.all(Sender)}
        assert [found["a@example.com"], found["b@x.com"]] == states
