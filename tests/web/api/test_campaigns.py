"""Campaigns over HTTP: create, read, replace, change, activate, pause, delete, list."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import update

from tenantcrm.database import Database
from tenantcrm.tenants.models import Tenant
from tests.campaigns.senders import UnverifiedSenders, VerifiedSenders
from tests.web.api.conftest import MakeKey, bearer, faults, problem

WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
MESSAGE = {"subject": "Welcome", "send_day": 0, "html_template": "<p>Hello</p>"}
CAMPAIGN = {
    "name": "Welcome mail English",
    "contact_filter": "language=en",
    "preferred_send_time": "10:00",
    "timezone": "Europe/London",
    "sender": {"name": "Vinr", "email": "hi@example.com"},
    "messages": [MESSAGE],
}
FIELDS = [
    "id", "key", "name", "contact_filter", "active", "state", "preferred_send_time", "timezone",
    "sender", "day_zero", "late_limit_hours", "late_action", "zone_mode", "skip_weekdays",
    "skip_dates", "anchor", "reentry_gap_days", "exit_unmatched", "track_opens", "track_clicks",
    "messages", "version",
    "activated_at", "next_send_at", "created_at", "updated_at",
]  # fmt: skip


def use_senders(app: Litestar, senders: Any) -> None:
    app.state.services = replace(app.state.services, senders=senders)


@pytest.fixture(autouse=True)
def _senders(app: Litestar) -> Iterator[None]:
    before = app.state.services.senders
    use_senders(app, VerifiedSenders())
    yield
    use_senders(app, before)


async def made(api: httpx.AsyncClient, **values: Any) -> dict:
    answer = await api.post("/v1/campaigns", json=CAMPAIGN | values)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_create(api: httpx.AsyncClient):
    """A campaign has the form of the contract, is told where it is, and reads back the same."""
    answer = await api.post("/v1/campaigns", json=CAMPAIGN)
    campaign = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/campaigns/{campaign['id']}"
    assert list(campaign) == FIELDS
    assert campaign["id"].startswith("cam_")
    assert (campaign["active"], campaign["state"]) == (False, "draft")
    message = campaign["messages"][0]
    assert message["id"].startswith("msg_")
    assert message["key"] == "welcome"
    assert message == {
        **MESSAGE, "id": message["id"], "key": "welcome", "preheader": "", "format": "html",
    }  # fmt: skip
    assert {k: campaign[k] for k in CAMPAIGN if k != "messages"} == {
        k: v for k, v in CAMPAIGN.items() if k != "messages"
    }
    assert (await api.get(answer.headers["location"])).json() == campaign


async def test_create_the_least(api: httpx.AsyncClient):
    """What may be left out takes its default: the tenant's zone and sender, no messages."""
    given = {k: CAMPAIGN[k] for k in ("name", "contact_filter", "preferred_send_time")}
    campaign = (await api.post("/v1/campaigns", json=given)).json()
    assert (campaign["timezone"], campaign["sender"]) == ("Europe/London", None)
    assert (campaign["day_zero"], campaign["late_limit_hours"]) == ("scheduled", 12)
    assert campaign["messages"] == []
    assert (campaign["track_opens"], campaign["track_clicks"]) == (False, False)


async def test_the_calendar_reads_back(api: httpx.AsyncClient):
    """Every field of the calendar is kept as it was given, by each way to write."""
    calendar = {
        "zone_mode": "contact", "skip_weekdays": ["saturday", "sunday"],
        "skip_dates": ["2026-12-25", "2028-02-29"], "late_action": "send",
        "anchor": "attribute:trial_ends_at", "reentry_gap_days": 30, "exit_unmatched": True,
        "key": "trial-ends",
    }  # fmt: skip
    early = MESSAGE | {"send_day": -3, "key": "three-days-left"}
    campaign = await made(api, **calendar, messages=[early, MESSAGE])
    assert {name: campaign[name] for name in calendar} == calendar
    assert [(m["key"], m["send_day"]) for m in campaign["messages"]] == [
        ("three-days-left", -3), ("welcome", 0),
    ]  # fmt: skip
    path = f"/v1/campaigns/{campaign['id']}"
    refused = await api.patch(path, json={"anchor": "enrollment"})
    assert faults(refused) == [("/messages/0/send_day", "out_of_range")]
    again = await api.post("/v1/campaigns", json=CAMPAIGN | {"key": "trial-ends"})
    assert faults(again) == [("/key", "duplicate_key")]
    moved = [early | {"send_day": -5}, MESSAGE]
    changed = (await api.patch(path, json={"messages": moved})).json()
    assert [m["id"] for m in changed["messages"]] == [m["id"] for m in campaign["messages"]]
    reset = (await api.put(path, json=CAMPAIGN)).json()
    assert (reset["zone_mode"], reset["skip_weekdays"], reset["anchor"]) == (
        "campaign", [], "enrollment",
    )  # fmt: skip
    assert reset["key"] == "trial-ends"


