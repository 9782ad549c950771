"""What the doctor says of senders."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from tenantcrm import clock
from tenantcrm.database import Database
from tenantcrm.delivery.identities.examining import examine_senders
from tenantcrm.delivery.models import DomainCheck, SendingDomain
from tenantcrm.settings import Settings
from tests.conftest import add_tenant
from tests.fixtures.fake_identities import FakeIdentities


@pytest.fixture
async def ses() -> AsyncIterator[FakeIdentities]:
    async with FakeIdentities().serving() as ses:
        yield ses


@pytest.fixture
def given(fresh_settings: Settings, ses: FakeIdentities) -> Settings:
    return replace(fresh_settings, ses_endpoint_url=ses.url, system_sender="T <no@mail.op.com>")


async def examined(settings: Settings, database: Database) -> tuple[list[str], list[str]]:
    """What is well, and what is not."""
    well: list[str] = []
    return well, await examine_senders(settings, database, well.append)


async def test_own_sender(given: Settings, fresh_database: Database, ses: FakeIdentities):
    """Our own sender has to be verified, by itself or from above; its MAIL FROM has to work."""
    _, ill = await examined(given, fresh_database)
    assert ill == ["SES has not verified the sender of TENANTCRM_SYSTEM_SENDER (no@mail.op.com)"]
    ses.add("op.com")
    ses.verify("op.com")
    well, ill = await examined(given, fresh_database)
    assert ill == []
    assert "bounces go to amazonses.com" in well[0]
    ses.identities["op.com"]["MailFromAttributes"] = {
        "MailFromDomain": "bounce.op.com",
        "MailFromDomainStatus": "FAILED",
    }
    _, ill = await examined(given, fresh_database)
    assert "bounce.op.com" in ill[0]


async def test_tenants_of_ses(given: Settings, fresh_database: Database, ses: FakeIdentities):
    """Where SES's tenants are asked for and it has none, that is a fault with its consequence."""
    ses.add("op.com")
    ses.verify("op.com")
    given = replace(given, ses_tenants=True)
    _, ill = await examined(given, fresh_database)
    assert "TENANTCRM_SES_CONFIGURATION_SET" in ill[0]
    given = replace(given, ses_configuration_set="tenantcrm")
    well, ill = await examined(given, fresh_database)
    assert ill == []
    assert any("has tenants" in line for line in well)
    ses.knows_tenants = False
    _, ill = await examined(given, fresh_database)
    assert "mail goes out without" in ill[0]


async def test_domains(given: Settings, fresh_database: Database, ses: FakeIdentities):
    """Failed domains are named with whose they are, and those that nobody looks at are counted."""
    ses.add("op.com")
    ses.verify("op.com")
    tenant = await add_tenant(fresh_database)
    for name, state, late in (("good.com", "verified", 0), ("bad.com", "failed", 2)):
        async with fresh_database.unit_of_work(tenant) as session:
            session.add(SendingDomain(tenant_id=tenant, name=name, state=state, proof="p"))
            await session.flush()
            when = clock.real_now() - timedelta(hours=late)
            session.add(DomainCheck(tenant_id=tenant, name=name, check_at=when))
    well, ill = await examined(given, fresh_database)
    assert "sending domains: 1 failed, 1 verified" in well
    assert ill[0] == f"the sending domain bad.com of ten_{tenant.hex} has failed"
    assert ill[1].startswith("1 of the sending domains should")
