"""``Idempotency-Key``: one request, one effect, one answer."""

import asyncio
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from tenantcrm import clock, ids
from tenantcrm.database import Database
from tenantcrm.delivery.service import erase
from tests.web.api.conftest import faults, problem

PATH = "/v1/contacts"
ADA = {"email": "ada@example.com"}


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


async def test_replays(api: httpx.AsyncClient):
    """The same request again gets the first answer, marked, although the world has moved on."""
    first = await api.post(PATH, json=ADA, headers=keyed("k-1"))
    assert "idempotent-replayed" not in first.headers
    await api.patch(f"{PATH}/{first.json()['id']}", json={"name": "Ada"})
    again = await api.post(PATH, json=ADA, headers=keyed("k-1"))
    assert again.headers["idempotent-replayed"] == "true"
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert again.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", PATH, b'{"email": "bob@example.com"}'),
        ("POST", PATH, b'{"email":"ada@example.com"}'),
        ("PUT", f"{PATH}/by-email/ada@example.com", b'{"email": "ada@example.com"}'),
        ("POST", f"{PATH}?x=1", b'{"email": "ada@example.com"}'),
    ],
)
async def test_another_request(api: httpx.AsyncClient, method: str, path: str, body: bytes):
    """The key with another body, method or path is refused, and nothing is done."""
    headers = {"Content-Type": "application/json", **keyed("k-1")}
    first = await api.post(PATH, content=b'{"email": "ada@example.com"}', headers=headers)
    assert first.status_code == 201
    answer = await api.request(method, path, content=body, headers=headers)
    problem(answer, 422, "idempotency_key_reused")
    assert [c["email"] for c in (await api.get(PATH)).json()["data"]] == ["ada@example.com"]


async def test_every_write(api: httpx.AsyncClient, database: Database, tenant_id: UUID):
    """PUT, PATCH and DELETE replay too: the second DELETE is not a 404. What shows somebody who is
    erased is shown to nobody again, and makes nobody anew."""
    put = await api.put(f"{PATH}/by-email/ada@example.com", json={}, headers=keyed("put"))
    again = await api.put(f"{PATH}/by-email/ada@example.com", json={}, headers=keyed("put"))
    assert (put.status_code, again.status_code) == (201, 201)
    path = f"{PATH}/{put.json()['id']}"
    for n in range(2):
        patched = await api.patch(path, json={"name": "Ada"}, headers=keyed("patch"))
        assert ("idempotent-replayed" in patched.headers) is bool(n)
    for n in range(2):
        answer = await api.post(f"{path}/unsubscribe", headers=keyed("out"))
        assert (answer.status_code, "idempotent-replayed" in answer.headers) == (200, bool(n))
    for n in range(2):
        gone = await api.delete(path, headers=keyed("delete"))
        assert (gone.status_code, gone.content) == (204, b"")
        assert ("idempotent-replayed" in gone.headers) is bool(n)
    late = await api.put(f"{PATH}/by-email/ada@example.com", json={}, headers=keyed("put"))
    problem(late, 404, "not_found")
    assert late.headers["idempotent-replayed"] == "true"
    assert (await api.get(PATH)).json()["data"] == []
    async with database.unit_of_work(tenant_id) as session:
        kept = await session.execute(text("SELECT body, contact_id FROM idempotent_responses"))
    assert {tuple(row) for row in kept} == {(b"", None)}


