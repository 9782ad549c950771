"""Imports over the API."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from tenantcrm.campaigns.service.keep_out import KeepOut
from tenantcrm.contacts.imports.importer import Importer
from tenantcrm.database import Database
from tenantcrm.signing import Keyring
from tests.conftest import SECRET
from tests.web.api.conftest import MakeKey, bearer, faults, problem

PATH = "/v1/contact-imports"
CSV = {"Content-Type": "text/csv"}
NDJSON = {"Content-Type": "application/x-ndjson"}
Finish = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def finish(database: Database, tenant_id: UUID) -> AsyncIterator[Finish]:
    """What an import has come to, once a worker has been at it."""
    importer = Importer(database, Keyring((SECRET,)), KeepOut)

    async def finish(api: httpx.AsyncClient, answer: httpx.Response) -> dict[str, Any]:
        assert answer.status_code == 202, answer.text
        while True:
            found = (await api.get(answer.headers["Location"])).json()
            if found["state"] not in {"importing", "checking"}:
                return found
            await importer.sweep()
            await importer.idle()

    yield finish
    await importer.stop(5)


async def test_a_csv_comes_in(api: httpx.AsyncClient, finish: Finish):
    """A file with odd headers becomes contacts; what is wrong is told by row, with its cells."""
    data = "E-Mail Address;Vorname;Nachname;Kundennummer;Plan\n"
    data += "ada@example.com;Ada;Lovelace;u_1;pro\nnobody;=1+1;;;\nada@example.com;;;;\n"
    data += "grace@example.com;Grace;Hopper;u_1;pro\n;;;;\n"
    made = await api.post(PATH, content="\ufeff" + data, headers=CSV)
    assert made.json()["state"] == "importing"
    found = await finish(api, made)
    assert found["state"] == "finished"
    assert [c["to"] for c in found["columns"]] == [
        "email", "first_name", "last_name", "external_id", "attribute:plan",
    ]  # fmt: skip
    assert (found["rows"], found["created"], found["invalid"], found["progress"]) == (4, 1, 3, 1)
    errors = await api.get(f"{PATH}/{found['id']}/errors")
    assert errors.headers["content-type"].startswith("text/csv")
    lines = errors.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "row,error,E-Mail Address,Vorname,Nachname,Kundennummer,Plan"
    assert [line.split(",")[0] for line in lines[1:]] == ["3", "4", "5"]
    assert "'=1+1" in lines[1]
    (ada,) = (await api.get("/v1/contacts")).json()["data"]
    assert ada["name"] == "Ada Lovelace"
    assert ada["attributes"] == {"first_name": "Ada", "last_name": "Lovelace", "plan": "pro"}
    assert (await api.delete(f"/v1/contacts/{ada['id']}")).status_code == 204
    assert await refused(api, found) == ["3", "5"]
    assert (await api.get(f"{PATH}/{found['id']}")).json()["invalid"] == 3


async def refused(api: httpx.AsyncClient, found: dict[str, Any]) -> list[str]:
    """The numbers of the rows that can still be looked at."""
    errors = (await api.get(f"{PATH}/{found['id']}/errors")).content.decode("utf-8-sig")
    return [line.partition(",")[0] for line in errors.splitlines()[1:]]


async def test_ndjson_comes_in(api: httpx.AsyncClient, finish: Finish):
    """A contact a line, as the upsert takes it: null clears, and unknown fields are refused."""
    lines = b'{"email": "ada@example.com", "name": "Ada", "attributes": {"seats": 3, "x": "y"}}\n'
    await finish(api, await api.post(PATH, content=lines, headers=NDJSON))
    lines = b'{"email": "ada@example.com", "name": null, "attributes": {"x": null}}\n\n'
    lines += b'{"email": "a@example.com", "nmae": "A"}\n{"email"\n[1]\n'
    lines += b'{"x": "to@example.com", "email": "ADA@Example.com"}\n{email: <ada@example.com>}\n'
    found = await finish(api, await api.post(PATH, content=lines, headers=NDJSON))
    assert (found["updated"], found["invalid"]) == (1, 5)
    errors = (await api.get(f"{PATH}/{found['id']}/errors")).text
    assert '"{""email"": ""a@example.com"", ""nmae"": ""A""}"' in errors
    (ada,) = (await api.get("/v1/contacts")).json()["data"]
    assert (ada["name"], ada["attributes"]) == (None, {"seats": 3})
    assert await refused(api, found) == ["3", "4", "5", "6", "7"]
    assert (await api.delete("/v1/contacts/by-email/ada@example.com")).status_code == 204
    assert await refused(api, found) == ["3", "4", "5"]


async def test_a_dry_run_writes_nothing(api: httpx.AsyncClient, finish: Finish):
    """A dry run counts what the import then does."""
    await api.put("/v1/contacts/by-email/ada@example.com", json={"name": "Ada"})
    data = b"email,name\nada@example.com,Ada\ngrace@example.com,Grace\nnobody,N\n"
    asked = {"dry_run": "true", "file_name": "list.csv"}
    said = await finish(api, await api.post(PATH, content=data, headers=CSV, params=asked))
    assert (said["state"], said["dry_run"], said["file_name"]) == ("finished", True, "list.csv")
    assert len((await api.get("/v1/contacts")).json()["data"]) == 1
    done = await finish(api, await api.post(PATH, content=data, headers=CSV))
    names = ("rows", "created", "updated", "unchanged", "invalid", "not_mailable")
    assert [said[n] for n in names] == [done[n] for n in names] == [3, 1, 0, 1, 1, 0]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"PK\x03\x04rest of a workbook", "Excel"),
        (b"\x00\x01\x02binary\xff", "binary"),
        (b"email\nada@example.com\x07\n", "control characters"),
        (b"email," + b",".join(b"c%d" % n for n in range(500)) + b"\n", "501 columns"),
        ("email\nдина@example.com\n".encode("koi8-r") + b"\x81", "UTF-8"),
    ],
)
async def test_what_is_no_list_is_refused(api: httpx.AsyncClient, data: bytes, words: str):
    """A file that is none is refused at once, in words, and leaves no import behind."""
    body = problem(await api.post(PATH, content=data, headers=CSV), 422, "unreadable_file")
    assert words in body["detail"]


async def test_a_file_without_addresses_is_refused(api: httpx.AsyncClient):
    """Columns of which none holds addresses make no contacts."""
    answer = await api.post(PATH, content=b"name,plan\nAda,pro\n", headers=CSV)
    assert faults(answer) == [("/columns", "required")]


async def test_a_wrong_type_or_question_is_refused(api: httpx.AsyncClient):
    """The type says what it is; parameters that are unknown or no booleans are named."""
    answer = await api.post(PATH, json={"email": "ada@example.com"})
    problem(answer, 415, "not_csv")
    for asked, fault in (({"dry_run": "yes"}, "/dry_run"), ({"mapping": "x"}, "/mapping")):
        answer = await api.post(PATH, content=b"email\n", headers=CSV, params=asked)
        assert faults(answer)[0][0] == fault


async def test_too_large_a_file_is_refused_before_it_comes(api: httpx.AsyncClient):
    """The announced length is enough; the answer names the limit."""
    headers = {**CSV, "Content-Length": "250000001"}
    body = problem(await api.post(PATH, content=b"email\n", headers=headers), 413, "body_too_large")
    assert "250 MB" in body["detail"]


async def test_the_same_key_imports_once(api: httpx.AsyncClient, finish: Finish):
    """An Idempotency-Key gives the first import again, and refuses another file."""
    headers = {**CSV, "Idempotency-Key": "once"}
    data = b"email\nada@example.com\n"
    first = await api.post(PATH, content=data, headers=headers)
    again = await api.post(PATH, content=data, headers=headers)
    assert again.json()["id"] == first.json()["id"]
    assert again.headers["Idempotent-Replayed"] == "true"
    other = await api.post(PATH, content=data + b"b@example.com\n", headers=headers)
    problem(other, 422, "idempotency_key_reused")
    await finish(api, first)
    assert len((await api.get("/v1/contacts")).json()["data"]) == 1


async def test_scopes_modes_and_tenants(
    api: httpx.AsyncClient,
    test_api: httpx.AsyncClient,
    rival_api: httpx.AsyncClient,
    http: httpx.AsyncClient,
    make_key: MakeKey,
    finish: Finish,
):
    """Writing needs its scope; an import of the other mode, or another tenant's, is not there."""
    reader = bearer(await make_key("contacts:read"))
    answer = await http.post(PATH, content=b"email\n", headers={**CSV, **reader})
    problem(answer, 403, "missing_scope")
    made = await api.post(PATH, content=b"email\nada@example.com\n", headers=CSV)
    address = made.headers["Location"]
    for stranger in (test_api, rival_api):
        for tail in ("", "/errors"):
            problem(await stranger.get(address + tail), 404, "not_found")
        problem(await stranger.post(f"{address}/cancel"), 404, "not_found")
    await finish(api, made)
    tested = await test_api.post(PATH, content=b"email\ntest@example.com\n", headers=CSV)
    await finish(test_api, tested)
    assert [c["email"] for c in (await test_api.get("/v1/contacts")).json()["data"]] == [
        "test@example.com"
    ]


async def test_cancelled(api: httpx.AsyncClient, finish: Finish):
    """A cancelled import writes nothing more, and stays cancelled."""
    made = await api.post(PATH, content=b"email\nada@example.com\n", headers=CSV)
    for _ in range(2):
        answer = await api.post(f"{made.headers['Location']}/cancel")
        assert answer.json()["state"] == "cancelled"
    assert (await finish(api, made))["state"] == "cancelled"
    assert (await api.get("/v1/contacts")).json()["data"] == []


async def test_an_upload_that_is_cut_leaves_nothing(
    api: httpx.AsyncClient, database: Database, tenant_id: UUID
):
    """A client that goes away in the middle has made no import, and no piece of its file stays."""

    async def half() -> AsyncIterator[bytes]:
        yield b"email\n" + b"ada@example.com\n" * 100_000
        raise ConnectionResetError

    assert not (await api.post(PATH, content=half(), headers=CSV)).is_success
    async with database.unit_of_work(tenant_id) as session:
        for table in ("contact_imports", "import_chunks", "import_jobs"):
            rows = f"SELECT count(*) AS n FROM {table} WHERE tenant_id = $1"
            assert (await session.fetch(rows, tenant_id))[0]["n"] == 0
