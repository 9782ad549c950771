"""Answers as the AWS SDKs read them: JSON, a request id, and errors by header."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from uuid_utils import uuid4

from tenantcrm.sandbox.ses.errors import (
    BadRequestError,
    InternalServiceError,
    SesError,
    UnknownOperationError,
)

JSON = "application/json"
AnyRequest = Request[Any, Any, Any]


def answered(payload: Mapping[str, object], status: int = 200) -> Response[bytes]:
    """An answer of the API."""
    return Response(
        msgspec.json.encode(payload),
        status_code=status,
        media_type=JSON,
        headers={"x-amzn-RequestId": str(uuid4())},
    )


def refused(fault: SesError) -> Response[bytes]:
    """A refusal of the API."""
    answer = answered({"message": fault.message}, fault.status)
    answer.headers["x-amzn-ErrorType"] = fault.kind
    return answer


def on_ses_error(_: AnyRequest, fault: SesError) -> Response[bytes]:
    """Exception handler for SES's own refusals."""
    return refused(fault)


def unknown(method: str, path: str) -> UnknownOperationError:
    """What AWS says where no operation is, with the operation named."""
    return UnknownOperationError(f"The SES simulator knows no operation {method} {path}.")


def on_http_error(request: AnyRequest, fault: HTTPException) -> Response[bytes]:
    """Exception handler for what the framework refuses on the paths of the API."""
    if fault.status_code in {404, 405}:
        return refused(unknown(request.method, request.url.path))
    return refused(BadRequestError(fault.detail))


def on_failure() -> Response[bytes]:
    """What SES says when it is SES that failed."""
    return refused(InternalServiceError("The SES simulator failed; its log says why."))


async def body_of(request: AnyRequest) -> bytes:
    """The body; an empty one reads as an empty document, as AWS takes it."""
    return await request.body() or b"{}"


def page_of(names: list[str], start: str | None, size: int | None) -> tuple[list[str], str | None]:
    """The names after ``start``, ``size`` at most, and the token of the next page."""
    most = size or 1000
    rest = [name for name in names if start is None or name > start]
    return rest[:most], (rest[most - 1] if len(rest) > most else None)