async def test_tracking_is_switched(api: httpx.AsyncClient):
    """Both switches can be set by each way to write; PUT without them is off; null is refused."""
    campaign = await made(api, track_opens=True)
    path = f"/v1/campaigns/{campaign['id']}"
    assert (campaign["track_opens"], campaign["track_clicks"]) == (True, False)
    changed = (await api.patch(path, json={"track_clicks": True, "version": 1})).json()
    assert (changed["track_opens"], changed["track_clicks"], changed["version"]) == (True, True, 2)
    assert (await api.get(path)).json() == changed
    late = await api.patch(path, json={"track_clicks": False, "version": 1})
    problem(late, 409, "edit_conflict")
    refused = await api.patch(path, json={"track_opens": None})
    assert faults(refused) == [("/track_opens", "invalid_type")]
    replaced = (await api.put(path, json=CAMPAIGN)).json()
    assert (replaced["track_opens"], replaced["track_clicks"]) == (False, False)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"name": ""}, [("/name", "required")]),
        ({"name": "x" * 201}, [("/name", "too_long")]),
        ({"name": 3}, [("/name", "invalid_type")]),
        ({"preferred_send_time": "25:00"}, [("/preferred_send_time", "invalid_time")]),
        ({"preferred_send_time": "10:00:00"}, [("/preferred_send_time", "invalid_time")]),
        ({"timezone": "Mars/Olympus"}, [("/timezone", "unknown_timezone")]),
        ({"contact_filter": "language="}, [("/contact_filter", "invalid_filter")]),
        ({"late_limit_hours": 9000}, [("/late_limit_hours", "out_of_range")]),
        ({"day_zero": "whenever"}, [("/day_zero", "invalid_choice")]),
        ({"zone_mode": "moon"}, [("/zone_mode", "invalid_choice")]),
        ({"late_action": "hope"}, [("/late_action", "invalid_choice")]),
        ({"skip_weekdays": ["caturday"]}, [("/skip_weekdays/0", "unknown_weekday")]),
        ({"skip_weekdays": WEEKDAYS}, [("/skip_weekdays", "no_day_left")]),
        ({"skip_dates": ["2027-02-29"]}, [("/skip_dates/0", "invalid_date")]),
        ({"skip_dates": ["tomorrow", "2028-02-29"]}, [("/skip_dates/0", "invalid_date")]),
        ({"anchor": "birthday"}, [("/anchor", "invalid_anchor")]),
        ({"anchor": "attribute:Bad Name"}, [("/anchor", "invalid_anchor")]),
        ({"reentry_gap_days": 0}, [("/reentry_gap_days", "out_of_range")]),
        ({"key": "Not A Key"}, [("/key", "invalid_key")]),
        (
            {"messages": [MESSAGE | {"send_day": 10_000}]},
            [("/messages/0/send_day", "out_of_range")],
        ),
        ({"messages": [MESSAGE | {"send_day": -1}]}, [("/messages/0/send_day", "out_of_range")]),
        (
            {"anchor": "attribute:ends_at", "day_zero": "immediately"},
            [("/day_zero", "not_with_anchor")],
        ),
        ({"sender": {"name": "V", "email": "x"}}, [("/sender/email", "invalid_email")]),
        ({"sender": {"email": "v@x.com"}}, [("/sender/name", "required")]),
        ({"send_time": "10:00"}, [("/send_time", "unknown_field")]),
        ({"messages": [{**MESSAGE, "day": 1}]}, [("/messages/0/day", "unknown_field")]),
        ({"messages": [{**MESSAGE, "send_day": "0"}]}, [("/messages/0/send_day", "invalid_type")]),
        ({"messages": [{**MESSAGE, "send_day": True}]}, [("/messages/0/send_day", "invalid_type")]),
        (
            {"messages": [{**MESSAGE, "send_day": 10_000}]},
            [("/messages/0/send_day", "out_of_range")],
        ),
        ({"messages": [MESSAGE, MESSAGE]}, [("/messages/1/send_day", "duplicate_send_day")]),
        ({"messages": [{**MESSAGE, "format": "pdf"}]}, [("/messages/0/format", "invalid_choice")]),
        (
            {"messages": [{**MESSAGE, "html_template": "{% for x in %}"}]},
            [("/messages/0/html_template", "template_syntax")],
        ),
        ({"active": "yes"}, [("/active", "invalid_type")]),
    ],
)
async def test_bad_input(api: httpx.AsyncClient, values: dict, found: list):
    """Whatever is wrong is named with its place, and nothing is made."""
    answer = await api.post("/v1/campaigns", json=CAMPAIGN | values)
    assert faults(answer) == found
    assert (await api.get("/v1/campaigns")).json()["data"] == []


