"""The whole web application, started, and people at it."""

import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from uuid import UUID

import pytest
from litestar import Litestar

from tenantcrm.app import create_app
from tenantcrm.database import Database
from tenantcrm.settings import Settings
from tenantcrm.tenants.service import people
from tests.fixtures.web import Visitor, serving, visiting
from tests.sandbox.ses.running import Running, running


@pytest.fixture(scope="session")
def ses() -> Iterator[Running]:
    """A simulator of SES: activating a campaign asks whether its sender is verified."""
    with pytest.MonkeyPatch.context() as environment, running() as simulator:
        environment.setenv("AWS_ACCESS_KEY_ID", "test")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
        yield simulator


@pytest.fixture(scope="session")
async def app(settings: Settings, database: Database, ses: Running) -> AsyncIterator[Litestar]:
    """The application on this worker's shared database."""
    del database  # Its fixture has migrated.
    app = create_app(replace(settings, ses_endpoint_url=ses.url))
    async with serving(app):
        yield app


@pytest.fixture
async def visitor(app: Litestar) -> AsyncIterator[Visitor]:
    """Somebody who is not signed in."""
    async with visiting(app) as visitor:
        yield visitor


@pytest.fixture
async def owner(app: Litestar) -> AsyncIterator[Visitor]:
    """The owner of a tenant of their own, signed in."""
    async with visiting(app) as visitor:
        answer = await visitor.sign_up(f"{secrets.token_hex(6)}@example.com")
        assert answer.status_code == 303, answer.text
        yield visitor


@pytest.fixture
async def rival(app: Litestar) -> AsyncIterator[Visitor]:
    """The owner of another tenant, signed in."""
    async with visiting(app) as visitor:
        answer = await visitor.sign_up(f"{secrets.token_hex(6)}@example.com", "Rival")
        assert answer.status_code == 303, answer.text
        yield visitor


@pytest.fixture
async def tenant_of(database: Database) -> Callable[[Visitor], Awaitable[UUID]]:
    """Gives the tenant of an owner who is signed in, by the address on their account's page."""

    async def tenant_of(visitor: Visitor) -> UUID:
        email = re.search(
            r"[0-9a-f]{12}@example\.com", (await visitor.get("/settings/account")).text
        )
        assert email
        async with database.control_unit_of_work() as control:
            who = await people.find(control, email.group())
        assert who
        return who.tenant_id

    return tenant_of
