"""Bad bodies: each gets an answer that says what and where, and leaves nothing behind."""

import httpx
import pytest
from litestar import Litestar

from tests.web.api.conftest import MakeKey, bearer, faults, problem

PATH = "/v1/contacts/by-email/ada@example.com"
JSON = {"Content-Type": "application/json"}


async def nothing_written(api: httpx.AsyncClient) -> bool:
    return (await api.get("/v1/contacts")).json()["data"] == []


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (b"", "malformed_json", "empty"),
        (b"{", "malformed_json", "line 1, column 2"),
        (b'{"name":\n "Ada",}', "malformed_json", "line 2"),
        (b'{"name": NaN}', "malformed_json", "NaN"),
        (b'{"name": "\xff"}', "not_utf8", "byte 10"),
        (b'{"name": "a", "name": "b"}', "duplicate_name", "'name'"),
        (b'{"attributes": {"a": 1, "a": 2}}', "duplicate_name", "'a'"),
        (b"[" * 100_000, "too_deep", "deep"),
        (b'{"attributes": {"a": ' + b"9" * 5000 + b"}}", "number_too_large", "long"),
        (b"{} {}", "malformed_json", "column 4"),
        ("{}".encode("utf-16"), "not_utf8", "UTF-8"),
    ],
)
async def test_malformed(api: httpx.AsyncClient, body: bytes, code: str, words: str):
    """What is no JSON object of ours is refused, with its place."""
    answer = await api.put(PATH, content=body, headers=JSON)
    assert faults(answer) == [("", code)]
    assert words in answer.json()["errors"][0]["message"]
    assert await nothing_written(api)


@pytest.mark.parametrize("body", ["[]", '"text"', "3", "null", "true"])
async def test_not_an_object(api: httpx.AsyncClient, body: str):
    """A body that is JSON and no object is refused."""
    answer = await api.put(PATH, content=body, headers=JSON)
    assert faults(answer) == [("", "invalid_type")]


async def test_unstorable_text(api: httpx.AsyncClient):
    """NUL and half of a surrogate pair are refused where they stand."""
    answer = await api.put(PATH, content=rb'{"name": "a\u0000b"}', headers=JSON)
    assert faults(answer) == [("/name", "invalid_text")]
    answer = await api.put(PATH, content=rb'{"attributes": {"a": "\ud800"}}', headers=JSON)
    assert faults(answer) == [("/attributes/a", "invalid_text")]
    answer = await api.put(PATH, content=rb'{"attributes": {"a": "\ud83d\ude00"}}', headers=JSON)
    assert answer.json()["attributes"] == {"a": "😀"}


async def test_a_client_that_goes_away(app: Litestar, make_key: MakeKey):
    """A body that breaks off is the client's fault, not one of ours, and changes nothing."""
    key = await make_key()
    heard = [
        {"type": "http.request", "body": b'{"email": "ada@', "more_body": True},
        {"type": "http.disconnect"},
    ]
    said: list[dict] = []

    async def receive() -> dict:
        return heard.pop(0) if heard else {"type": "http.disconnect"}

    async def send(message: dict) -> None:
        said.append(message)

    headers = {**JSON, **bearer(key), "Content-Length": "500"}
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http",
        "method": "POST", "path": "/v1/contacts", "raw_path": b"/v1/contacts",
        "query_string": b"", "root_path": "", "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 1),
        "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
    }  # fmt: skip
    await app(scope, receive, send)  # type: ignore[arg-type] # plain dicts are ASGI's messages
    assert said[0]["status"] == 400


@pytest.mark.parametrize(
    ("body", "fault"),
    [(b'{"force": true}', ("/force", "unknown_field")), (b"{", ("", "malformed_json"))],
)
async def test_a_call_without_a_body_takes_none(
    api: httpx.AsyncClient, body: bytes, fault: tuple[str, str]
):
    """What a call would pass over is refused; no body and an empty object are the same."""
    made = (await api.put(PATH, json={})).json()
    path = f"/v1/contacts/{made['id']}/unsubscribe"
    assert faults(await api.post(path, content=body, headers=JSON)) == [fault]
    assert (await api.put(PATH, json={})).json()["status"] == "subscribed"
    assert (await api.post(path)).status_code == 200
    assert (await api.post(path, json={})).status_code == 200


