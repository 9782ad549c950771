"""Paths, methods, request ids, rates, parameters: what holds for every call."""

from dataclasses import replace

import httpx
import pytest
from litestar import Litestar

from tenantcrm.web.api.limits import Rates
from tenantcrm.web.api.services import ApiServices
from tests.web.api.conftest import MakeKey, bearer, faults, problem


async def test_unknown_path(api: httpx.AsyncClient, http: httpx.AsyncClient):
    """A path that is none is a problem too, with and without a key."""
    problem(await api.get("/v1/nothing"), 404, "not_found")
    problem(await http.get("/v1/contacts/a/b/c"), 404, "not_found")
    problem(await http.get("/v1"), 404, "not_found")


async def test_wrong_method(api: httpx.AsyncClient):
    """A method that a path does not take is refused with those that it does."""
    answer = await api.delete("/v1/me")
    problem(answer, 405, "method_not_allowed")
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize("path", ["/v1/contacts/x", "/v1/campaigns/x", "/webhooks/x"])
async def test_no_id_is_no_path(api: httpx.AsyncClient, path: str):
    """A word where an id belongs, and a hook that is not there, are 404 to every method."""
    for method in ("POST", "PUT"):
        problem(await api.request(method, path, json={}), 404, "not_found")


async def test_request_ids(api: httpx.AsyncClient):
    """Every answer has an id: the client's own where it is a sane one."""
    assert (await api.get("/v1/me")).headers["x-request-id"].startswith("req_")
    answer = await api.get("/v1/me", headers={"X-Request-Id": "order-42.retry:1"})
    assert answer.headers["x-request-id"] == "order-42.retry:1"
    for bad in ("", "x" * 129, "with space and more", "<script>alert"):
        answer = await api.get("/v1/nothing", headers={"X-Request-Id": bad})
        assert problem(answer, 404, "not_found")["request_id"] != bad


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("fliter=a", ("/fliter", "unknown_parameter")),
        ("limit=0", ("/limit", "out_of_range")),
        ("limit=201", ("/limit", "out_of_range")),
        ("limit=ten", ("/limit", "out_of_range")),
        ("limit=1&limit=2", ("/limit", "duplicate_name")),
        ("updated_after=yesterday", ("/updated_after", "invalid_time")),
        ("updated_after=2026-02-30T00:00:00Z", ("/updated_after", "invalid_time")),
        ("after=nonsense", ("/after", "bad_cursor")),
        ("after=", ("/after", "bad_cursor")),
        ("after=AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0", ("/after", "bad_cursor")),
        ("filter=language%3D", ("/filter", "invalid_filter")),
    ],
)
async def test_bad_parameters(api: httpx.AsyncClient, query: str, fault: tuple[str, str]):
    """A parameter that is unknown or malformed is refused by name, never passed over."""
    assert faults(await api.get(f"/v1/contacts?{query}")) == [fault]


async def test_bad_filter_has_a_position(api: httpx.AsyncClient):
    """A filter that cannot be read is refused with the place and what was expected there."""
    for answer in (
        await api.get("/v1/contacts", params={"filter": 'plan = "pro" AND OR'}),
        await api.post("/v1/filters/check", json={"filter": 'plan = "pro" AND OR'}),
    ):
        assert faults(answer) == [("/filter", "invalid_filter")]
        body = answer.json()
        assert (body["position"], body["line"], body["column"]) == (17, 1, 18)
        assert body["expected"]


async def test_rate_headers(api: httpx.AsyncClient, http: httpx.AsyncClient):
    """Every counted answer says the policy and what remains; refusals too."""
    for answer in (await api.get("/v1/me"), await api.get("/v1/contacts/con_x")):
        assert answer.headers["ratelimit-policy"] == '"default";q=3000;w=10'
        assert answer.headers["ratelimit"].startswith('"default";r=')
    assert "ratelimit" not in (await http.get("/v1/me")).headers


async def test_rate_is_limited(http: httpx.AsyncClient, make_key: MakeKey, app: Litestar):
    """Whoever has used up the quota is refused and told when to come back, as a problem."""
    key = bearer(await make_key())
    usual: ApiServices = app.state.api_services
    slow = Rates(app.state.services.limiter, rate=0.01, burst=3)
    app.state.api_services = replace(usual, rates=slow)
    try:
        answers = [await http.get("/v1/me", headers=key) for _ in range(5)]
    finally:
        app.state.api_services = usual
    assert [a.status_code for a in answers] == [200, 200, 200, 429, 429]
    problem(answers[3], 429, "rate_limited")
    assert 1 <= int(answers[3].headers["retry-after"]) <= 100
    assert answers[3].headers["ratelimit"] == '"default";r=0;t=300'


async def test_hostile_ids(api: httpx.AsyncClient):
    """What is no id of a contact does not exist, however it is spelled."""
    for text in ("con_", "con_xyz", "cam_" + "0" * 32, "con_" + "g" * 32, "con_" + "0" * 32,
                 "1", "%00", "con_%27%3B--", "..", "con_" + "0" * 5000):  # fmt: skip
        answer = await api.get(f"/v1/contacts/{text}")
        problem(answer, 404, "not_found")
