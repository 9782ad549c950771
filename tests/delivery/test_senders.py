"""Whom a tenant may send as."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tenantcrm.contacts.addresses import normalise
from tenantcrm.database import Database
from tenantcrm.delivery.models import Sender
from tenantcrm.delivery.senders import SesSenders, ensure_system_sender
from tenantcrm.delivery.ses import open_ses
from tenantcrm.settings import Settings
from tests.conftest import add_tenant
from tests.delivery.world import World
from tests.fixtures.services import free_port
from tests.sandbox.ses.running import Running, running


@pytest.fixture(scope="module")
async def simulator() -> AsyncIterator[Running]:
    with running() as simulator:
        yield simulator


@pytest.fixture
def production(settings: Settings, simulator: Running) -> Settings:
    """Settings of an installation that is no sandbox."""
    return replace(settings, ses_endpoint_url=simulator.url)


async def standing(world: World, settings: Settings, address: str):
    async with world.database.unit_of_work(world.tenant_id) as session:
        return await SesSenders(settings)(session, address)


async def test_ses_is_asked_to_verify(world: World, production: Settings):
    """An address that SES does not know is made an identity; verified, it is kept as such."""
    address = f"hi@{world.tenant_id.hex}.example.com"
    assert (await standing(world, production, address)).verified
    (sender,) = await world.all(Sender)
    assert (sender.email, sender.state) == (address, "verified")
    async with open_ses(production) as ses:
        assert await ses.is_verified(address)


async def test_one_tenant_an_address(world: World, production: Settings, database: Database):
    """An address that one tenant sends from is refused to another, and to nobody in a sandbox."""
    address = f"hi@{world.tenant_id.hex}.example.com"
    rival = World(database, await add_tenant(database, "Rival"))
    assert (await standing(world, production, address)).verified
    refused = await standing(rival, production, address)
    assert not refused.verified
    assert "Another business" in refused.words
    sandbox = replace(production, sandbox_home=Path())
    assert (await standing(rival, sandbox, address)).verified


async def test_verified_domain_is_one_tenants(
    world: World, production: Settings, database: Database
):
    """Through a verified domain its tenant sends from every address of it, and no other does."""
    domain = f"{world.tenant_id.hex}.example.org"
    async with open_ses(production) as ses:
        await ses.create_identity(domain)
    rival = World(database, await add_tenant(database, "Rival"))
    assert (await standing(world, production, f"one@{domain}")).verified
    assert (await standing(world, production, f"two@mail.{domain}")).verified
    assert not (await standing(rival, production, f"three@{domain}")).verified


async def test_no_address(world: World, production: Settings):
    """What is no address cannot be sent from, in words."""
    refused = await standing(world, production, "hi@@example.com")
    assert not refused.verified
    assert refused.words


async def test_ses_is_away(world: World, settings: Settings):
    """While SES cannot be asked nothing is verified, and nothing is noted."""
    away = replace(settings, ses_endpoint_url=f"http://127.0.0.1:{free_port()}")
    refused = await standing(world, away, "hi@example.com")
    assert not refused.verified
    assert "Try again" in refused.words
    assert await world.all(Sender) == []


async def test_known_address_is_not_asked_again(
    world: World, production: Settings, settings: Settings
):
    """What SES has said a moment ago holds, also when it is away now."""
    address = f"hi@{world.tenant_id.hex}.example.com"
    await standing(world, production, address)
    away = replace(settings, ses_endpoint_url=f"http://127.0.0.1:{free_port()}")
    assert (await standing(world, away, address)).verified


async def test_system_sender(production: Settings):
    """A sandbox has SES know the sender of our own mails."""
    async with open_ses(production) as ses:
        await ensure_system_sender(ses, production)
        sender = normalise(production.system_sender.partition("<")[2].rstrip(">"))
        assert await ses.is_verified(sender.email)
