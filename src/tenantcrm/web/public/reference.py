"""The API for people and for machines: ``/docs`` and ``/openapi.json``. Nothing third-party."""

import re
from typing import Any

import msgspec
from litestar import Response, get
from litestar.response import Template
from markupsafe import Markup, escape

from tenantcrm.tenants.scopes import SCOPES
from tenantcrm.web.api.codes import CODES
from tenantcrm.web.api.limits import BURST, RATE
from tenantcrm.web.api.openapi import document
from tenantcrm.web.api.reference import groups
from tenantcrm.web.dependencies import AnyRequest, services

_STATE = "openapi"
_CODE = re.compile(r"`([^`]*)`")


def _found(request: AnyRequest) -> dict[str, Any]:
    """The document, made once a process."""
    state = request.app.state
    if _STATE not in state:
        state[_STATE] = document(request.app, services(request).settings.public_url)
    found: dict[str, Any] = state[_STATE]
    return found


def prose(text: str) -> Markup:
    """Text with what stands between backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before


@get("/openapi.json")
async def openapi(request: AnyRequest) -> Response[bytes]:
    """The OpenAPI document, for generators of clients; anybody may read it."""
    return Response(
        msgspec.json.encode(_found(request)),
        media_type="application/json",
        headers={"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=300"},
    )


@get("/docs")
async def reference(request: AnyRequest) -> Template:
    """The reference, as one page."""
    found = _found(request)
    return Template(
        template_name="public/reference.html",
        context={
            "groups": groups(found),
            "url": found["servers"][0]["url"],
            "version": found["info"]["version"],
            "codes": CODES,
            "scopes": SCOPES,
            "rate": RATE,
            "burst": BURST,
            "prose": prose,
        },
    )
