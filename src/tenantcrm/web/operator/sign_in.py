"""Operators sign in apart: another cookie, on another path, for another table of people."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency

from tenantcrm.errors import TenantCrmError
from tenantcrm.tenants.service import operators
from tenantcrm.web.account.sign_in import throttled_key
from tenantcrm.web.dependencies import AnyRequest, Services
from tenantcrm.web.forms import read_form
from tenantcrm.web.page import go, safe_next, show_plain
from tenantcrm.web.sessions import SignedIn


class OperatorSignIn(Controller):
    """The way into the operator console."""

    path = "/operator"

    @get("/sign-in")
    async def form(self, request: AnyRequest) -> Response[Any]:
        """Show the form."""
        values = {"email": "", "next": _next(request.query_params.get("next"))}
        return show_plain(request, "operator/sign_in.html", values=values, errors={})

    @post("/sign-in", status_code=200)
    async def sign_in(
        self, request: AnyRequest, services: NamedDependency[Services]
    ) -> Response[Any]:
        """Check address and password; begin a session under a new id."""
        form = await read_form(request)
        try:
            key = await throttled_key(request, "operator-sign-in", form["email"])
            async with services.database.control_unit_of_work() as control:
                operator_id = await operators.sign_in(
                    control, email_key=key, password=form["password"]
                )
        except TenantCrmError as fault:
            return show_plain(
                request,
                "operator/sign_in.html",
                status=fault.status,
                headers=fault.headers,
                values={"email": form["email"], "next": _next(form["next"])},
                errors={"": fault.detail},
            )
        sessions = services.operator_sessions
        await sessions.end(request.cookies.get(sessions.cookie_name))
        answer = go(_next(form["next"]))
        answer.set_cookie(await sessions.start(SignedIn(user_id=operator_id)))
        return answer

    @post("/sign-out", status_code=200)
    async def sign_out(
        self, request: AnyRequest, services: NamedDependency[Services]
    ) -> Response[Any]:
        """End the session."""
        sessions = services.operator_sessions
        answer = go("/operator/sign-in", "You are signed out.", "info")
        answer.set_cookie(await sessions.end(request.cookies.get(sessions.cookie_name)))
        return answer


def _next(target: str | None) -> str:
    path = safe_next(target)
    return path if path.startswith(("/operator/", "/operator?")) else "/operator"
