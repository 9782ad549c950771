"""The contacts table that the tests of filters ask."""

from collections.abc import AsyncIterator

import pytest

from tenantcrm.database import Database
from tests.conftest import add_tenant
from tests.contacts.filters.people import FilterTable


@pytest.fixture(scope="module")
async def filter_connection(database: Database) -> AsyncIterator[FilterTable]:
    """The contacts table, as the role *app* sees it for a tenant of this module's own."""
    tenant_id = await add_tenant(database)
    async with database.unit_of_work(tenant_id) as session:
        yield FilterTable(session)
