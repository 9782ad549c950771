"""One id per request, in every answer, log line and problem: ``X-Request-Id``."""

import re

import structlog
from litestar.datastructures import MutableScopeHeaders
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from tenantcrm import ids
from tenantcrm.web.dependencies import AnyRequest

HEADER = "X-Request-Id"
_SANE = re.compile(rb"[A-Za-z0-9_.:-]{8,128}")
_STATE = "request_id"


def request_id(request: AnyRequest) -> str:
    """The id of this request; empty only outside of the middleware."""
    return str(request.scope.get("state", {}).get(_STATE, ""))


class RequestIds:
    """Take the client's id where it is a sane one, make one otherwise, and send it back."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with its id."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = next((v for k, v in scope["headers"] if k == b"x-request-id"), b"")
        value = given.decode() if _SANE.fullmatch(given) else f"req_{ids.new_id().hex}"
        scope.setdefault("state", {})[_STATE] = value
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=value)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", [])
                MutableScopeHeaders.from_message(message)[HEADER] = value
            await send(message)

        await self.app(scope, receive, send_with_id)
