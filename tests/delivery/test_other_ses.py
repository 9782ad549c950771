"""The send path on two other implementations of SES: the sandbox's simulator, and moto's server."""

import email
import email.policy
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest
from moto.backends import get_backend
from moto.server import ThreadedMotoServer
from redis.asyncio import Redis

from tenantcrm.contacts.models import Contact
from tenantcrm.database import Database
from tenantcrm.settings import Settings
from tests.delivery.desk import Desk, settled
from tests.delivery.world import World
from tests.fixtures.services import free_port
from tests.sandbox.ses.running import Running, running

SENDER = "hi@example.com"


@pytest.fixture
def database(fresh_database: Database) -> Database:
    """A database of the test's own: an engine sends whatever is due in it."""
    return fresh_database


@pytest.fixture(scope="module")
def simulator() -> Iterator[Running]:
    with running() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    port = free_port()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
async def on_simulator(
    simulator: Running, database: Database, settings: Settings, redis: Redis
) -> AsyncIterator[Desk]:
    """A worker's parts on the simulator, which knows the sender."""
    url = simulator.url
    async with Desk.opened(database, replace(settings, ses_endpoint_url=url), redis) as desk:
        await desk.ses.create_identity(SENDER)
        yield desk


@pytest.fixture
async def on_moto(
    moto: str, database: Database, settings: Settings, redis: Redis
) -> AsyncIterator[Desk]:
    """A worker's parts on moto's server, which knows the sender."""
    async with Desk.opened(database, replace(settings, ses_endpoint_url=moto), redis) as desk:
        await desk.ses.create_identity(SENDER)
        yield desk


@pytest.fixture(params=["on_simulator", "on_moto"])
def there(request: pytest.FixtureRequest, on_simulator: Desk, on_moto: Desk) -> Desk:
    """The one, then the other."""
    return {"on_simulator": on_simulator, "on_moto": on_moto}[request.param]


async def test_sends(there: Desk, world: World):
    """Verify the sender, send what is due: every mail is taken, and the ledger has its id."""
    await world.due(*[await world.contact(name="Zoë") for _ in range(12)])
    async with there.engines():
        assert await settled(world) == {"sent": 12}
    assert len({mail.ses_message_id for mail in await world.mails()}) == 12


async def test_unknown_identity(there: Desk):
    """An identity that nobody has made is not known; made twice, it is there once."""
    assert await there.ses.is_verified("nobody@example.org") is None
    for _ in range(2):
        await there.ses.create_identity("somebody@example.org")
    assert await there.ses.is_verified("somebody@example.org") is not None


async def test_moto_got_the_mail(on_moto: Desk, world: World):
    """What the second implementation was given is a whole mail to the contact's address."""
    contact = await world.contact(name="Zoë Ångström")
    await world.due(contact)
    async with on_moto.engines():
        assert await settled(world) == {"sent": 1}
    (mail,) = await world.mails()
    (given,) = [m for m in sent_by_moto() if m.id == mail.ses_message_id]
    found = email.message_from_string(given.raw_data, policy=email.policy.default)
    assert "Hello Zoë Ångström" in found.get_body(("html",)).get_content()
    assert (await world.row(Contact, contact)).email in given.destinations


def sent_by_moto() -> list[Any]:
    (backend,) = get_backend("ses").values()
    return list(backend["us-east-1"].sent_messages)


async def test_simulator_shows_the_mail(simulator: Running, on_simulator: Desk, world: World):
    """In the simulator's inbox the mail is as a recipient would get it."""
    contact = await world.contact(name="Zoë Ångström")
    await world.due(contact)
    async with on_simulator.engines():
        assert await settled(world) == {"sent": 1}
    (mail,) = await world.mails()
    address = (await world.row(Contact, contact)).email
    (shown,) = simulator.messages(to=address)
    assert "Hello Zoë Ångström" in shown["html"]
    assert "Hello Zoë Ångström" in shown["text"]
    assert mail.ses_message_id in shown["headers"]["Message-ID"]


async def test_unverified_sender_fails_with_words(on_simulator: Desk, world: World):
    """What SES refuses for good is in the ledger with SES's own words."""
    campaign = await world.campaign(0, sender_name="X", sender_email="x@unverified.example.net")
    await world.due(await world.contact(), campaign_id=campaign)
    async with on_simulator.engines():
        assert await settled(world) == {"failed:MessageRejected": 1}
    (mail,) = await world.mails()
    assert "not verified" in mail.detail
