"""Every fault of the API as ``application/problem+json`` (RFC 9457), with a stable ``code``."""

import re
import traceback
from collections.abc import Mapping
from typing import Any

import asyncpg
import msgspec
import structlog
from litestar import Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from tenantcrm.errors import FieldError, InvalidError, NotFoundError, TenantCrmError
from tenantcrm.web.api.idempotency import ReplayedError, replay
from tenantcrm.web.api.limits import rate_headers
from tenantcrm.web.dependencies import AnyRequest
from tenantcrm.web.request_ids import request_id

log = structlog.get_logger()
MEDIA_TYPE = "application/problem+json"
_PROTOCOL = {
    404: ("not_found", "Not found", "There is nothing at this path"),
    405: ("method_not_allowed", "Method not allowed", "This path does not take that method"),
    413: ("body_too_large", "The body is too large", "The body is larger than this call takes"),
}
# A word in the place of an id names nothing, whatever the method: only an id can be there at all.
_NO_ID = re.compile(
    r"/v1/(?:contacts|contact-imports|campaigns|deliveries)/(?!(?:con|imp|cam|dlv)_[0-9a-f]{32}$)[^/]+"
)
_CONNECTION_LOST = ("08", "57P", "53")
_COLLISIONS = ("40001", "40P01", "55P03")


def is_api(request: AnyRequest) -> bool:
    """Whether a program asks, and not a browser, so that its faults are answered here."""
    path: str = request.scope["path"]
    return path == "/v1" or path.startswith(("/v1/", "/webhooks/"))


def problem(
    request: AnyRequest,
    status: int,
    code: str,
    title: str,
    detail: str,
    *,
    extra: Mapping[str, Any] | None = None,
    errors: list[FieldError] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response[bytes]:
    """A fault as the contract has it; ``extra`` are further members."""
    body: dict[str, Any] = {
        "type": f"/docs#error-{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id(request),
        **(extra or {}),
    }
    if errors is not None:
        body["errors"] = errors
    return Response(
        msgspec.json.encode(body),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers={**rate_headers(request), **(headers or {})},
    )


def refused(request: AnyRequest, fault: TenantCrmError) -> Response[bytes]:
    """An expected refusal."""
    errors = fault.errors if isinstance(fault, InvalidError) else None
    return problem(
        request,
        fault.status,
        fault.code,
        fault.title,
        fault.detail,
        extra=fault.extra,
        errors=errors,
        headers=fault.headers,
    )


def http_fault(request: AnyRequest, fault: HTTPException) -> Response[bytes]:
    """A fault of the protocol: unknown path, wrong method, too large a body."""
    status = fault.status_code
    if status >= 500:  # noqa: PLR2004 - a fault of ours, whatever it calls itself
        return unexpected(request, fault)
    if status == 405 and _NO_ID.fullmatch(request.scope["path"]):  # noqa: PLR2004 - as HTTP has it
        return problem(request, 404, *_PROTOCOL[404])
    code, title, detail = _PROTOCOL.get(
        status, ("bad_request", "Bad request", "The request cannot be read")
    )
    return problem(request, status, code, title, detail, headers=fault.headers)


def unexpected(request: AnyRequest, fault: Exception) -> Response[bytes]:
    """A fault of ours: logged by its place, told by the request's id alone."""
    if _passes_by_itself(fault):
        log.warning("api.unavailable", error=type(fault).__name__)
        return problem(
            request,
            503,
            "unavailable",
            "Not available just now",
            "Nothing was changed; try again in a second",
            headers={"Retry-After": "1"},
        )
    log.error("api.failed", error=type(fault).__name__, places=places(fault))
    return problem(
        request,
        500,
        "internal_error",
        "Something went wrong",
        "The fault is ours. Tell us the request_id if it goes on",
    )


def places(fault: Exception) -> list[str]:
    """Where it happened, innermost last. The words of a database's fault quote the row: no log."""
    steps = traceback.extract_tb(fault.__traceback__)
    return [f"{step.filename}:{step.lineno} {step.name}" for step in steps][-8:]


def _passes_by_itself(fault: Exception) -> bool:
    """Whether the database was away, overloaded, or undid a collision."""
    if isinstance(fault, PoolTimeoutError | ConnectionError | asyncpg.InterfaceError):
        return True
    cause = fault.orig if isinstance(fault, DBAPIError) else fault
    # What the driver says of a connection that was cut while it lay in the pool.
    if any(
        isinstance(one, asyncpg.InternalClientError)
        for one in (cause, getattr(cause, "__cause__", None))
    ):
        return True
    state = getattr(cause, "sqlstate", None) or ""
    lost = isinstance(fault, DBAPIError) and fault.connection_invalidated
    return lost or state in _COLLISIONS or state.startswith(_CONNECTION_LOST)


def replayed(request: AnyRequest, fault: ReplayedError) -> Response[bytes]:
    """The answer that was given to the same request before; 404 where it showed a contact who has
    been erased since.
    """
    if fault.kept.status == NotFoundError.status:
        return problem(
            request,
            404,
            NotFoundError.code,
            NotFoundError.title,
            "The contact that this request was about has been erased since",
            headers={"Idempotent-Replayed": "true"},
        )
    return replay(fault.kept, rate_headers(request))


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    ReplayedError: replayed,
    TenantCrmError: refused,
    HTTPException: http_fault,
    Exception: unexpected,
}
