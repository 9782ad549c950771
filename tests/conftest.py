"""What every test may ask for. Services are real, and one set of them serves one test worker."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import asyncpg
import hypothesis
import pytest

from tenantcrm import ids, schema
from tenantcrm.database import Database
from tenantcrm.settings import Settings, load
from tenantcrm.tenants.models import Tenant
from tests.fixtures import services

# A busy machine is slow, which is no fault of what is tested.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

SECRET = "tests-only-secret-of-forty-characters-long"


def settings_for(port: int, database: str, redis_url: str, **more: str) -> Settings:
    """The settings of a process that uses the database ``database`` of the test cluster."""
    place = f"127.0.0.1:{port}/{database}"
    environment = {
        "TENANTCRM_DATABASE_URL": f"postgresql://tenantcrm_app:app@{place}",
        "TENANTCRM_CONTROL_DATABASE_URL": f"postgresql://tenantcrm_control:control@{place}",
        "TENANTCRM_OWNER_DATABASE_URL": f"postgresql://tenantcrm_owner:owner@{place}",
        "TENANTCRM_REDIS_URL": redis_url,
        "TENANTCRM_SECRET_KEYS": SECRET,
        "TENANTCRM_PUBLIC_URL": "http://127.0.0.1:8000",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    return load(environment | {f"TENANTCRM_{name.upper()}": value for name, value in more.items()})


@pytest.fixture(scope="session")
def postgres_port() -> Iterator[int]:
    """The port of this worker's PostgreSQL cluster, with the owner role and a template."""
    with services.postgres() as port:
        asyncio.run(prepare(port))
        yield port


async def prepare(port: int) -> None:
    super_user = await asyncpg.connect(f"postgresql://super@127.0.0.1:{port}/postgres")
    await super_user.execute("CREATE ROLE tenantcrm_owner LOGIN CREATEROLE PASSWORD 'owner'")
    await super_user.execute("CREATE DATABASE template OWNER tenantcrm_owner")
    await schema.migrate(settings_for(port, "template", "redis://unused"), lambda _line: None)
    await super_user.close()


async def create_database(port: int) -> str:
    """A database of its own, copied from the migrated template; gives its name."""
    name = f"t{secrets.token_hex(6)}"
    super_user = await asyncpg.connect(f"postgresql://super@127.0.0.1:{port}/postgres")
    await super_user.execute(f"CREATE DATABASE {name} TEMPLATE template OWNER tenantcrm_owner")
    await super_user.close()
    return name


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The URL of this worker's Valkey."""
    with services.valkey() as url:
        yield url


@pytest.fixture(scope="session")
async def settings(postgres_port: int, redis_url: str) -> Settings:
    """The settings of the database that this worker's tests share; each makes its own tenants."""
    return settings_for(postgres_port, await create_database(postgres_port), redis_url)


@pytest.fixture(scope="session")
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The shared database of this worker."""
    database = Database(settings)
    yield database
    await database.close()


@pytest.fixture
async def fresh_settings(postgres_port: int, redis_url: str) -> Settings:
    """The settings of a database that this test has to itself."""
    return settings_for(postgres_port, await create_database(postgres_port), redis_url)


@pytest.fixture
async def fresh_database(fresh_settings: Settings) -> AsyncIterator[Database]:
    """A database that this test has to itself."""
    database = Database(fresh_settings)
    yield database
    await database.close()


async def add_tenant(database: Database, name: str = "Vinr") -> UUID:
    """A tenant that may send: with a postal address and a default sender; gives its id."""
    tenant = Tenant(
        id=ids.new_id(),
        name=name,
        timezone="Europe/London",
        postal_address="1 Main Street, London",
        sender_name=name,
        sender_email="hi@example.com",
        salt=secrets.token_bytes(16),
    )
    async with database.control_unit_of_work() as session:
        session.add(tenant)
    return tenant.id


@pytest.fixture
async def tenant_id(database: Database) -> UUID:
    """A tenant of this test's own."""
    return await add_tenant(database)


@pytest.fixture
async def other_tenant_id(database: Database) -> UUID:
    """Another tenant, whose data this test's tenant must never reach."""
    return await add_tenant(database, "Rival")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many browser tests ran: a run without a browser must not look like one with it."""
    ran = {
        outcome: sum("browser" in report.keywords for report in terminalreporter.stats.get(key, []))
        for outcome, key in (("passed", "passed"), ("failed", "failed"), ("skipped", "skipped"))
    }
    words = ", ".join(f"{count} {outcome}" for outcome, count in ran.items())
    terminalreporter.write_sep("=", f"browser tests: {words}")