async def test_every_fault_at_once(api: httpx.AsyncClient):
    """One answer names all that is missing and all that is wrong."""
    found = faults(await api.post("/v1/campaigns", json={"nmae": "x", "active": 1}))
    assert found == [
        ("/nmae", "unknown_field"),
        ("/active", "invalid_type"),
        ("/name", "required"),
        ("/contact_filter", "required"),
        ("/preferred_send_time", "required"),
    ]


async def test_bodies(api: httpx.AsyncClient):
    """A template of nearly a megabyte is taken; a body beyond all measure is 413."""
    large = {**MESSAGE, "html_template": "<p>" + "\u00e9" * 499_000 + "</p>"}
    campaign = await made(api, messages=[large])
    assert campaign["messages"][0]["html_template"] == large["html_template"]
    larger = {**MESSAGE, "html_template": "x" * 1_000_001}
    answer = await api.post("/v1/campaigns", json=CAMPAIGN | {"messages": [larger]})
    assert faults(answer) == [("/messages/0/html_template", "too_long")]
    largest = {**MESSAGE, "html_template": "x" * 10_000_000}
    answer = await api.post("/v1/campaigns", json=CAMPAIGN | {"messages": [largest]})
    problem(answer, 413, "body_too_large")


async def test_put_what_was_got(api: httpx.AsyncClient):
    """What GET gave can be changed and put back as it is; the messages keep their ids."""
    campaign = await made(api, messages=[MESSAGE, {**MESSAGE, "send_day": 3}])
    campaign["name"] = "Renamed"
    campaign["messages"][1]["send_day"] = 4
    answer = await api.put(f"/v1/campaigns/{campaign['id']}", json=campaign)
    assert answer.status_code == 200, answer.text
    put = answer.json()
    assert [m["id"] for m in put["messages"]] == [m["id"] for m in campaign["messages"]]
    assert (put["name"], put["messages"][1]["send_day"], put["version"]) == ("Renamed", 4, 2)
    again = await api.put(f"/v1/campaigns/{campaign['id']}", json=campaign)
    assert problem(again, 409, "edit_conflict")["version"] == 2


@pytest.mark.parametrize("version", [2**31, 2**63, 2**70, -(2**40), 0])
async def test_a_version_that_none_can_be(api: httpx.AsyncClient, version: int):
    """A number that no version has is an edit of another version than the one stored."""
    path = f"/v1/campaigns/{(await made(api))['id']}"
    for answer in (
        await api.patch(path, json={"name": "Other", "version": version}),
        await api.put(path, json=CAMPAIGN | {"version": version}),
        await api.post(f"{path}/versions/1/restore", json={"version": version}),
    ):
        assert problem(answer, 409, "edit_conflict")["diff"] == []


