"""The unit of work and the tenant's binding."""

import asyncio
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text

from tenantcrm.contacts.models import Suppression
from tenantcrm.database import Database
from tenantcrm.driver import UniqueError
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


async def test_a_direct_session_commits_and_rolls_back(
    database: Database, tenant_id: UUID, other_tenant_id: UUID
):
    """On the driver itself the same holds: its tenant's rows alone, all or nothing."""
    insert = "INSERT INTO suppressions VALUES ($1, 'live', $2, 'test', now())"
    rung = []

    async def ring() -> None:
        rung.append(1)

    async with database.direct_unit_of_work(tenant_id) as session:
        await session.fetch(insert, tenant_id, b"x")
        session.after_commit(ring)
    assert rung == [1]
    assert (await count(database, tenant_id), await count(database, other_tenant_id)) == (1, 0)
    with pytest.raises(ZeroDivisionError):
        async with database.direct_unit_of_work(tenant_id) as session:
            await session.fetch(insert, tenant_id, b"y")
            session.after_commit(ring)
            raise ZeroDivisionError
    with pytest.raises(UniqueError):
        async with database.direct_unit_of_work(tenant_id) as session:
            await session.fetch(insert, tenant_id, b"x")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with database.direct_unit_of_work(tenant_id) as session:
            await session.fetch(insert, other_tenant_id, b"z")
    assert rung == [1]
    assert await count(database, tenant_id) == 1


async def test_a_direct_session_goes_on_after_a_rollback(database: Database, tenant_id: UUID):
    """After a rollback the next transaction is bound to the same tenant."""
    async with database.direct_unit_of_work(tenant_id) as session:
        await session.rollback()
        rows = await session.fetch("SELECT current_setting('app.tenant_id') AS bound")
    assert rows[0]["bound"] == str(tenant_id)


async def test_a_binding_never_lingers(database: Database, tenant_id: UUID):
    """Whatever used the connection before, a transaction without a tenant is bound to none."""
    bound = text("SELECT current_setting('app.tenant_id', true)")
    async with database.unit_of_work(tenant_id) as session:
        await session.connection()  # Takes a connection and never speaks.
    async with database.control_unit_of_work() as session:
        assert (await session.execute(bound)).scalar_one() == ""
    async with database._app.connect() as connection:
        assert (await connection.execute(bound)).scalar_one() == ""
    async with database.unit_of_work(tenant_id) as session:
        assert (await session.execute(bound)).scalar_one() == str(tenant_id)
        await session.rollback()
        assert (await session.execute(bound)).scalar_one() == str(tenant_id)
        async with session.begin_nested():
            assert (await session.execute(bound)).scalar_one() == str(tenant_id)


async def test_closed_connections_are_replaced(fresh_database: Database):
    """When the server has cut every connection, the next unit of work does not notice."""
    tenant = await add_tenant(fresh_database)
    async with (
        fresh_database.unit_of_work(tenant) as one,
        fresh_database.unit_of_work(tenant) as two,
    ):
        for session in (one, two):
            await session.execute(text("SELECT 1"))
    cut = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user"
        " AND datname = current_database() AND pid <> pg_backend_pid()"
    )
    async with fresh_database.unit_of_work(tenant) as session:
        await session.execute(cut)
    await asyncio.sleep(0.1)
    async with (
        fresh_database.direct_unit_of_work(tenant) as one,
        fresh_database.unit_of_work(tenant) as two,
    ):
        assert await one.fetch("SELECT 1 AS n")
        assert await two.fetch("SELECT 1 AS n")
