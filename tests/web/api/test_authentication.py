"""Who may call: keys, scopes, modes, suspension."""

import asyncio
from uuid import UUID

import httpx
import pytest

from tenantcrm import ids
from tenantcrm.database import Database
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.service import keys, operators
from tests.web.api.conftest import MakeKey, bearer, problem


async def test_no_key(http: httpx.AsyncClient):
    """Without a key, with a wrong scheme, with nonsense: 401, and the scheme that is expected."""
    for headers in (
        {},
        {"Authorization": "Basic dXNlcjpwYXNz"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Bearer tcrm_live_" + "x" * 52},
    ):
        answer = await http.get("/v1/me", headers=headers)
        problem(answer, 401, "invalid_key")
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_me(api: httpx.AsyncClient, tenant_id: UUID):
    """A key learns whose it is, what it may, and its limits."""
    body = (await api.get("/v1/me")).json()
    assert body["tenant"]["id"] == ids.show_id(ids.TENANT, tenant_id)
    assert body["mode"] == "live"
    assert "contacts:write" in body["scopes"]
    assert body["limits"]["page_size"] == 200
    assert body["key"]["id"].startswith("key_")


async def test_scheme_in_any_case(http: httpx.AsyncClient, make_key: MakeKey):
    """The scheme's name has no case (RFC 9110, 11.1)."""
    key = await make_key()
    answer = await http.get("/v1/me", headers={"Authorization": f"bearer {key}"})
    assert answer.status_code == 200


async def test_scopes(http: httpx.AsyncClient, make_key: MakeKey):
    """A key that lacks a scope is told which, and does nothing."""
    reader = bearer(await make_key("contacts:read"))
    answer = await http.put("/v1/contacts/by-email/ada@example.com", json={}, headers=reader)
    assert problem(answer, 403, "missing_scope")["scope"] == "contacts:write"
    assert (await http.get("/v1/contacts", headers=reader)).json()["data"] == []
    other = bearer(await make_key("campaigns:read"))
    answer = await http.get("/v1/contacts", headers=other)
    assert problem(answer, 403, "missing_scope")["scope"] == "contacts:read"
    answer = await http.post("/v1/filters/check", json={"filter": ""}, headers=other)
    assert problem(answer, 403, "missing_scope")["scope"] == "contacts:read"


async def test_revoked_key(
    http: httpx.AsyncClient, make_key: MakeKey, database: Database, tenant_id: UUID
):
    """A revoked key stops, at the latest when the notice has come; others go on."""
    key, other = await make_key(), await make_key(name="other")
    assert (await http.get("/v1/me", headers=bearer(key))).status_code == 200
    async with database.unit_of_work(tenant_id) as session:
        listed = await keys.listed(session)
        await keys.revoke(session, next(k.id for k in listed if k.name == "backend"))
    answer = await until_status(http, key, 401)
    problem(answer, 401, "invalid_key")
    assert (await http.get("/v1/me", headers=bearer(other))).status_code == 200


async def test_suspended_tenant(
    http: httpx.AsyncClient, make_key: MakeKey, database: Database, tenant_id: UUID
):
    """The keys of a suspended tenant are refused with the reason, until it is resumed."""
    key = await make_key()
    assert (await http.get("/v1/me", headers=bearer(key))).status_code == 200
    async with database.control_unit_of_work() as session:
        await operators.suspend(session, tenant_id, reason="Complaints", operator_id=None)
    answer = await until_status(http, key, 403)
    assert problem(answer, 403, "tenant_suspended")["reason"] == "Complaints"
    answer = await http.put("/v1/contacts/by-email/a@example.com", json={}, headers=bearer(key))
    problem(answer, 403, "tenant_suspended")
    async with database.control_unit_of_work() as session:
        await operators.resume(session, tenant_id, operator_id=None)
    assert (await until_status(http, key, 200)).status_code == 200


async def until_status(http: httpx.AsyncClient, key: str, status: int) -> httpx.Response:
    """The answer once PostgreSQL's notice of the change has reached the application."""
    for _ in range(200):
        answer = await http.get("/v1/me", headers=bearer(key))
        if answer.status_code == status:
            return answer
        await asyncio.sleep(0.02)
    pytest.fail(f"still {answer.status_code}")


async def test_modes_never_meet(api: httpx.AsyncClient, test_api: httpx.AsyncClient):
    """A test key sees and touches test contacts alone, a live key live ones alone."""
    live = (await api.put("/v1/contacts/by-email/ada@example.com", json={})).json()
    assert (await test_api.get("/v1/me")).json()["mode"] == Mode.TEST
    assert (await test_api.get("/v1/contacts")).json()["data"] == []
    for call in (
        test_api.get(f"/v1/contacts/{live['id']}"),
        test_api.patch(f"/v1/contacts/{live['id']}", json={"name": "Eve"}),
    ):
        problem(await call, 404, "not_found")
    made = await test_api.put("/v1/contacts/by-email/ada@example.com", json={"name": "Test"})
    assert made.status_code == 201
    assert made.json()["id"] != live["id"]
    assert [c["id"] for c in (await api.get("/v1/contacts")).json()["data"]] == [live["id"]]
    checked = await test_api.post("/v1/filters/check", json={"filter": ""})
    assert [c["name"] for c in checked.json()["sample"]] == ["Test"]