async def test_versions_are_listed_to_the_first(api: httpx.AsyncClient):
    """Page by page, each with what it changed; ``next`` is null where there are no more."""
    path = f"/v1/campaigns/{(await made(api))['id']}"
    for name in ("Two", "Three", "Four"):
        await api.patch(path, json={"name": name})
    rows, after = [], {}
    for _ in range(2):
        page = (await api.get(f"{path}/versions", params={"limit": 2, **after})).json()
        rows += page["data"]
        after = {"after": page["next"]}
    assert page["next"] is None
    assert [(row["version"], [c["new"] for c in row["changes"]]) for row in rows] == [
        (4, ["Four"]), (3, ["Three"]), (2, ["Two"]), (1, []),
    ]  # fmt: skip
    answer = await api.get(f"{path}/versions", params={"after": "2"})
    assert faults(answer) == [("/after", "bad_cursor")]


async def test_put_needs_the_messages(api: httpx.AsyncClient):
    """A whole campaign names its messages: leaving them out by mistake removes none."""
    campaign = await made(api)
    given = {k: v for k, v in CAMPAIGN.items() if k != "messages"}
    answer = await api.put(f"/v1/campaigns/{campaign['id']}", json=given)
    assert faults(answer) == [("/messages", "required")]


async def test_patch(api: httpx.AsyncClient):
    """What is given changes; the rest stays; null is the default sender."""
    campaign = await made(api)
    path = f"/v1/campaigns/{campaign['id']}"
    answer = await api.patch(path, json={"preferred_send_time": "09:30", "sender": None})
    assert answer.json() == campaign | {
        "preferred_send_time": "09:30",
        "sender": None,
        "version": 2,
        "updated_at": answer.json()["updated_at"],
    }
    assert faults(await api.patch(path, json={"name": None})) == [("/name", "invalid_type")]
    assert (await api.patch(path, json={})).json() == answer.json()


async def test_foreign_message_ids(api: httpx.AsyncClient):
    """A message of another campaign cannot be taken over by its id."""
    first, second = await made(api), await made(api)
    stolen = {**MESSAGE, "id": first["messages"][0]["id"]}
    answer = await api.patch(f"/v1/campaigns/{second['id']}", json={"messages": [stolen]})
    assert faults(answer) == [("/messages/0/id", "unknown_message")]


async def test_keys_of_messages_change_places(api: httpx.AsyncClient):
    """Messages swap keys, or take over the key of one that is renamed; a key that another keeps is
    refused."""
    rows = [{**MESSAGE, "key": key, "send_day": day} for day, key in enumerate("xy")]
    campaign = await made(api, messages=rows)
    path = f"/v1/campaigns/{campaign['id']}"
    first, second = campaign["messages"]
    swapped = [first | {"key": "y"}, second | {"key": "x"}]
    answer = await api.patch(path, json={"messages": swapped})
    assert [(m["id"], m["key"]) for m in answer.json()["messages"]] == [
        (first["id"], "y"), (second["id"], "x"),
    ]  # fmt: skip
    keeps = {name: value for name, value in second.items() if name != "key"}
    for call in (api.patch, api.post):
        tail = "" if call == api.patch else "/impact"
        answer = await call(path + tail, json={"messages": [first | {"key": "x"}, keeps]})
        assert faults(answer) == [("/messages/0/key", "duplicate_key")]
    taken = [second | {"key": "z"}, {**MESSAGE, "key": "x", "send_day": 4}]
    answer = await api.patch(path, json={"messages": taken})
    assert [m["key"] for m in answer.json()["messages"]] == ["z", "x"]
    assert answer.json()["messages"][0]["id"] == second["id"]


