"""Contacts over HTTP: create, upsert, get, change, erase, list."""

import asyncio
from uuid import UUID

import httpx

from tenantcrm import ids
from tests.web.api.conftest import faults, problem

BY_EMAIL = "/v1/contacts/by-email/"
BY_ID = "/v1/contacts/by-external-id/"


async def test_create(api: httpx.AsyncClient):
    """A new contact is 201 and has the form of the contract; a taken address is 409 with the id."""
    given = {
        "email": "Ada@Example.com",
        "name": "Ada Lovelace",
        "external_id": "u_42",
        "attributes": {"language": "en", "seats": 3, "vip": True, "since": "2026-01-31"},
        "timezone": "Europe/London",
    }
    answer = await api.post("/v1/contacts", json=given)
    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/contacts/{made['id']}"
    assert list(made) == [
        "id", "email", "name", "external_id", "attributes", "timezone", "status",
        "created_at", "updated_at",
    ]  # fmt: skip
    assert made["id"].startswith("con_")
    assert len(made["id"]) == 36
    assert made["status"] == "subscribed"
    assert made["created_at"].endswith("Z")
    assert {k: made[k] for k in given} == {**given, "email": "Ada@example.com"}
    taken = await api.post("/v1/contacts", json={"email": "ADA@EXAMPLE.COM"})
    assert problem(taken, 409, "contact_exists")["id"] == made["id"]
    got = await api.get(f"/v1/contacts/{made['id']}")
    assert got.json() == made


async def test_upsert_by_email(api: httpx.AsyncClient):
    """The first upsert is 201, the second 200; what is left out stays."""
    first = await api.put(BY_EMAIL + "ada@example.com", json={"name": "Ada"})
    again = await api.put(BY_EMAIL + "ADA%40example.com", json={"attributes": {"n": 2**60}})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    assert again.json()["name"] == "Ada"
    assert again.json()["attributes"] == {"n": 2**60}
    other = await api.put(BY_EMAIL + "ada@example.com", json={"email": "bob@example.com"})
    assert faults(other) == [("/email", "another_address")]
    same = await api.put(BY_EMAIL + "ada@example.com", json={"email": "ADA@example.com"})
    assert same.status_code == 200


async def test_odd_paths(api: httpx.AsyncClient):
    """Characters that mean something in a path are what the client meant."""
    for address in ("a/b@example.com", "a%b@example.com", "a+b@example.com", "a?b@example.com"):
        path = BY_EMAIL + address.replace("%", "%25").replace("/", "%2F").replace("?", "%3F")
        assert (await api.put(path, json={})).json()["email"] == address
    for external_id in ("org/42", "/x", "ü", "a b", "x/"):
        path = BY_ID + httpx.QueryParams({"": external_id}).__str__()[1:].replace("+", "%20")
        answer = await api.put(path, json={"email": f"{ids.new_id().hex}@example.com"})
        assert answer.json().get("external_id") == external_id, answer.text
    assert (await api.put(BY_EMAIL + "%ff@example.com", json={})).status_code in {404, 422}


async def test_upsert_by_external_id(api: httpx.AsyncClient):
    """An external id finds its contact under a new address; a taken address is 409 with the id."""
    first = (await api.put(BY_ID + "u_1", json={"email": "ada@example.com"})).json()
    moved = await api.put(BY_ID + "u_1", json={"email": "ada@example.org"})
    assert moved.status_code == 200
    assert (moved.json()["id"], moved.json()["email"]) == (first["id"], "ada@example.org")
    taken = await api.put(BY_ID + "u_2", json={"email": "ADA@example.org"})
    assert problem(taken, 409, "contact_exists")["id"] == first["id"]
    assert faults(await api.put(BY_ID + "u_3", json={})) == [("/email", "required")]
    other = await api.put(BY_ID + "u_1", json={"external_id": "u_9"})
    assert faults(other) == [("/external_id", "another_external_id")]


