"""Our own mails and test mails: through the ledger, without a secret in it."""

import email
import email.policy
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from redis.asyncio import Redis

from tenantcrm import clock, ids
from tenantcrm.contacts.models import Activity
from tenantcrm.database import Database
from tenantcrm.delivery.errors import NoSenderError
from tenantcrm.delivery.ports import Mail
from tenantcrm.delivery.service import erase, queue_system_mail, queue_test_mail, was_tested
from tenantcrm.delivery.states import Kind
from tenantcrm.errors import NotFoundError
from tenantcrm.settings import Settings
from tenantcrm.signing import Keyring
from tenantcrm.tenants import passwords
from tenantcrm.tenants.models import Role, Tenant, User
from tenantcrm.tenants.schemas import Person
from tenantcrm.tenants.service import invites, tenants
from tests.delivery.desk import Desk
from tests.delivery.world import World
from tests.fixtures.fake_ses import FakeSes


@pytest.fixture
async def user_id(database: Database) -> UUID:
    """A person of the dashboard."""
    user = User(
        id=ids.new_id(),
        email="ada@example.com",
        email_key=f"{ids.new_id().hex}@example.com",
        password_hash="argon2-of-something",
    )
    async with database.control_unit_of_work() as session:
        session.add(user)
    return user.id


async def queue(world: World, template: str, user_id: UUID) -> None:
    async with world.database.unit_of_work(world.tenant_id) as session:
        await queue_system_mail(session, template, "ada@example.com", {"user_id": user_id.hex})


async def made(desk: Desk, world: World, kind: str) -> Mail:
    claimed = await desk.claim(world, kind)
    (ready,) = await desk.preflight(world, claimed, kind)
    return ready.mail


def read(mail: Mail) -> Any:
    return email.message_from_bytes(mail.raw, policy=email.policy.default)


def link_in(mail: Mail, path: str) -> str:
    text = read(mail).get_body(("plain",)).get_content()
    found = re.search(rf"/{path}/([\w-]+)", text)
    assert found, text
    return found[1]


async def test_confirmation(desk: Desk, world: World, settings: Settings, user_id: UUID):
    """The confirmation's link names the person, works for days, and is nowhere in the ledger."""
    await queue(world, "verify_email", user_id)
    mail = await made(desk, world, Kind.SYSTEM)
    claim = Keyring(settings.secret_keys).read_user_token(
        "verify-email", link_in(mail, "verify-email")
    )
    assert claim is not None
    assert claim.user_id == user_id
    assert claim.expires_at > clock.real_now() + timedelta(days=6)
    (row,) = await world.mails()
    assert set(row.content) == {"template", "user_id"}
    found = read(mail)
    assert found["To"] == "ada@example.com"
    assert found["List-Unsubscribe"] is None
    assert found["Auto-Submitted"] == "auto-generated"


async def test_reset_is_bound_to_the_password(
    desk: Desk, world: World, settings: Settings, user_id: UUID
):
    """A reset link holds the stamp of the password that it replaces, at the time of sending."""
    await queue(world, "reset_password", user_id)
    mail = await made(desk, world, Kind.SYSTEM)
    claim = Keyring(settings.secret_keys).read_user_token(
        "reset-password", link_in(mail, "reset-password")
    )
    assert claim is not None
    assert claim.stamp == passwords.stamp("argon2-of-something")
    assert claim.expires_at < clock.real_now() + timedelta(hours=1, seconds=5)


async def test_person_who_is_gone(desk: Desk, world: World, fake: FakeSes):
    """A mail to a person who is not there any more fails, with words, and nothing is sent."""
    await queue(world, "reset_password", ids.new_id())
    await desk.send(world, Kind.SYSTEM)
    assert await world.states() == {"failed:gone": 1}
    assert fake.asked == {}


async def test_no_such_mail(world: World, user_id: UUID):
    """Only mails that are written can be queued."""
    with pytest.raises(KeyError):
        await queue(world, "invoice", user_id)


async def test_mail(desk: Desk, world: World, settings: Settings):
    """A test mail goes to its author as the contact would get it; its link names nobody."""
    campaign = await world.campaign(0)
    (message,) = await world.messages(campaign)
    contact = await world.contact(name="Grace")
    async with world.database.unit_of_work(world.tenant_id) as session:
        assert not await was_tested(session)
        await queue_test_mail(
            session,
            message_id=message.id,
            contact_id=contact,
            recipient="author@example.com",
            actor="user:1",
        )
        assert await was_tested(session)
        salt = (await tenants.facts(session)).salt
    mail = await made(desk, world, Kind.TEST)
    found = read(mail)
    assert (mail.to, found["Subject"]) == ("author@example.com", "[Test] Day 0")
    assert "Hello Grace" in found.get_body(("html",)).get_content()
    token = found["List-Unsubscribe"].strip("<>").rpartition("/u/")[2]
    claim = Keyring(settings.secret_keys).read_unsubscribe(token, salt)
    assert claim is not None
    assert (claim.contact_id.int, claim.campaign_id.int) == (0, 0)
    (activity,) = await world.all(Activity)
    assert (activity.kind, activity.campaign_id) == ("test_sent", campaign)
    assert await world.row(type(message), message.id) is not None