async def test_activate_and_pause(api: httpx.AsyncClient):
    """Both are safe to repeat; ``active`` in a body does the same; a draft cannot be paused."""
    campaign = await made(api)
    path = f"/v1/campaigns/{campaign['id']}"
    problem(await api.post(f"{path}/pause"), 409, "not_active")
    for _ in range(2):
        answer = await api.post(f"{path}/activate")
        assert (answer.status_code, answer.json()["active"]) == (200, True)
        assert answer.json()["activated_at"] is not None
    for _ in range(2):
        answer = await api.post(f"{path}/pause")
        assert (answer.status_code, answer.json()["state"]) == (200, "paused")
    assert (await api.patch(path, json={"active": True})).json()["state"] == "active"
    assert (await api.patch(path, json={"active": False})).json()["state"] == "paused"
    assert (await made(api, active=True))["active"]


async def test_activation_names_all_that_is_missing(
    api: httpx.AsyncClient, app: Litestar, database: Database, tenant_id: UUID
):
    """422 names the missing messages, the unverified sender and the missing postal address."""
    async with database.control_unit_of_work() as control:
        await control.execute(
            update(Tenant).where(Tenant.id == tenant_id).values(postal_address="")
        )
    use_senders(app, UnverifiedSenders())
    campaign = await made(api, messages=[])
    answer = await api.post(f"/v1/campaigns/{campaign['id']}/activate")
    missing = [
        ("/messages", "no_messages"),
        ("/tenant/postal_address", "postal_address_missing"),
        ("/sender", "sender_unverified"),
    ]
    assert faults(answer) == missing
    answer = await api.post("/v1/campaigns", json=CAMPAIGN | {"messages": [], "active": True})
    assert faults(answer) == missing
    assert len((await api.get("/v1/campaigns")).json()["data"]) == 1


async def test_delete(api: httpx.AsyncClient):
    """A deleted campaign is not found any more, by whichever call."""
    campaign = await made(api, active=True)
    path = f"/v1/campaigns/{campaign['id']}"
    answer = await api.delete(path)
    assert (answer.status_code, answer.content) == (204, b"")
    problem(await api.delete(path), 404, "not_found")
    problem(await api.get(path), 404, "not_found")


async def test_list(api: httpx.AsyncClient):
    """Newest first, page by page, by state; templates are left out."""
    campaigns = [await made(api, name=f"Number {n}", active=n == 2) for n in range(5)]
    first = (await api.get("/v1/campaigns?limit=3")).json()
    second = (await api.get(f"/v1/campaigns?limit=3&after={first['next']}")).json()
    listed = first["data"] + second["data"]
    assert [c["id"] for c in listed] == [c["id"] for c in campaigns[::-1]]
    assert second["next"] is None
    assert list(listed[0]["messages"][0]) == [
        "id",
        "key",
        "subject",
        "preheader",
        "send_day",
        "format",
    ]
    active = (await api.get("/v1/campaigns?state=active")).json()["data"]
    assert [c["id"] for c in active] == [campaigns[2]["id"]]
    assert faults(await api.get("/v1/campaigns?state=archived")) == [("/state", "invalid_choice")]
    assert faults(await api.get("/v1/campaigns?after=x")) == [("/after", "bad_cursor")]


async def test_idempotency(api: httpx.AsyncClient):
    """A repeated create with the same key makes one campaign and replays the first answer."""
    headers = {"Idempotency-Key": "campaign-1"}
    first = await api.post("/v1/campaigns", json=CAMPAIGN, headers=headers)
    again = await api.post("/v1/campaigns", json=CAMPAIGN, headers=headers)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == first.json()
    assert len((await api.get("/v1/campaigns")).json()["data"]) == 1


async def test_two_edits_at_once(api: httpx.AsyncClient):
    """Of two edits of one version, made at the same instant, one is saved and one is a conflict."""
    campaign = await made(api)
    path = f"/v1/campaigns/{campaign['id']}"
    answers = await asyncio.gather(
        *(api.patch(path, json={"name": name, "version": 1}) for name in ("One", "Two"))
    )
    assert sorted(a.status_code for a in answers) == [200, 409]
    saved = next(a.json() for a in answers if a.status_code == 200)
    assert (await api.get(path)).json() == saved


