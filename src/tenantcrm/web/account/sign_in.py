"""Sign in and out of the dashboard."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.utils.scope.state import ScopeState

from tenantcrm.contacts.addresses import normalise
from tenantcrm.errors import InvalidError, TenantCrmError
from tenantcrm.tenants.errors import SignInRefusedError
from tenantcrm.tenants.schemas import Person
from tenantcrm.tenants.service import people
from tenantcrm.web.dashboard import shown_once
from tenantcrm.web.dependencies import AnyRequest, Services
from tenantcrm.web.entering import enter
from tenantcrm.web.forms import read_form
from tenantcrm.web.kept import BUSINESS_COOKIE, Kept, business_of, read, written
from tenantcrm.web.page import go, safe_next, show_plain, wants_part
from tenantcrm.web.throttles import throttle

AGAIN = "account/sign_in_again.html"
"""The form over a page whose session has ended."""
ELSEWHERE = (
    "That account is not in the business that this page belongs to. Sign in with one that is, "
    "or copy what you typed."
)


class SignIn(Controller):
    """A session begins here, and ends here."""

    @get("/sign-in")
    async def form(self, request: AnyRequest) -> Response[Any]:
        """Show the form; for a page whose session has ended, a dialog over it."""
        if wants_part(request):
            business = request.query_params.get("business", "")
            return _again(request, {"email": "", "business": business})
        values = {"email": "", "next": safe_next(request.query_params.get("next")), "kept": ""}
        return show_plain(request, "account/sign_in.html", values=values, errors={})

    @post("/sign-in", status_code=200)
    async def sign_in(
        self, request: AnyRequest, services: NamedDependency[Services]
    ) -> Response[Any]:
        """Check address and password; begin a session under a new id, in the business of before."""
        form = await read_form(request)
        kept, part = read(form["kept"]), wants_part(request)
        named = form["business"] or (kept.business if kept else "")
        wanted = business_of(named or request.cookies.get(BUSINESS_COOKIE))
        try:
            email_key = await throttled_key(request, "sign-in", form["email"])
            async with services.database.control_unit_of_work() as control:
                who = await people.sign_in(
                    control, email_key=email_key, password=form["password"], wanted=wanted
                )
            if part and who.tenant_id != wanted:
                raise SignInRefusedError(ELSEWHERE)
        except TenantCrmError as fault:
            if part:
                return _again(request, form.values("email", "business"), fault)
            values = {"email": form["email"], "next": safe_next(form["next"])}
            return show_plain(
                request,
                "account/sign_in.html",
                status=fault.status,
                headers=fault.headers,
                values=values | {"kept": written(kept)},
                errors={"": fault.detail},
            )
        answer = _entered(request, kept, who.tenant_id, safe_next(form["next"]), part=part)
        await enter(request, answer, user_id=who.user_id, tenant_id=who.tenant_id)
        if part:
            token = ScopeState.from_scope(request.scope).csrf_token
            told = {"signed-in": {"business": who.tenant_id.hex, "token": token}}
            answer.headers["HX-Trigger"] = msgspec.json.encode(told).decode()
        return answer

    @get("/session")
    async def session(self, request: AnyRequest, person: NamedDependency[Person]) -> dict[str, str]:
        """The business that somebody is in, and the token of its forms; 401: of none any more.

        A page's script asks before a form leaves the page: one of the same business is taken,
        whatever token it was shown with.
        """
        token = str(ScopeState.from_scope(request.scope).csrf_token)
        return {"business": person.tenant.id.hex, "token": token}

    @post("/sign-out", status_code=200)
    async def sign_out(
        self, request: AnyRequest, services: NamedDependency[Services]
    ) -> Response[Any]:
        """End the session."""
        token = request.cookies.get(services.sessions.cookie_name)
        answer = go("/sign-in", "You are signed out.", "info")
        answer.set_cookie(await services.sessions.end(token))
        answer.set_cookie(shown_once.forgotten())
        return answer


def _entered(
    request: AnyRequest, kept: Kept | None, tenant_id: UUID, path: str, *, part: bool
) -> Response[Any]:
    """Where somebody goes who has signed in: on, or to what they had typed before."""
    if part:
        return Response(None, status_code=204)
    if kept is None:
        return go(path, whole=True)
    own = kept.business in {"", tenant_id.hex}
    action = safe_next(kept.path)
    return show_plain(request, "account/kept.html", kept=kept, action=action, own=own)


def _again(
    request: AnyRequest, values: dict[str, str], fault: TenantCrmError | None = None
) -> Response[Any]:
    """The dialog over a page; 422 where it was refused, for that is what htmx puts in."""
    errors = {"": fault.detail} if fault else {}
    return show_plain(request, AGAIN, status=422 if fault else 200, values=values, errors=errors)


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
