"""Faults that are ours: told as such, without their inside."""

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import httpx
import pytest
from litestar import Litestar, Router, get
from sqlalchemy import text

from tenantcrm.database import Database
from tenantcrm.web.api.problems import EXCEPTION_HANDLERS
from tenantcrm.web.request_ids import RequestIds, add_request_id
from tests.web.api.conftest import problem


@get("/broken")
async def broken() -> None:
    raise RuntimeError("secret inside")


@get("/away")
async def away() -> None:
    raise ConnectionRefusedError("10.0.0.1")


@get("/busy")
async def busy() -> None:
    raise asyncpg.DeadlockDetectedError("secret inside")


@get("/cut")
async def cut() -> None:
    raise asyncpg.InternalClientError("secret inside")


@pytest.fixture
async def faulty() -> AsyncIterator[httpx.AsyncClient]:
    """The API's way with faults, and handlers that have them."""
    router = Router(
        "/v1", route_handlers=[broken, away, busy, cut], exception_handlers=EXCEPTION_HANDLERS
    )
    app = Litestar(
        [router],
        middleware=[RequestIds],
        before_send=[add_request_id],
        openapi_config=None,
        logging_config=None,
    )
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        yield client


async def test_unexpected(faulty: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]):
    """A fault of ours is 500 with the request's id; its words are in no answer and no log."""
    answer = await faulty.get("/v1/broken")
    problem(answer, 500, "internal_error")
    told = capsys.readouterr()
    assert "secret" not in answer.text + told.out + told.err
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("path", ["/v1/away", "/v1/busy", "/v1/cut"])
async def test_passing_faults(faulty: httpx.AsyncClient, path: str):
    """A database that is away, or has undone a collision, is 503: try again."""
    answer = await faulty.get(path)
    problem(answer, 503, "unavailable")
    assert answer.headers["retry-after"] == "1"
    assert "secret" not in answer.text


async def test_a_cut_connection(api: httpx.AsyncClient, database: Database, tenant_id: UUID):
    """When the database cuts its connections, at most a call says so; the next one works."""
    await api.put("/v1/contacts/by-email/ada@example.com", json={})
    async with database.unit_of_work(tenant_id) as session:
        cut = text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user"
            " AND datname = current_database() AND pid <> pg_backend_pid()"
        )
        await session.execute(cut)
    statuses = [
        (await api.put(f"/v1/contacts/by-email/p{n}@example.com", json={})).status_code
        for n in range(6)
    ]
    assert set(statuses) <= {201, 503}
    assert statuses[-1] == 201
