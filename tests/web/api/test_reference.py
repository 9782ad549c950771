"""OpenAPI and the reference page: complete, consistent, ours alone."""

import json
import re

import httpx
from litestar import Litestar
from litestar.routes import HTTPRoute

from tenantcrm.web.api.codes import CODES
from tenantcrm.web.api.operations import OPERATION
from tests.web.api.conftest import MakeKey, bearer

REF = re.compile(r'"#/components/schemas/([^"]+)"')


async def test_every_call_is_told(http: httpx.AsyncClient, app: Litestar):
    """Each route under /v1 is in the document, with its scope, and nothing else is."""
    document = (await http.get("/openapi.json")).json()
    assert document["openapi"] == "3.1.0"
    told = {(p, m.upper()) for p, calls in document["paths"].items() for m in calls}
    served = {
        (re.sub(r":\w+}", "}", route.path), method)
        for route in app.routes
        if isinstance(route, HTTPRoute) and route.path.startswith("/v1")
        for handler in route.route_handlers
        for method in handler.http_methods
        if method != "OPTIONS"
    }
    assert told == served
    assert len(told) >= 25
    for route in app.routes:
        if isinstance(route, HTTPRoute) and route.path.startswith("/v1"):
            for handler in route.route_handlers:
                assert "OPTIONS" in handler.http_methods or OPERATION in handler.opt
    ids = [c["operationId"] for calls in document["paths"].values() for c in calls.values()]
    assert len(ids) == len(set(ids))


async def test_every_reference_leads_somewhere(http: httpx.AsyncClient):
    """Schemas that are named are there, and none goes unused or shows an inside name."""
    text = (await http.get("/openapi.json")).text
    schemas = json.loads(text)["components"]["schemas"]
    used = set(REF.findall(text))
    assert used == set(schemas)
    assert not [name for name in schemas if name.endswith(("View", "Shown", "_"))]


async def test_examples_are_accepted(api: httpx.AsyncClient):
    """The examples of contacts, pasted as they stand, do what they say."""
    document = (await api.get("/openapi.json")).json()
    for template, method in (
        ("/v1/contacts/by-email/{email}", "put"),
        ("/v1/contacts/by-external-id/{external_id}", "put"),
        ("/v1/filters/check", "post"),
    ):
        call, path = document["paths"][template][method], template
        body = call["requestBody"]["content"]["application/json"]["example"]
        for parameter in call["parameters"]:
            if parameter["in"] == "path":
                path = path.replace(f"{{{parameter['name']}}}", parameter["example"])
        answer = await api.request(method, path, json=body)
        assert str(answer.status_code) in call["responses"], answer.text
        assert answer.is_success
        shown = call["responses"][str(answer.status_code)]["content"]["application/json"]["example"]
        assert list(answer.json()) == list(shown)


async def test_me_is_as_told(http: httpx.AsyncClient, make_key: MakeKey):
    """The answer of /v1/me has the members that its schema requires."""
    document = (await http.get("/openapi.json")).json()
    answer = (await http.get("/v1/me", headers=bearer(await make_key()))).json()
    assert set(answer) == set(document["components"]["schemas"]["Me"]["required"])


async def test_the_page(http: httpx.AsyncClient):
    """The page tells every call and every code, and asks nobody else for anything."""
    answer = await http.get("/docs")
    assert answer.status_code == 200
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    document = (await http.get("/openapi.json")).json()
    for calls in document["paths"].values():
        for call in calls.values():
            assert f'id="{call["operationId"]}"' in answer.text
    for code in CODES:
        assert f'id="error-{code}"' in answer.text
    sources = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert all(s.startswith(("/", "#")) for s in sources), sources
    ids = re.findall(r'id="([^"]+)"', answer.text)
    assert len(ids) == len(set(ids))
    targets = {s[1:] for s in sources if s.startswith("#")}
    assert targets <= set(ids)