async def test_test_mail_to_somebody_who_is_erased(desk: Desk, world: World):
    """Who tries a mail may be a contact as well: their address goes with them, and their mail."""
    campaign = await world.campaign(0)
    (message,) = await world.messages(campaign)
    contact = await world.contact(email="ada@example.com")

    async def queued(recipient: str) -> UUID:
        async with world.database.unit_of_work(world.tenant_id) as session:
            return await queue_test_mail(
                session, message_id=message.id, recipient=recipient, actor="user:1"
            )

    over = await queued("Ada@example.com")
    await desk.send(world, Kind.TEST)
    waits, other = await queued("ada@example.com"), await queued("author@example.com")
    async with world.database.unit_of_work(world.tenant_id) as session:
        await erase(session, contact, suppress=False, actor="user:1")
    told = {mail.id: (mail.state, mail.reason, mail.recipient) for mail in await world.mails()}
    assert told == {
        over: ("failed", "unverified_sender", None),
        waits: ("skipped", "erased", None),
        other: ("pending", None, "author@example.com"),
    }


async def test_test_mail_of_nothing(world: World):
    """A message that is not there cannot be tried."""
    with pytest.raises(NotFoundError):
        async with world.database.unit_of_work(world.tenant_id) as session:
            await queue_test_mail(
                session, message_id=ids.new_id(), recipient="a@example.com", actor="user:1"
            )


async def test_test_mail_needs_a_sender(world: World):
    """Where nobody is named to send from, the author is told so."""
    campaign = await world.campaign(0)
    (message,) = await world.messages(campaign)
    async with world.database.control_unit_of_work() as control:
        (await control.get_one(Tenant, world.tenant_id)).sender_email = ""
    with pytest.raises(NoSenderError):
        async with world.database.unit_of_work(world.tenant_id) as session:
            await queue_test_mail(
                session, message_id=message.id, recipient="a@example.com", actor="user:1"
            )


async def test_campaign_mail(desk: Desk, world: World, settings: Settings, redis: Redis):
    """A campaign's mail carries the recipient's own link, the footer, and what bulk mail needs."""
    contact = await world.contact(name="Ada", email="ada@bücher.example")
    campaign = await world.due(contact)
    mail = await made(desk, world, Kind.DAY_ZERO)
    found = read(mail)
    assert mail.to == "ada@xn--bcher-kva.example"
    assert str(found["From"]) == "Vinr <hi@example.com>"
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    async with world.database.unit_of_work(world.tenant_id) as session:
        salt = (await tenants.facts(session)).salt
    token = found["List-Unsubscribe"].strip("<>").rpartition("/u/")[2]
    claim = Keyring(settings.secret_keys).read_unsubscribe(token, salt)
    assert claim is not None
    assert (claim.tenant_id, claim.campaign_id, claim.contact_id) == (
        world.tenant_id,
        campaign,
        contact,
    )
    for kind in ("plain", "html"):
        body = found.get_body((kind,)).get_content()
        assert "Hello Ada" in body
        assert token in body
        assert "1 Main Street, London" in body


async def test_invitation(
    desk: Desk, world: World, settings: Settings, user_id: UUID, database: Database
):
    """An invitation says who invites to what, by a link that ends with it; one that is over is not
    mailed.
    """
    async with (
        database.unit_of_work(world.tenant_id) as session,
        database.control_unit_of_work() as control,
    ):
        facts = await tenants.facts(session)
        by = Person(user_id=user_id, email="ada@example.com", name="", email_verified=True,
                    role=Role.OWNER, tenant=facts)  # fmt: skip
        invite = await invites.invite(
            session, control, email="grace@example.com", email_key="grace@example.com",
            role=Role.EDITOR, by=by,
        )  # fmt: skip
        content = {"invite_id": invite.hex}
        await queue_system_mail(session, "invite", "grace@example.com", content)
    mail = await made(desk, world, Kind.SYSTEM)
    assert read(mail)["Subject"] == f"ada@example.com invites you to {facts.name}"
    assert "as editor" in read(mail).get_body(("plain",)).get_content()
    claim = Keyring(settings.secret_keys).read_user_token("invite", link_in(mail, "invitation"))
    assert claim is not None
    async with database.control_unit_of_work() as control:
        found = await invites.find(control, claim.user_id)
    assert found is not None
    assert found.stamp == claim.stamp
    async with database.unit_of_work(world.tenant_id) as session:
        await invites.withdraw(session, invite, by=by)
        await queue_system_mail(session, "invite", "grace@example.com", content)
    claimed = await desk.claim(world, Kind.SYSTEM)
    assert await desk.preflight(world, claimed, Kind.SYSTEM) == []
