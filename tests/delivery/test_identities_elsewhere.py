"""Identities on two other implementations of SES: the sandbox's simulator, and moto's server."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer
from redis.asyncio import Redis

from tenantcrm.database import Database
from tenantcrm.delivery.identities import reading
from tenantcrm.delivery.identities.bench import Bench
from tenantcrm.delivery.identities.findings import RecordState
from tenantcrm.delivery.identities.records import Part
from tenantcrm.delivery.identities.ses_domains import open_domains
from tenantcrm.delivery.identities.ses_tenants import Enlisting, name_of, open_tenants
from tenantcrm.delivery.identities.setting_up import add, remove
from tenantcrm.delivery.senders import SesSenders
from tenantcrm.delivery.ses import open_client
from tenantcrm.settings import Settings
from tenantcrm.tenants.service import tenants
from tests.conftest import add_tenant
from tests.delivery.desk import Desk, settled
from tests.delivery.world import World
from tests.fixtures.services import free_port
from tests.sandbox.ses.running import Running, running


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


@pytest.fixture(params=["simulator", "moto"])
def elsewhere(
    request: pytest.FixtureRequest, settings: Settings, simulator: Running, moto: str
) -> Settings:
    """The one, then the other."""
    url = {"simulator": simulator.url, "moto": moto}[request.param]
    return replace(settings, ses_endpoint_url=url, sandbox_home=Path())


async def test_known_and_forgotten(elsewhere: Settings):
    """A domain that nobody has made is not known; it is made, found again, and forgotten."""
    name = f"d{secrets.token_hex(6)}.com"
    async with open_domains(elsewhere) as ses:
        assert await ses.get(name) is None
        made = await ses.create(name)
        again = await ses.create(name)
        assert made.tokens == again.tokens
        assert made.zone == "dkim.amazonses.com"
        await ses.delete(name)
        await ses.delete(name)
        assert await ses.get(name) is None


async def test_set_up_in_a_sandbox(elsewhere: Settings, database: Database, world: World):
    """A sandbox's domain is added and removed; what this SES cannot do is left out."""
    bench = Bench(database, elsewhere)
    name = f"d{secrets.token_hex(6)}.com"
    domain_id = await add(bench, world.tenant_id, name, label="", actor="user:test")
    async with database.unit_of_work(world.tenant_id) as session:
        shown = await reading.one(session, domain_id)
    parts = {record.part for record in shown.findings.records}
    assert Part.OWNERSHIP in parts
    assert {record.state for record in shown.findings.records} == {RecordState.NOT_ASKED}
    await remove(bench, world.tenant_id, domain_id, actor="user:test")
    async with database.unit_of_work(world.tenant_id) as session:
        assert await reading.listed(session) == []


async def test_on_the_simulator(
    settings: Settings, simulator: Running, database: Database, world: World
):
    """The simulator verifies at once, with three DKIM records and a MAIL FROM domain."""
    elsewhere = replace(settings, ses_endpoint_url=simulator.url, sandbox_home=Path())
    bench = Bench(database, elsewhere)
    name = f"d{secrets.token_hex(6)}.com"
    domain_id = await add(bench, world.tenant_id, name, label="mail", actor="user:test")
    async with database.unit_of_work(world.tenant_id) as session:
        shown = await reading.one(session, domain_id)
    assert shown.state == "verified"
    assert shown.mail_from == f"mail.{name}"
    assert len(shown.findings.records) == 6


async def test_tenants_of_the_simulator(settings: Settings, simulator: Running):
    """The simulator has tenants, which are made once and may use an identity."""
    elsewhere = replace(settings, ses_endpoint_url=simulator.url)
    name = f"d{secrets.token_hex(6)}.com"
    async with open_domains(elsewhere) as domains, open_tenants(elsewhere) as tenants:
        await domains.create(name)
        assert await tenants.supported()
        for _ in range(2):
            await tenants.create(f"t-{name.removesuffix('.com')}")
            await tenants.cover(f"t-{name.removesuffix('.com')}", [name])


async def test_moto_has_no_tenants(settings: Settings, moto: str):
    """An SES that answers 404 to such questions has none."""
    async with open_tenants(replace(settings, ses_endpoint_url=moto)) as tenants:
        assert not await tenants.supported()


async def test_mails_name_their_tenant(
    settings: Settings, simulator: Running, fresh_database: Database, redis: Redis
):
    """Mails of a tenant that SES knows name it, and SES takes them from what it may use."""
    elsewhere = replace(
        settings,
        ses_endpoint_url=simulator.url,
        ses_tenants=True,
        ses_configuration_set="of-tenants",
    )
    async with open_client(elsewhere) as client:
        await client.create_configuration_set(ConfigurationSetName="of-tenants")
    world = World(fresh_database, await add_tenant(fresh_database))
    sender = f"hi@d{secrets.token_hex(6)}.com"
    async with fresh_database.unit_of_work(world.tenant_id) as session:
        assert (await SesSenders(elsewhere)(session, sender)).verified
    await Enlisting(fresh_database, elsewhere).round()
    async with fresh_database.unit_of_work(world.tenant_id) as session:
        assert (await tenants.facts(session)).ses_tenant == name_of(world.tenant_id)
    campaign = await world.campaign(0, sender_name="V", sender_email=sender)
    others = await world.campaign(0, sender_name="V", sender_email="x@elsewhere.example")
    async with open_domains(elsewhere) as ses:
        await ses.create("elsewhere.example")
    await world.due(await world.contact(), campaign_id=campaign)
    await world.due(await world.contact(), campaign_id=others)
    async with Desk.opened(fresh_database, elsewhere, redis) as desk, desk.engines():
        states = await settled(world)
    # What is verified, but not this tenant's to use, is refused: so the mails did name it.
    assert states.pop("sent") == 1
    assert [key.split(":")[0] for key in states] == ["failed"]