async def test_edit(api: httpx.AsyncClient):
    """PATCH changes what is given and clears by null; the activity tells the fields alone."""
    made = (
        await api.put(
            BY_EMAIL + "ada@example.com",
            json={"name": "Ada", "external_id": "u_1", "attributes": {"a": 1, "b": "x"}},
        )
    ).json()
    path = f"/v1/contacts/{made['id']}"
    changed = await api.patch(path, json={"name": None, "attributes": {"a": None, "c": 2}})
    assert changed.json()["name"] is None
    assert changed.json()["attributes"] == {"b": "x", "c": 2}
    assert changed.json()["updated_at"] > made["updated_at"]
    same = await api.patch(path, json={"attributes": {"c": 2}})
    assert same.json()["updated_at"] == changed.json()["updated_at"]
    feed = (await api.get(f"{path}/activity")).json()["data"]
    assert [entry["kind"] for entry in feed] == ["contact_updated", "contact_created"]
    assert feed[0]["detail"] == {"fields": ["name", "attributes.a", "attributes.c"]}
    assert feed[0]["actor"].startswith("key_")


async def test_edit_address(api: httpx.AsyncClient):
    """PATCH may change the address and the external id, but not to those of another contact."""
    ada = (await api.put(BY_ID + "u_1", json={"email": "ada@example.com"})).json()
    bob = (await api.put(BY_ID + "u_2", json={"email": "bob@example.com"})).json()
    for given in ({"email": "ADA@example.com"}, {"external_id": "u_1"}):
        answer = await api.patch(f"/v1/contacts/{bob['id']}", json=given)
        assert problem(answer, 409, "contact_exists")["id"] == ada["id"]
    moved = await api.patch(
        f"/v1/contacts/{bob['id']}", json={"email": "bob@example.org", "external_id": None}
    )
    assert moved.json()["email"] == "bob@example.org"
    assert moved.json()["external_id"] is None


async def test_erase(api: httpx.AsyncClient):
    """DELETE erases for good; only ?suppress=true keeps the address from being mailed again."""
    ada = (await api.put(BY_EMAIL + "ada@example.com", json={})).json()
    assert (await api.delete(f"/v1/contacts/{ada['id']}")).status_code == 204
    problem(await api.get(f"/v1/contacts/{ada['id']}"), 404, "not_found")
    problem(await api.delete(f"/v1/contacts/{ada['id']}"), 404, "not_found")
    assert (await api.put(BY_EMAIL + "ada@example.com", json={})).json()["status"] == "subscribed"
    answer = await api.delete(BY_EMAIL + "ADA@example.com", params={"suppress": "true"})
    assert (answer.status_code, answer.content) == (204, b"")
    again = await api.put(BY_EMAIL + "ada@example.com", json={})
    assert (again.status_code, again.json()["status"]) == (201, "unsubscribed")
    problem(await api.delete(BY_EMAIL + "nobody@example.com"), 404, "not_found")
    answer = await api.delete(BY_EMAIL + "ada@example.com", params={"suppress": "yes"})
    assert faults(answer) == [("/suppress", "invalid_choice")]


async def test_erased_unsubscriber_stays_so(api: httpx.AsyncClient):
    """Whoever had unsubscribed is still so after being erased and taken in anew."""
    ada = (await api.put(BY_EMAIL + "ada@example.com", json={})).json()
    await api.post(f"/v1/contacts/{ada['id']}/unsubscribe")
    await api.delete(f"/v1/contacts/{ada['id']}")
    assert (await api.put(BY_EMAIL + "ada@example.com", json={})).json()["status"] == "unsubscribed"


async def test_unsubscribe_and_resubscribe(api: httpx.AsyncClient):
    """Unsubscribing is idempotent and outlives upserts; only a consent brings a contact back."""
    ada = (await api.put(BY_EMAIL + "ada@example.com", json={})).json()
    path = f"/v1/contacts/{ada['id']}"
    for _ in range(2):
        answer = await api.post(f"{path}/unsubscribe")
        assert (answer.status_code, answer.json()["status"]) == (200, "unsubscribed")
    assert (await api.put(BY_EMAIL + "ada@example.com", json={})).json()["status"] == "unsubscribed"
    consent = {"source": "checkout", "at": "2026-01-31T09:30:00+01:00"}
    back = await api.post(f"{path}/resubscribe", json={"consent": consent})
    assert back.json()["status"] == "subscribed"
    feed = (await api.get(f"{path}/activity")).json()["data"]
    assert [entry["kind"] for entry in feed] == [
        "contact_resubscribed", "contact_unsubscribed", "contact_created",
    ]  # fmt: skip
    assert feed[0]["detail"]["consent"] == consent


