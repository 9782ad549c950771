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
from tenantcrm.delivery import steps
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


async def test_many_a_request_and_one_a_request_are_the_same_mail(
    simulator: Running, on_simulator: Desk, world: World
):
    """What recipients get does not tell whether their mail shared its request with others."""
    people = [
        await world.contact(name=name, attributes={"odd": '{{ x }} "quoted" <b>&\\ 漢\n'})
        for name in ("Zoë Ångström", "Lovelace, Ada", "plain", "")
        for _ in range(3)
    ]
    html = '<p class="x">Hello {{ contact.name }}</p>\n<p>{{ contact.odd }}</p>\\'
    ses = on_simulator.ses
    seen: list[dict[str, Any]] = []
    for bulk in (ses.bulk, None):
        ses.bulk = bulk
        campaign = await world.campaign(0, html=html, name="Same")
        await world.due(*people, campaign_id=campaign)
        claimed = await on_simulator.claim(world)
        parcels = await steps.preflight(on_simulator.bench, world.tenant_id, "day_zero", claimed)
        assert len(parcels) == (len(people) if bulk is None else 1)
        for parcel in parcels:
            outcomes = await steps.request_parcel(on_simulator.bench, world.tenant_id, parcel)
            await steps.finish(on_simulator.bench, world.tenant_id, outcomes)
        mails = [m for m in await world.mails() if m.campaign_id == campaign]
        assert {m.state for m in mails} == {"sent"}
        taken = {m.ses_message_id for m in mails}
        shown = [m for m in simulator.messages(limit=100) if id_of(m) in taken]
        seen.append({m["to"]: comparable(m) for m in shown})
    assert len(seen[0]) == len(people)
    assert seen[0] == seen[1]


def id_of(shown: dict[str, Any]) -> str:
    return str(shown["headers"]["Message-ID"]).strip("<>").partition("@")[0]


def comparable(shown: dict[str, Any]) -> dict[str, Any]:
    """What of a mail has to be the same: not its campaign's id, nor what SES writes anew."""
    headers = {k.lower(): v for k, v in shown["headers"].items()}
    link = headers["list-unsubscribe"].strip("<>")
    assert link in shown["text"]
    assert link in shown["html"]
    kind = headers.pop("content-type").partition(";")[0]
    for name in ("message-id", "date", "list-unsubscribe"):
        del headers[name]
    headers["feedback-id"] = headers["feedback-id"].partition(":")[2]
    text, page = (shown[part].replace(link, "LINK") for part in ("text", "html"))
    return {"kind": kind, "headers": headers, "text": text.strip(), "html": page.strip()}
