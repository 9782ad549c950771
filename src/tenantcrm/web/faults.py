"""Faults as pages. The API answers its own with problem+json; everything else comes here."""

from typing import Any

import structlog
from litestar import Response
from litestar.exceptions import HTTPException
from litestar.response import Redirect, Template

from tenantcrm.errors import TenantCrmError
from tenantcrm.web.api import problems
from tenantcrm.web.dependencies import AnyRequest, NotSignedInError
from tenantcrm.web.kept import written
from tenantcrm.web.page import go, show_plain
from tenantcrm.web.request_ids import request_id

log = structlog.get_logger()
TITLES = {
    400: "We could not read that",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    413: "That is too large",
    429: "Too many requests",
}


def not_signed_in(request: AnyRequest, fault: NotSignedInError) -> Response[Any]:
    """Go to the sign-in page, which carries what was typed.

    Scripts are answered 401: the person signs in over the page, and the form goes once more.
    """
    if request.headers.get("HX-Request"):
        return Response("", media_type="text/plain", status_code=401)
    if fault.kept is not None:
        values = {"email": "", "next": "/", "kept": written(fault.kept)}
        return show_plain(request, "account/sign_in.html", status=401, values=values, errors={})
    if request.method == "POST":
        return go(fault.location, "Your session had ended. Sign in and send it again.", "info")
    return Redirect(fault.location, status_code=303)


def refused(request: AnyRequest, fault: TenantCrmError) -> Template:
    """An expected refusal, in its own words."""
    return _page(request, fault.status, fault.title, fault.detail, fault.headers)


def http_fault(request: AnyRequest, fault: HTTPException) -> Template | Response[bytes]:
    """A fault of the protocol: unknown path, wrong method, missing CSRF token."""
    if problems.is_api(request):
        return problems.http_fault(request, fault)
    status = fault.status_code
    detail = ""
    if status == 403:  # noqa: PLR2004
        detail = "The form was too old or came from elsewhere. Go back, reload it, and try again."
    return _page(request, status, TITLES.get(status, "That did not work"), detail)


def unexpected(request: AnyRequest, fault: Exception) -> Template | Response[bytes]:
    """A fault of ours: logged with the request's id, told without its inside."""
    if problems.is_api(request):
        return problems.unexpected(request, fault)
    places = problems.places(fault)
    log.error(
        "page.failed", request_id=request_id(request), error=type(fault).__name__, places=places
    )
    return _page(request, 500, "Something went wrong", "")


def _page(
    request: AnyRequest,
    status: int,
    title: str,
    detail: str,
    headers: dict[str, str] | None = None,
) -> Template:
    return Template(
        template_name="errors/error.html",
        context={
            "status": status,
            "title": title,
            "detail": "" if detail == title else detail,
            "request_id": request_id(request),
        },
        status_code=status,
        headers=headers or {},
    )