async def test_resubscribe_needs_consent(api: httpx.AsyncClient):
    """Without a consent that was given, somewhere and in the past, nobody is brought back."""
    ada = (await api.put(BY_EMAIL + "ada@example.com", json={})).json()
    await api.post(f"/v1/contacts/{ada['id']}/unsubscribe")
    path = f"/v1/contacts/{ada['id']}/resubscribe"
    for body, expected in (
        ({}, [("/consent", "required")]),
        ({"consent": {}}, [("/consent/source", "required"), ("/consent/at", "required")]),
        ({"consent": {"source": " ", "at": "2026-01-01T00:00:00"}},
         [("/consent/source", "required"), ("/consent/at", "invalid_time")]),
        ({"consent": {"source": "x", "at": "2999-01-01T00:00:00Z"}},
         [("/consent/at", "in_the_future")]),
        ({"consent": {"source": "x", "at": "yesterday"}}, [("/consent/at", "invalid_value")]),
    ):  # fmt: skip
        assert faults(await api.post(path, json=body)) == expected
    got = await api.get(f"/v1/contacts/{ada['id']}")
    assert got.json()["status"] == "unsubscribed"


async def test_racing_creates(api: httpx.AsyncClient):
    """Of creations at the same instant exactly one is 201; the others are 409 with its id."""
    forms = ["ada@example.com", "ADA@example.com", "Ada@Example.com", "adA@EXAMPLE.com"] * 3
    answers = await asyncio.gather(*(api.post("/v1/contacts", json={"email": f}) for f in forms))
    made = [a for a in answers if a.status_code == 201]
    assert len(made) == 1
    for answer in answers:
        if answer not in made:
            assert problem(answer, 409, "contact_exists")["id"] == made[0].json()["id"]


async def test_racing_upserts(api: httpx.AsyncClient):
    """Of upserts at the same instant exactly one is 201, the others 200, and nothing is lost."""
    answers = await asyncio.gather(
        *(
            api.put(BY_EMAIL + "ada@example.com", json={"attributes": {f"a{n}": n}})
            for n in range(12)
        )
    )
    assert sorted(a.status_code for a in answers) == [200] * 11 + [201]
    final = (await api.get(f"/v1/contacts/{answers[0].json()['id']}")).json()
    assert final["attributes"] == {f"a{n}": n for n in range(12)}


async def test_list_in_pages(api: httpx.AsyncClient):
    """Pages follow one another without gap or double, filtered, to the end."""
    for n in range(7):
        language = "en" if n % 2 else "de"
        await api.put(f"{BY_EMAIL}p{n}@example.com", json={"attributes": {"language": language}})
    seen, sizes, after = [], [], {}
    while True:
        page = (await api.get("/v1/contacts", params={"limit": 3, **after})).json()
        seen += [c["email"] for c in page["data"]]
        sizes.append(len(page["data"]))
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert seen == [f"p{n}@example.com" for n in range(7)]
    assert sizes == [3, 3, 1]
    found = await api.get("/v1/contacts", params={"filter": "language=EN"})
    assert [c["email"] for c in found.json()["data"]] == [f"p{n}@example.com" for n in (1, 3, 5)]
    first = (await api.get("/v1/contacts", params={"limit": 1})).json()
    other = await api.get("/v1/contacts", params={"after": first["next"], "filter": "language=en"})
    assert faults(other) == [("/after", "bad_cursor")]


async def test_paging_while_others_write(api: httpx.AsyncClient):
    """Whoever was there at the start is seen once, while others come, change and go."""
    there = {f"p{n}@example.com" for n in range(30)}
    for address in sorted(there):
        await api.put(BY_EMAIL + address, json={})

    async def write() -> None:
        for n in range(40):
            await api.put(f"{BY_EMAIL}new{n}@example.com", json={})
            await api.put(f"{BY_EMAIL}p{n % 30}@example.com", json={"attributes": {"n": n}})

    async def read() -> list[str]:
        seen: list[str] = []
        after: dict[str, str] = {}
        while True:
            page = (await api.get("/v1/contacts", params={"limit": 4, **after})).json()
            seen += [c["email"] for c in page["data"]]
            if page["next"] is None:
                return seen
            after = {"after": page["next"]}

    _, seen = await asyncio.gather(write(), read())
    assert [address for address in sorted(seen) if address in there] == sorted(there)
    assert len(seen) == len(set(seen))


