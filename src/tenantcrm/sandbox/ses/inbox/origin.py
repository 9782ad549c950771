"""Whether a form was sent by a page of the inbox itself."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.exceptions import PermissionDeniedException


def check(request: Request[Any, Any, Any]) -> None:
    """Let requests of the inbox's own pages, and of no page at all, through.

    Raises:
        PermissionDeniedException: a page from elsewhere asks.
    """
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise PermissionDeniedException("Only the inbox itself may do this.")
