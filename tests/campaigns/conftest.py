"""What tests of campaigns may ask for."""

from uuid import UUID

import pytest

from tenantcrm.database import Database
from tests.campaigns.world import World


@pytest.fixture
def world(database: Database, tenant_id: UUID) -> World:
    """This test's tenant, with nothing in it."""
    return World(database, tenant_id)