@pytest.mark.parametrize("key", [{}, {"key": "welcome"}])
async def test_many_are_made_at_once(api: httpx.AsyncClient, key: dict[str, str]):
    """Campaigns of one name get keys of their own; of those that ask for one key one gets it."""
    answers = await asyncio.gather(
        *(api.post("/v1/campaigns", json=CAMPAIGN | key) for _ in range(4))
    )
    if key:
        assert sorted(a.status_code for a in answers) == [201, 422, 422, 422]
        refused = [a for a in answers if a.status_code == 422]
        assert [faults(a) for a in refused] == [[("/key", "duplicate_key")]] * 3
    else:
        assert len({a.json()["key"] for a in answers}) == 4


async def test_scopes(http: httpx.AsyncClient, make_key: MakeKey, api: httpx.AsyncClient):
    """Reading needs campaigns:read and writing campaigns:write; the missing one is named."""
    path = f"/v1/campaigns/{(await made(api))['id']}"
    reader, writer = (
        bearer(await make_key("campaigns:read")),
        bearer(await make_key("campaigns:write")),
    )
    for method, call in (("POST", "/activate"), ("POST", "/pause"), ("DELETE", ""), ("PATCH", "")):
        refused = await http.request(method, path + call, headers=reader)
        assert problem(refused, 403, "missing_scope")["scope"] == "campaigns:write"
    for call in ("", "/contacts", "/activities", "/deliveries"):
        assert (await http.get(path + call, headers=reader)).status_code == 200
        refused = await http.get(path + call, headers=writer)
        assert problem(refused, 403, "missing_scope")["scope"] == "campaigns:read"


async def test_a_test_key_mails_nobody(api: httpx.AsyncClient, test_api: httpx.AsyncClient):
    """A test key writes campaigns, and neither activates nor sends."""
    campaign = await made(test_api)
    path = f"/v1/campaigns/{campaign['id']}"
    message = campaign["messages"][0]["id"]
    for answer in (
        await test_api.post(f"{path}/activate"),
        await test_api.patch(path, json={"active": True}),
        await test_api.put(path, json=CAMPAIGN | {"active": True}),
        await test_api.post("/v1/campaigns", json=CAMPAIGN | {"active": True}),
        await test_api.post(f"{path}/test-send", json={"to": "a@x.com", "message_id": message}),
    ):
        problem(answer, 403, "test_key")
    assert (await api.get(path)).json()["state"] == "draft"
    await api.post(f"{path}/activate")
    assert (await test_api.post(f"{path}/pause")).json()["state"] == "paused"


async def test_the_wrong_tenant(api: httpx.AsyncClient, rival_api: httpx.AsyncClient):
    """To another tenant a campaign does not exist: each call is 404 and changes nothing."""
    campaign = await made(api)
    path = f"/v1/campaigns/{campaign['id']}"
    message = campaign["messages"][0]["id"]
    attacks: list[tuple[str, str, Any]] = [
        ("GET", "", None),
        ("PUT", "", CAMPAIGN),
        ("PATCH", "", {"name": "Mine"}),
        ("DELETE", "", None),
        ("POST", "/activate", None),
        ("POST", "/pause", None),
        ("POST", "/preview", {"message_id": message}),
        ("POST", "/test-send", {"to": "a@x.com", "message_id": message}),
        ("GET", "/contacts", None),
        ("GET", "/activities", None),
        ("GET", "/deliveries", None),
    ]
    for method, call, body in attacks:
        answer = await rival_api.request(method, path + call, json=body)
        problem(answer, 404, "not_found")
    own = await made(rival_api)
    stolen = {**MESSAGE, "id": message}
    answer = await rival_api.patch(f"/v1/campaigns/{own['id']}", json={"messages": [stolen]})
    assert faults(answer) == [("/messages/0/id", "unknown_message")]
    assert len((await rival_api.get("/v1/campaigns")).json()["data"]) == 1
    assert (await api.get(path)).json() == campaign


@pytest.mark.parametrize("bad", ["cam_x", "con_" + "0" * 32, "cam_" + "0" * 32, "%00", "x" * 500])
async def test_ids_that_are_none(api: httpx.AsyncClient, bad: str):
    """What is no id of a campaign does not exist."""
    problem(await api.get(f"/v1/campaigns/{bad}"), 404, "not_found")
    problem(await api.post(f"/v1/campaigns/{bad}/activate"), 404, "not_found")
