"""Sign in and out of the dashboard."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency

from tenantcrm.contacts.addresses import normalise
from tenantcrm.errors import InvalidError, TenantCrmError
from tenantcrm.tenants.errors import SignInRefusedError
from tenantcrm.tenants.service import people
from tenantcrm.web.dependencies import AnyRequest, Services
from tenantcrm.web.entering import enter
from tenantcrm.web.forms import read_form
from tenantcrm.web.page import go, safe_next, show_plain
from tenantcrm.web.throttles import throttle


class SignIn(Controller):
    """A session begins here, and ends here."""

    @get("/sign-in")
    async def form(self, request: AnyRequest) -> Response[Any]:
        """Show the form."""
        values = {"email": "", "next": safe_next(request.query_params.get("next"))}
        return show_plain(request, "account/sign_in.html", values=values, errors={})

    @post("/sign-in", status_code=200)
    async def sign_in(
        self, request: AnyRequest, services: NamedDependency[Services]
    ) -> Response[Any]:
        """Check address and password; begin a session under a new id."""
        form = await read_form(request)
        try:
            email_key = await throttled_key(request, "sign-in", form["email"])
            async with services.database.control_unit_of_work() as control:
                who = await people.sign_in(control, email_key=email_key, password=form["password"])
        except TenantCrmError as fault:
            return show_plain(
                request,
                "account/sign_in.html",
                status=fault.status,
                headers=fault.headers,
                values={"email": form["email"], "next": safe_next(form["next"])},
                errors={"": fault.detail},
            )
        answer = go(safe_next(form["next"]))
        await enter(request, answer, user_id=who.user_id, tenant_id=who.tenant_id)
        return answer

    @post("/sign-out", status_code=200)
    async def sign_out(
        self, request: AnyRequest, services: NamedDependency[Services]
    ) -> Response[Any]:
        """End the session."""
        token = request.cookies.get(services.sessions.cookie_name)
        answer = go("/sign-in", "You are signed out.", "info")
        answer.set_cookie(await services.sessions.end(token))
        return answer


async def throttled_key(request: AnyRequest, what: str, email: str) -> str:
    """The key of the address, once the attempt is counted.

    Raises:
        SignInRefusedError: it is no address at all, so nobody has it.
        TooManyRequestsError: there were too many attempts.
    """
    try:
        key = normalise(email).key
    except InvalidError:
        await throttle(request, what, "no-address")
        raise SignInRefusedError from None
    await throttle(request, what, key)
    return key
