"""Many upserts in one call."""

import asyncio

import httpx

from tests.web.api.conftest import faults

PATH = "/v1/contacts/batch"


async def send(api: httpx.AsyncClient, *contacts: object) -> list[dict]:
    answer = await api.post(PATH, json={"contacts": list(contacts)})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def listed(api: httpx.AsyncClient) -> dict[str, dict]:
    return {c["email"]: c for c in (await api.get("/v1/contacts")).json()["data"]}


async def test_a_result_for_each_in_order(api: httpx.AsyncClient):
    """Made, merged, unchanged and refused beside each other; what is wrong with one hurts none."""
    first = await send(api, {"email": "ada@example.com", "external_id": "u_1"})
    assert (first[0]["status"], first[0]["result"]) == (201, "created")
    found = await send(
        api,
        {"email": "ADA@example.com", "name": "Ada", "attributes": {"seats": 3}},
        {"email": "grace@example.com", "timezone": "Europe/Berlin"},
        {"email": "nobody"},
        {"email": "a@example.com", "external_id": "u_1"},
        {"email": "b@example.com", "seats": 3},
        {"external_id": "u_1", "attributes": {"plan": "pro"}},
        {"external_id": "u_9", "name": "Nobody"},
        "ada@example.com",
        {"email": "grace@example.com"},
    )
    assert [(one["status"], one["result"]) for one in found] == [
        (200, "updated"), (201, "created"), (422, "refused"), (409, "refused"), (422, "refused"),
        (200, "updated"), (422, "refused"), (422, "refused"), (200, "unchanged"),
    ]  # fmt: skip
    assert found[0]["id"] == found[5]["id"] == first[0]["id"]
    assert found[8]["id"] == found[1]["id"]
    assert [e["pointer"] for e in found[4]["errors"]] == ["/seats"]
    assert found[3]["errors"][0]["code"] == "contact_exists"
    assert first[0]["id"] in found[3]["errors"][0]["message"]
    rows = await listed(api)
    assert set(rows) == {"ada@example.com", "grace@example.com"}
    assert rows["ada@example.com"]["attributes"] == {"seats": 3, "plan": "pro"}


async def test_null_clears_and_nobody_is_resubscribed(api: httpx.AsyncClient):
    """As with single upserts."""
    (made,) = await send(
        api, {"email": "ada@example.com", "name": "Ada", "attributes": {"a": 1, "b": "X"}}
    )
    await api.post(f"/v1/contacts/{made['id']}/unsubscribe")
    await send(api, {"email": "ada@example.com", "name": None, "attributes": {"a": None}})
    ada = (await listed(api))["ada@example.com"]
    assert (ada["name"], ada["attributes"], ada["status"]) == (None, {"b": "X"}, "unsubscribed")
    assert (await api.get("/v1/contacts", params={"filter": "b = x"})).json()["data"] == [ada]


async def test_limits(api: httpx.AsyncClient):
    """A thousand are taken, one more is not; a contact keeps to its hundred attributes."""
    many = [{"email": f"p{n}@example.com"} for n in range(1001)]
    answer = await api.post(PATH, json={"contacts": many})
    assert faults(answer) == [("/contacts", "too_many")]
    assert len(await send(api, *many[1:])) == 1000
    assert faults(await api.post(PATH, json=[])) == [("", "invalid_type")]
    full = {f"a{n}": n for n in range(100)}
    found = await send(
        api,
        {"email": "p1@example.com", "attributes": full},
        {"email": "p1@example.com", "attributes": {"more": 1}},
    )
    assert [one["result"] for one in found] == ["updated", "refused"]
    assert found[1]["errors"][0]["code"] == "too_many_attributes"


async def test_the_same_people_at_the_same_time(api: httpx.AsyncClient):
    """Batches that cross each other lose nothing: each is done, or asks to be sent again."""
    people = [{"email": f"p{n}@example.com"} for n in range(200)]

    async def write(name: str, order: list[dict]) -> None:
        body = {"contacts": [{**p, "attributes": {name: 1}} for p in order]}
        while (answer := await api.post(PATH, json=body)).status_code == 409:
            assert answer.json()["code"] == "busy"
        assert answer.status_code == 200, answer.text

    await asyncio.gather(write("a", people), write("b", people[::-1]), write("c", people))
    rows = (await listed(api)).values()
    assert all(row["attributes"] == {"a": 1, "b": 1, "c": 1} for row in rows)
