"""The unit of work and the tenant's binding."""

from uuid import UUID

import pytest
from sqlalchemy import text

from tenantcrm.contacts.models import Suppression
from tenantcrm.database import Database
from tests.conftest import add_tenant


async def count(database: Database, tenant: UUID) -> int:
    async with database.unit_of_work(tenant) as session:
        rows = await session.execute(text("SELECT count(*) FROM suppressions"))
        return int(rows.scalar_one())


def suppression(tenant: UUID) -> Suppression:
    return Suppression(tenant_id=tenant, mode="live", email_hash=b"x" * 32, reason="test")


async def test_commits_at_the_end(database: Database, tenant_id: UUID, other_tenant_id: UUID):
    """What a unit of work wrote is there for its tenant, and for no other."""
    async with database.unit_of_work(tenant_id) as session:
        session.add(suppression(tenant_id))
    assert await count(database, tenant_id) == 1
    assert await count(database, other_tenant_id) == 0


async def test_rolls_back_when_raised(database: Database, tenant_id: UUID):
    """An exception leaves nothing behind, and after-commit work is dropped."""
    rung = []
    with pytest.raises(ZeroDivisionError):
        async with database.unit_of_work(tenant_id) as session:
            session.add(suppression(tenant_id))
            await session.flush()
            session.after_commit(lambda: rung.append(1))
            raise ZeroDivisionError
    assert await count(database, tenant_id) == 0
    assert rung == []


async def test_a_tenant_is_a_uuid(database: Database):
    """Text is never formatted into the binding."""
    with pytest.raises(TypeError, match="UUID"):
        async with database.unit_of_work("x'; DROP TABLE contacts; --"):
            pass


async def test_control_reads_no_tenant_table(database: Database):
    """The control plane's role has no right on a tenant's tables."""
    with pytest.raises(Exception, match="permission denied"):
        async with database.control_unit_of_work() as session:
            await session.execute(text("SELECT 1 FROM contacts"))


async def test_safe_roles_pass(database: Database):
    """The roles that the migrations make are safe ones."""
    await database.check_roles()
    assert await add_tenant(database)
