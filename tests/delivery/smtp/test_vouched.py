"""Who may send over the operator's SMTP server."""

from dataclasses import replace

import pytest

from tenantcrm.database import Database
from tenantcrm.delivery.senders import SesSenders
from tenantcrm.settings import Settings
from tests.conftest import add_tenant
from tests.delivery.world import World


@pytest.fixture
def own(settings: Settings) -> Settings:
    """An installation on SMTP; an SES that would be asked is not there."""
    return replace(
        settings,
        smtp_url="smtp://127.0.0.1:1",
        smtp_domains=("vinr.example",),
        system_sender="tenantcrm <no-reply@operator.example>",
        ses_endpoint_url="http://127.0.0.1:1",
    )


async def standing(world: World, settings: Settings, address: str):
    async with world.database.unit_of_work(world.tenant_id) as session:
        return await SesSenders(settings)(session, address)


async def test_what_the_operator_vouches_for(world: World, own: Settings):
    """Named domains, those below them, and the system sender's are good without asking anybody."""
    mark = world.tenant_id.hex
    for domain in ("vinr.example", "mail.vinr.example", "operator.example"):
        assert (await standing(world, own, f"{mark}@{domain}")).verified


async def test_everything_else_is_refused(world: World, own: Settings):
    """Any other domain, also one that only ends alike, is refused with what to do."""
    for domain in ("bank.example", "notvinr.example", "vinr.example.net"):
        found = await standing(world, own, f"hi@{domain}")
        assert not found.verified
        assert domain in found.words
        assert "operator" in found.words


async def test_one_tenant_an_address(world: World, own: Settings, database: Database):
    """Within such a domain an address belongs to the tenant that used it first."""
    address = f"{world.tenant_id.hex}@vinr.example"
    rival = World(database, await add_tenant(database, "Rival"))
    assert (await standing(world, own, address)).verified
    assert not (await standing(rival, own, address)).verified
