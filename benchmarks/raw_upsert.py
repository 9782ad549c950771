"""The baseline of ``benchmarks.upsert``: one handler, raw asyncpg, same statement, same binding."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import msgspec
from litestar import Litestar, Response, put
from litestar.params import FromPath

from tenantcrm import clock, ids
from tenantcrm.contacts.repository.upsert import UPSERT, Key

STATEMENT = UPSERT[Key.EMAIL]


@asynccontextmanager
async def _pool(app: Litestar) -> AsyncIterator[None]:
    url = os.environ["TENANTCRM_DATABASE_URL"]
    app.state.pool = await asyncpg.create_pool(url, min_size=10, max_size=20)
    yield
    await app.state.pool.close()


@put("/v1/contacts/by-email/{email:str}")
async def upsert(email: FromPath[str], request: Any) -> Response[bytes]:
    """No key, no limits, no checks."""
    body = msgspec.json.decode(await request.body())
    attributes = msgspec.json.encode(body["attributes"]).decode()
    given = {
        "tenant_id": os.environ["BENCH_TENANT"], "id": ids.new_id(), "mode": "live",
        "email": email, "email_key": email, "email_hash": email.encode(), "name": body["name"],
        "external_id": None, "timezone": None, "attributes": attributes, "folded": attributes,
        "now": clock.now(), "removed": [], "has_name": True, "has_external_id": False,
        "has_timezone": False, "most": 100,
    }  # fmt: skip
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        await connection.execute(f"SET LOCAL app.tenant_id = '{given['tenant_id']}'")
        row = await connection.fetchrow(STATEMENT.sql, *(given[name] for name in STATEMENT.names))
    if row is None:
        return Response(b"{}", status_code=200, media_type="application/json")
    found = dict(row) | {"attributes": msgspec.json.decode(row["attributes"]), "email_hash": None}
    return Response(msgspec.json.encode(found), status_code=200, media_type="application/json")


def create_app() -> Litestar:
    """The application."""
    return Litestar([upsert], lifespan=[_pool], openapi_config=None, logging_config=None)
