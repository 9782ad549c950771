"""SES's tenants: one for each of ours that sends, where SES has such a thing."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest
import structlog

from tenantcrm import clock
from tenantcrm.contacts.addresses import normalise
from tenantcrm.database import Database
from tenantcrm.delivery.identities.bench import Bench
from tenantcrm.delivery.identities.errors import SesAwayError
from tenantcrm.delivery.identities.ses_tenants import Enlisting, cover, name_of, open_tenants
from tenantcrm.delivery.repository import senders
from tenantcrm.delivery.senders import SesSenders
from tenantcrm.settings import Settings
from tenantcrm.tenants.service import tenants
from tests.conftest import add_tenant
from tests.fixtures.fake_identities import PLACE, FakeIdentities


@pytest.fixture
async def ses() -> AsyncIterator[FakeIdentities]:
    async with FakeIdentities().serving() as ses:
        yield ses


@pytest.fixture
def with_tenants(fresh_settings: Settings, ses: FakeIdentities) -> Settings:
    return replace(
        fresh_settings,
        ses_endpoint_url=ses.url,
        ses_region="eu-west-1",
        ses_tenants=True,
        ses_configuration_set="tenantcrm",
    )


@pytest.fixture
async def sending(fresh_database: Database) -> UUID:
    """A tenant with a verified address and a claim to it."""
    tenant_id = await add_tenant(fresh_database)
    address = f"{secrets.token_hex(4)}@example.com"
    async with fresh_database.unit_of_work(tenant_id) as session:
        await senders.claim(session, address)
        await senders.note(
            session,
            normalise(address),
            verified=True,
            now=clock.real_now(),
            identity=address,
        )
    return tenant_id


async def ses_tenant(database: Database, tenant_id: UUID) -> str | None:
    async with database.unit_of_work(tenant_id) as session:
        return (await tenants.facts(session)).ses_tenant


async def test_enlisted_once_it_sends(
    fresh_database: Database, with_tenants: Settings, ses: FakeIdentities, sending: UUID
):
    """A tenant with a sender becomes SES's, with its identity and the configuration set."""
    idle = await add_tenant(fresh_database, "Idle")
    await Enlisting(fresh_database, with_tenants).round()
    name = name_of(sending)
    assert await ses_tenant(fresh_database, sending) == name
    assert await ses_tenant(fresh_database, idle) is None
    identity = next(one for one in ses.tenants[name] if "identity" in one)
    assert identity.startswith(f"{PLACE}:identity/")
    assert f"{PLACE}:configuration-set/tenantcrm" in ses.tenants[name]
    asked = len(ses.asked)
    await Enlisting(fresh_database, with_tenants).round()
    assert len(ses.asked) == asked


async def test_without_where_ses_has_none(
    fresh_database: Database, with_tenants: Settings, ses: FakeIdentities, sending: UUID
):
    """An SES that knows no tenants is asked once, told of once, and sending goes on without."""
    ses.knows_tenants = False
    enlisting = Enlisting(fresh_database, with_tenants)
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            await enlisting.round()
    assert [log["event"] for log in logs] == ["ses_tenants.without"]
    assert await ses_tenant(fresh_database, sending) is None
    async with open_tenants(with_tenants) as calls:
        assert not await calls.supported()
        ses.knows_tenants = True
        assert await calls.supported()


async def test_needs_a_configuration_set(
    fresh_database: Database, with_tenants: Settings, ses: FakeIdentities, sending: UUID
):
    """SES takes a tenant's mail with a configuration set alone: without one nobody is enlisted."""
    await Enlisting(fresh_database, replace(with_tenants, ses_configuration_set=None)).round()
    assert ses.asked == []
    assert await ses_tenant(fresh_database, sending) is None


async def test_not_asked_for(
    fresh_database: Database, with_tenants: Settings, ses: FakeIdentities, sending: UUID
):
    """Without the setting nobody is enlisted."""
    del sending
    await Enlisting(fresh_database, replace(with_tenants, ses_tenants=False)).round()
    assert ses.asked == []


async def test_new_senders_are_covered(
    fresh_database: Database, with_tenants: Settings, ses: FakeIdentities, sending: UUID
):
    """What is verified later is associated before anything is sent from it."""
    await Enlisting(fresh_database, with_tenants).round()
    address = "new@example.org"
    ses.add(address)
    ses.verify(address)
    async with fresh_database.unit_of_work(sending) as session:
        assert (await SesSenders(with_tenants)(session, address)).verified
    assert f"{PLACE}:identity/{address}" in ses.tenants[name_of(sending)]
    bench = Bench(fresh_database, with_tenants)
    for _ in range(2):
        await cover(bench, sending, "example.net")
    assert f"{PLACE}:identity/example.net" in ses.tenants[name_of(sending)]
    ses.away = True
    with pytest.raises(SesAwayError):
        await cover(bench, sending, "example.net")
