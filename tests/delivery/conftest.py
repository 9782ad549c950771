"""What the tests of delivery share."""

from uuid import UUID

import pytest

from tenantcrm.database import Database
from tests.delivery.world import World


@pytest.fixture
def world(database: Database, tenant_id: UUID) -> World:
    """The data of this test's tenant."""
    return World(database, tenant_id)
