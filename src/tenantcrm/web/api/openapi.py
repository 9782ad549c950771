"""The OpenAPI document of the API (3.1), made from what the handlers say of themselves."""

import re
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from tenantcrm.web.api import codes
from tenantcrm.web.api.codes import CODES
from tenantcrm.web.api.examples import example_of
from tenantcrm.web.api.operations import OPERATION, Operation
from tenantcrm.web.api.shapes import REF, schemas_of

TAGS = ("Contacts", "Imports", "Filters", "Campaigns", "Deliveries", "Account")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PARAMETERS = {
    "version": ("The number of a version, such as 3.", "3"),
    "contact_id": ("The contact's id.", "con_0190163d8694739b8a1d9b0e3f0e2c11"),
    "import_id": ("The import's id.", "imp_0190163d8694739b8a1d9b0e3f0e2c11"),
    "campaign_id": ("The campaign's id.", "cam_0190163d8694739b8a1d9b0e3f0e2c11"),
    "delivery_id": ("The delivery's id.", "dlv_0190163d8694739b8a1d9b0e3f0e2c11"),
    "email": ("The address, in any case.", "ada@example.com"),
    "external_id": ("Your own id of the contact.", "u_42"),
}
_IN_PATH = re.compile(r"\{(\w+):\w+\}")
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Any text of up to 255 characters. The first answer is kept for 24 hours and "
    "given again to the same request, with `Idempotent-Replayed: true`.",
    "schema": {"type": "string", "maxLength": 255},
}


def operations(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler, Operation]]:
    """Path, method, handler and what it says of itself, in the order of the documentation."""
    found = [
        (_IN_PATH.sub(r"{\1}", route.path), method, handler, handler.opt[OPERATION])
        for route in app.routes
        if isinstance(route, HTTPRoute) and route.path.startswith("/v1/")
        for handler in route.route_handlers
        if OPERATION in handler.opt
        for method in handler.http_methods
    ]
    yield from sorted(found, key=lambda o: (TAGS.index(_tag(o[2])), o[0], METHODS.index(str(o[1]))))


def _tag(handler: HTTPRouteHandler) -> str:
    return handler.resolve_tags()[0]


def document(app: Litestar, public_url: str) -> dict[str, Any]:
    """The document; the application is started."""
    found = list(operations(app))
    types = {t for *_, o in found for t in (o.takes, *o.gives.values()) if t is not None}
    named, schemas = schemas_of(types)
    paths: dict[str, Any] = {}
    for path, method, handler, told in found:
        paths.setdefault(path, {})[method.lower()] = _operation(path, handler, told, named)
    made = {
        "openapi": "3.1.0",
        "info": {
            "title": "tenantcrm",
            "version": version("tenantcrm"),
            "description": "Contacts in, drip campaigns out. Every call carries a key: "
            "`Authorization: Bearer tcrm_live_…`.",
        },
        "servers": [{"url": public_url}],
        "security": [{"bearer": []}],
        "tags": [{"name": tag} for tag in TAGS],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas,
        },
    }
    _add_examples(paths, schemas)
    return made


def _add_examples(paths: dict[str, Any], schemas: dict[str, Any]) -> None:
    for path in paths.values():
        for told in path.values():
            for answer in told["responses"].values():
                content = answer.get("content", {}).get("application/json")
                if content is not None:
                    name = content["schema"]["$ref"].removeprefix(REF)
                    content["example"] = example_of(name, schemas)


def _operation(
    path: str, handler: HTTPRouteHandler, told: Operation, named: dict[Any, Any]
) -> dict[str, Any]:
    writes = "GET" not in handler.http_methods
    parameters: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": PARAMETERS[name][0],
            "schema": {"type": "string"},
            "example": PARAMETERS[name][1],
        }
        for name in re.findall(r"\{(\w+)\}", path)
    ]
    parameters += [
        {
            "name": p.name,
            "in": "query",
            "required": p.required,
            "description": p.text,
            "schema": dict(p.schema),
        }
        for p in told.parameters
    ]
    made: dict[str, Any] = {
        "operationId": f"{_tag(handler).lower()}_{handler.fn.__name__}",
        "tags": [_tag(handler)],
        "summary": told.summary,
        "description": told.text,
        "security": [{"bearer": [told.scope] if told.scope else []}],
        "parameters": [*parameters, _KEY] if writes else parameters,
        "responses": _responses(told, named, writes=writes),
    }
    if told.uploads:
        made["requestBody"] = {
            "required": True,
            "content": {
                media: {"schema": {"type": "string", "format": "binary"}, "example": example}
                for media, example in told.uploads.items()
            },
        }
    if told.takes is not None:
        content = {"schema": named[told.takes]}
        if told.example is not None:
            content["example"] = told.example
        made["requestBody"] = {
            "required": not told.optional_body,
            "content": {"application/json": content},
        }
    return made


def refusals(told: Operation, *, writes: bool) -> list[str]:
    """The codes that a call may refuse with, its own first."""
    takes = codes.TAKES if told.takes is not None else ("invalid",)
    more = (*takes, *codes.WRITES) if writes else takes
    return list(dict.fromkeys((*told.refuses, *more, *codes.EVERYWHERE)))


def _responses(told: Operation, named: dict[Any, Any], *, writes: bool) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for status, shape in told.gives.items():
        answer: dict[str, Any] = {"description": {201: "Made", 204: "Gone"}.get(status, "Done")}
        if shape is not None:
            answer["content"] = {"application/json": {"schema": named[shape]}}
        made[str(status)] = answer
    by_status: dict[int, list[str]] = {}
    for code in refusals(told, writes=writes):
        by_status.setdefault(CODES[code].status, []).append(code)
    for status, found in sorted(by_status.items()):
        made[str(status)] = {
            "description": " ".join(f"`{code}`: {CODES[code].text}" for code in found),
            "content": {"application/problem+json": {"schema": {"$ref": f"{REF}Problem"}}},
        }
    return made