async def test_updated_after(api: httpx.AsyncClient):
    """Changes since a moment come in the order in which they were made."""
    for n in range(4):
        await api.put(f"{BY_EMAIL}p{n}@example.com", json={})
    last = (await api.get("/v1/contacts")).json()["data"][-1]["updated_at"]
    await api.put(f"{BY_EMAIL}p2@example.com", json={"name": "changed"})
    await api.put(f"{BY_EMAIL}p0@example.com", json={"name": "changed"})
    first = (await api.get("/v1/contacts", params={"updated_after": last, "limit": 1})).json()
    rest = await api.get(
        "/v1/contacts", params={"updated_after": last, "limit": 1, "after": first["next"]}
    )
    assert [c["email"] for c in first["data"]] == ["p2@example.com"]
    assert [c["email"] for c in rest.json()["data"]] == ["p0@example.com"]
    assert rest.json()["next"] is None


async def test_foreign_contacts(api: httpx.AsyncClient, rival_api: httpx.AsyncClient):
    """Another tenant's contact does not exist, on every path, and is left as it was."""
    ada = (await api.put(BY_ID + "u_1", json={"email": "ada@example.com", "name": "Ada"})).json()
    path = f"/v1/contacts/{ada['id']}"
    consent = {"consent": {"source": "x", "at": "2026-01-01T00:00:00Z"}}
    for attempt in (
        rival_api.get(path),
        rival_api.patch(path, json={"name": "Eve"}),
        rival_api.delete(path),
        rival_api.delete(BY_EMAIL + "ada@example.com"),
        rival_api.post(f"{path}/unsubscribe"),
        rival_api.post(f"{path}/resubscribe", json=consent),
        rival_api.get(f"{path}/activity"),
        rival_api.get(f"{path}/enrollments"),
    ):
        problem(await attempt, 404, "not_found")
    for put, email in ((BY_EMAIL, "ada@example.com"), (BY_ID, "eve@example.com")):
        key = email if put == BY_EMAIL else "u_1"
        made = await rival_api.put(put + key, json={"email": email, "name": "Eve"})
        assert (made.status_code, made.json()["id"] != ada["id"]) == (201, True)
    page = (await api.get("/v1/contacts", params={"limit": 1})).json()
    assert page["data"] == [ada]
    checked = await rival_api.post("/v1/filters/check", json={"filter": 'name = "Ada"'})
    assert checked.json() == {"eligible": 0, "excluded": {}, "sample": []}


async def test_check_filter(api: httpx.AsyncClient):
    """A filter is counted: who can be mailed, who cannot and why, and a few of them."""
    for n in range(8):
        await api.put(f"{BY_EMAIL}p{n}@example.com", json={"attributes": {"plan": "pro"}})
    other = (await api.put(BY_EMAIL + "free@example.com", json={})).json()
    gone = (await api.get("/v1/contacts")).json()["data"][0]
    await api.post(f"/v1/contacts/{gone['id']}/unsubscribe")
    found = (await api.post("/v1/filters/check", json={"filter": "plan=PRO"})).json()
    assert (found["eligible"], found["excluded"]) == (7, {"unsubscribed": 1})
    assert len(found["sample"]) == 5
    assert gone["id"] not in [c["id"] for c in found["sample"]]
    everyone = (await api.post("/v1/filters/check", json={"filter": ""})).json()
    assert (everyone["eligible"], everyone["excluded"]) == (8, {"unsubscribed": 1})
    assert everyone["sample"][0]["id"] == other["id"]


async def test_ids_are_uuid7(api: httpx.AsyncClient):
    """Ids are in the order of time."""
    made = [(await api.put(f"{BY_EMAIL}p{n}@example.com", json={})).json()["id"] for n in range(3)]
    assert made == sorted(made)
    assert {UUID(hex=m.removeprefix("con_")).version for m in made} == {7}