async def test_what_only_reads_goes_with_anybody(
    api: httpx.AsyncClient, database: Database, tenant_id: UUID
):
    """An answer that shows whom it found is given again until somebody is erased; it is not kept
    where that was done while it was made."""
    made = await api.post(PATH, json=ADA)

    async def ask(key: str = "f") -> httpx.Response:
        body = {"filter": 'email = "ada@example.com"'}
        return await api.post("/v1/filters/check", json=body, headers=keyed(key))

    first, again = await ask(), await ask()
    assert (first.json()["eligible"], again.content) == (1, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    problem(
        await api.post("/v1/filters/check", json={"filter": "a=1"}, headers=keyed("f")),
        422,
        "idempotency_key_reused",
    )
    await api.delete(f"{PATH}/{made.json()['id']}")
    late = await ask()
    assert "idempotent-replayed" not in late.headers
    assert (late.json()["eligible"], late.json()["sample"]) == (0, [])

    made = await api.post(PATH, json=ADA)
    async with database.unit_of_work(tenant_id) as session:
        ada = ids.read_id(ids.CONTACT, made.json()["id"])
        await erase(session, ada, suppress=False, actor="system")
        asked = asyncio.create_task(ask("g"))
        waits = text("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        while not asked.done() and not (await session.execute(waits)).scalar_one():
            await asyncio.sleep(0.01)
    assert (await asked).json()["eligible"] == 1
    assert (await ask("g")).json()["sample"] == []


async def test_at_the_same_instant(api: httpx.AsyncClient):
    """Of the same request at the same instant one works, the others replay it or wait."""
    answers = await asyncio.gather(
        *(api.post(PATH, json=ADA, headers=keyed("k-1")) for _ in range(10))
    )
    made = {a.json()["id"] for a in answers if a.status_code == 201}
    assert len(made) == 1
    assert sum("idempotent-replayed" not in a.headers for a in answers if a.status_code == 201) == 1
    for answer in answers:
        if answer.status_code != 201:
            problem(answer, 409, "idempotency_in_progress")
            assert answer.headers["retry-after"] == "1"


async def test_in_progress(api: httpx.AsyncClient, database: Database, tenant_id: UUID):
    """While the first request is under way, a second one is told so at once."""
    from tenantcrm.tenants.repository import answers
    from tenantcrm.web.api.idempotency import number_of

    async with database.unit_of_work(tenant_id) as session:
        assert await answers.lock(session, number_of(tenant_id, "live", "k-1"))
        answer = await api.post(PATH, json=ADA, headers=keyed("k-1"))
        problem(answer, 409, "idempotency_in_progress")
    assert (await api.post(PATH, json=ADA, headers=keyed("k-1"))).status_code == 201


async def test_a_refusal_is_not_kept(api: httpx.AsyncClient):
    """What was refused has done nothing: corrected, it may come with the same key."""
    refused = await api.post(PATH, json={"email": "nobody"}, headers=keyed("k-1"))
    assert faults(refused) == [("/email", "invalid_email")]
    made = await api.post(PATH, json=ADA, headers=keyed("k-1"))
    assert (made.status_code, "idempotent-replayed" in made.headers) == (201, False)


async def test_keys_are_their_callers_own(
    api: httpx.AsyncClient, test_api: httpx.AsyncClient, rival_api: httpx.AsyncClient
):
    """The same key of another tenant, or of the other mode, is another key."""
    answers = [await c.post(PATH, json=ADA, headers=keyed("k")) for c in (api, test_api, rival_api)]
    assert [a.status_code for a in answers] == [201, 201, 201]
    assert len({a.json()["id"] for a in answers}) == 3


async def test_kept_for_a_day(api: httpx.AsyncClient, database: Database, tenant_id: UUID):
    """After 24 hours a key is free again, and what was kept goes."""
    for n in range(3):
        await api.post(PATH, json={"email": f"p{n}@example.com"}, headers=keyed(f"k-{n}"))
    async with database.unit_of_work(tenant_id) as session:
        await session.execute(
            text("UPDATE idempotent_responses SET created_at = :at WHERE tenant_id = :tenant"),
            {"at": clock.real_now() - timedelta(hours=24, seconds=1), "tenant": tenant_id},
        )
    again = await api.post(PATH, json={"email": "p0@example.com"}, headers=keyed("k-0"))
    problem(again, 409, "contact_exists")
    await api.post(PATH, json=ADA, headers=keyed("k-0"))
    async with database.unit_of_work(tenant_id) as session:
        rows = await session.execute(
            text("SELECT key FROM idempotent_responses WHERE tenant_id = :tenant"),
            {"tenant": tenant_id},
        )
        assert rows.scalars().all() == ["k-0"]


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "ü"])
async def test_malformed_keys(api: httpx.AsyncClient, key: str):
    """A key is 1 to 255 printable ASCII characters."""
    answer = await api.post(PATH, json=ADA, headers=[("Idempotency-Key", key.encode())])
    assert faults(answer) == [("", "invalid_idempotency_key")]


async def test_longest_key(api: httpx.AsyncClient):
    """The longest and oddest key that is allowed works."""
    key = '"' + "~! " * 84 + 'x"'
    for expected in (201, 201):
        assert (await api.post(PATH, json=ADA, headers=keyed(key))).status_code == expected


async def test_reads_pay_no_heed(api: httpx.AsyncClient):
    """A key on a read changes nothing about it."""
    await api.get(PATH, headers=keyed("k-1"))
    assert (await api.post(PATH, json=ADA, headers=keyed("k-1"))).status_code == 201
