"""Clients of the API: keys of a tenant, and HTTP."""

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from tenantcrm.database import Database
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.scopes import SCOPES
from tenantcrm.tenants.service import keys

MakeKey = Callable[..., Awaitable[str]]


@pytest.fixture
def make_key(database: Database, tenant_id: UUID) -> MakeKey:
    """Make a key of this test's tenant, live and with every scope unless said otherwise."""

    async def make(
        *scopes: str, mode: Mode = Mode.LIVE, tenant: UUID = tenant_id, name: str = "backend"
    ) -> str:
        async with database.unit_of_work(tenant) as session:
            made = await keys.create(session, name=name, mode=mode, scopes=list(scopes or SCOPES))
        return made.key

    return make


@pytest.fixture
async def http(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """HTTP to the application, without a key."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield client


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture
async def api(app: Litestar, make_key: MakeKey) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a live key that may do everything."""
    async for client in client_of(app, await make_key()):
        yield client


@pytest.fixture
async def test_api(app: Litestar, make_key: MakeKey) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the same tenant with a test key."""
    async for client in client_of(app, await make_key(mode=Mode.TEST)):
        yield client


@pytest.fixture
async def rival_api(
    app: Litestar, make_key: MakeKey, other_tenant_id: UUID
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of another tenant."""
    async for client in client_of(app, await make_key(tenant=other_tenant_id)):
        yield client


async def client_of(app: Litestar, key: str) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1:8000", headers=bearer(key)
    ) as client:
        yield client


def problem(answer: httpx.Response, status: int, code: str) -> dict:
    """The members of a refusal, whose form every refusal has."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["code"] == code, body
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body["title"]
    assert body["detail"]
    assert body["type"]
    return body


def faults(answer: httpx.Response) -> list[tuple[str, str]]:
    """Pointer and code of each fault of a 422."""
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert all(set(e) == {"pointer", "code", "message"} for e in answer.json()["errors"])
    return [(e["pointer"], e["code"]) for e in answer.json()["errors"]]
