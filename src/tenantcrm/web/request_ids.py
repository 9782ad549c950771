"""One id per request, in every answer, log line and problem: ``X-Request-Id``."""

import re

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from tenantcrm import ids
from tenantcrm.web.dependencies import AnyRequest

HEADER = b"x-request-id"
_SANE = re.compile(rb"[A-Za-z0-9_.:-]{1,128}")
_STATE = "request_id"


def request_id(request: AnyRequest) -> str:
    """The id of this request."""
    return _id_of(request.scope)


def _id_of(scope: Scope) -> str:
    state = scope.setdefault("state", {})
    if _STATE not in state:
        given = next((v for k, v in scope["headers"] if k == HEADER), b"")
        state[_STATE] = given.decode() if _SANE.fullmatch(given) else f"req_{ids.new_id().hex}"
    return str(state[_STATE])


async def add_request_id(message: Message, scope: Scope) -> None:
    """Send the id back (Litestar's ``before_send`` hook: also where no route was found)."""
    if message["type"] == "http.response.start" and scope["type"] == ScopeType.HTTP:
        headers = message.get("headers", ())
        message["headers"] = [*headers, (HEADER, _id_of(scope).encode())]


class RequestIds:
    """Take the client's id where it is a sane one, make one otherwise, and log with it."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with its id."""
        if scope["type"] == ScopeType.HTTP:
            structlog.contextvars.clear_contextvars()
            structlog.contextvars.bind_contextvars(request_id=_id_of(scope))
        await self.app(scope, receive, send)
