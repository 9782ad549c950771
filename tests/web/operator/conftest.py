"""What the tests of the operator console share."""

import secrets
from collections.abc import AsyncIterator

import pytest
from litestar import Litestar

from tenantcrm.database import Database
from tenantcrm.tenants.service import operators
from tests.fixtures.web import PASSWORD, Visitor, visiting
from tests.web.dashboard.conftest import went_to


@pytest.fixture
async def operator(app: Litestar, database: Database) -> AsyncIterator[Visitor]:
    """An operator, signed in."""
    email = f"{secrets.token_hex(6)}@operators.example"
    async with database.control_unit_of_work() as control:
        made = await operators.create(control, email=email, email_key=email)
        await operators.set_password(control, made, PASSWORD)
    async with visiting(app) as visitor:
        answer = await visitor.post("/operator/sign-in", email=email, password=PASSWORD)
        assert went_to(answer) == "/operator"
        yield visitor


@pytest.fixture
async def tenant(owner: Visitor, tenant_of) -> str:
    """The address of the owner's tenant in the console."""
    return f"/operator/tenants/{(await tenant_of(owner)).hex}"