async def test_every_fault_of_types(api: httpx.AsyncClient):
    """Unknown fields, missing ones and wrong types are all named in one answer."""
    answer = await api.post(
        "/v1/contacts",
        json={"nmae": "Ada", "name": 3, "timezone": [], "a/b~c": 1, "attributes": []},
    )
    assert faults(answer) == [
        ("/nmae", "unknown_field"),
        ("/name", "invalid_type"),
        ("/timezone", "invalid_type"),
        ("/a~1b~0c", "unknown_field"),
        ("/attributes", "invalid_type"),
        ("/email", "required"),
    ]
    assert "a string" in answer.json()["errors"][1]["message"]
    answer = await api.post("/v1/filters/check", json={})
    assert faults(answer) == [("/filter", "required")]


async def test_every_fault_of_rules(api: httpx.AsyncClient):
    """What a contact may not hold is named at its place, all at once."""
    answer = await api.put(
        "/v1/contacts/by-email/nobody",
        json={
            "name": "x" * 201,
            "external_id": "",
            "timezone": "Mars/Olympus",
            "attributes": {
                "Bad Name": 1,
                "a" * 65: 1,
                "list": [1],
                "object": {"a": 1},
                "big": 1e30,
                "long": "x" * 1001,
                "day": "2026-02-30",
                "time": "2026-01-01T25:00:00Z",
            },
        },
    )
    assert faults(answer) == [
        ("/email", "invalid_email"),
        ("/name", "too_long"),
        ("/external_id", "required"),
        ("/timezone", "unknown_timezone"),
        ("/attributes/Bad Name", "invalid_attribute_name"),
        ("/attributes/" + "a" * 65, "invalid_attribute_name"),
        ("/attributes/list", "invalid_type"),
        ("/attributes/object", "invalid_type"),
        ("/attributes/big", "number_too_large"),
        ("/attributes/long", "too_long"),
        ("/attributes/day", "invalid_date"),
        ("/attributes/time", "invalid_date"),
    ]
    assert await nothing_written(api)


async def test_too_many_attributes(api: httpx.AsyncClient):
    """The hundred and first attribute is refused, given at once or merged."""
    answer = await api.put(PATH, json={"attributes": {f"a{n}": n for n in range(101)}})
    assert faults(answer) == [("/attributes", "too_many_attributes")]
    assert await nothing_written(api)
    await api.put(PATH, json={"attributes": {f"a{n}": n for n in range(100)}})
    answer = await api.put(PATH, json={"attributes": {"b": 1}})
    assert faults(answer) == [("/attributes", "too_many_attributes")]


@pytest.mark.parametrize(
    "address",
    ["", "a", "a@", "@b.example", "a@b@c.example", "a b@example.com", "ada@-example.com",
     "ada@exa_mple.com", "ada@example..com", ".ada@example.com", "ünï@example.com",
     "ada@example.com\n", "a" * 65 + "@example.com", "ada@" + "x" * 250 + ".com",
     "ada@[127.0.0.1]"],
)  # fmt: skip
async def test_invalid_addresses(api: httpx.AsyncClient, address: str):
    """An address that mail cannot be sent to is refused."""
    answer = await api.post("/v1/contacts", json={"email": address})
    if address == "ada@example.com\n":
        assert answer.json()["email"] == "ada@example.com"
    else:
        assert [pointer for pointer, _ in faults(answer)] == ["/email"]


async def test_international_domain(api: httpx.AsyncClient):
    """A domain beyond ASCII is accepted, and is the same contact in Punycode."""
    made = await api.put("/v1/contacts/by-email/ada@b%C3%BCcher.example", json={})
    again = await api.put("/v1/contacts/by-email/ada@xn--bcher-kva.example", json={})
    assert (made.status_code, again.status_code) == (201, 200)
    assert made.json()["email"] == "ada@bücher.example"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
async def test_other_types(api: httpx.AsyncClient, headers: dict[str, str]):
    """A body that does not say that it is JSON in UTF-8 is refused as such."""
    answer = await api.put(PATH, content=b'{"name": "Ada"}', headers=headers)
    problem(answer, 415, "not_json")
    assert await nothing_written(api)


async def test_json_with_charset(api: httpx.AsyncClient):
    """The charset that JSON always has may be said."""
    headers = {"Content-Type": 'Application/JSON; charset="UTF-8"'}
    assert (await api.put(PATH, content=b"{}", headers=headers)).status_code == 201


async def test_large_bodies(api: httpx.AsyncClient):
    """A body over a megabyte is refused, whether its length was told before or not."""
    body = b'{"name": "' + b"x" * 10_000_000 + b'"}'
    problem(await api.put(PATH, content=body, headers=JSON), 413, "body_too_large")

    async def pieces():
        for n in range(0, len(body), 65_536):
            yield body[n : n + 65_536]

    problem(await api.put(PATH, content=pieces(), headers=JSON), 413, "body_too_large")
    assert await nothing_written(api)
