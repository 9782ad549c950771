"""What handlers ask for: the process's services, who is signed in, and one unit of work."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from redis.asyncio import Redis

from tenantcrm.campaigns.senders import SenderCheck
from tenantcrm.database import ControlSession, Database, TenantSession
from tenantcrm.delivery.identities.bench import Bench as IdentityBench
from tenantcrm.errors import ForbiddenError
from tenantcrm.rates import Limiter
from tenantcrm.settings import Settings
from tenantcrm.signing import Keyring
from tenantcrm.tenants import rules
from tenantcrm.tenants.models import Operator
from tenantcrm.tenants.schemas import Person
from tenantcrm.tenants.service import operators, people
from tenantcrm.web import once
from tenantcrm.web.kept import Kept, kept_of
from tenantcrm.web.sessions import Sessions

AnyRequest = Request[Any, Any, State]
CSRF_COOKIE = "tcrm_csrf"
OUTCOME = "outcome"
"""Where in a request's state the answer says where it leads."""


@dataclass(frozen=True, slots=True)
class Services:
    """What one web process holds; ``request.app.state.services``."""

    settings: Settings
    database: Database
    redis: Redis
    keyring: Keyring
    limiter: Limiter
    sessions: Sessions
    operator_sessions: Sessions
    senders: SenderCheck
    identities: IdentityBench


class NotSignedInError(Exception):
    """Send the browser to a sign-in page, and back afterwards."""

    def __init__(self, sign_in: str, back: str, kept: Kept | None = None) -> None:
        """``back`` is the path that was asked for; ``kept``: the form that was sent."""
        super().__init__(sign_in)
        self.location = f"{sign_in}?next={quote(back, safe='')}"
        self.kept = kept


def services(request: AnyRequest) -> Services:
    """The services of this process."""
    found: Services = request.app.state.services
    return found


def wanted_path(request: AnyRequest) -> str:
    """Where to go back to after signing in: the page that was asked for, or the start."""
    if request.method != "GET" or request.headers.get("HX-Request"):
        return "/"
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")


async def provide_person(request: AnyRequest) -> Person:
    """Who is signed in to the dashboard.

    Raises:
        NotSignedInError: nobody is.
    """
    box = services(request)
    who = await box.sessions.load(request.cookies.get(box.sessions.cookie_name))
    if who is not None and who.tenant_id is not None:
        async with box.database.control_unit_of_work() as session:
            person = await people.person(session, who.user_id, who.tenant_id)
        if person is not None:
            require(person, rules.READ)
            return person
    raise NotSignedInError("/sign-in", wanted_path(request), await kept_of(request))


async def provide_operator(request: AnyRequest) -> Operator:
    """Which operator is signed in.

    Raises:
        NotSignedInError: none is.
    """
    box = services(request)
    who = await box.operator_sessions.load(request.cookies.get(box.operator_sessions.cookie_name))
    if who is not None:
        async with box.database.control_unit_of_work() as session:
            operator = await operators.find(session, who.user_id)
        if operator is not None:
            return operator
    raise NotSignedInError("/operator/sign-in", wanted_path(request))


async def provide_session(
    request: AnyRequest, person: NamedDependency[Person]
) -> AsyncGenerator[TenantSession, None]:
    """The request's unit of work, bound to the tenant of whoever is signed in.

    A form does its work once: where it led is kept with it. The answer is made by then, for
    Litestar ends dependencies after it has made the answer, and before it sends any of it.
    """
    database, press = services(request).database, await once.press_of(request)
    async with once.turn(database, person.tenant.id, press) as session:
        yield session
        outcome = outcome_of(request)
        if press is not None and outcome is not None:
            await press.keep(session, outcome)


async def provide_bench(
    request: AnyRequest, person: NamedDependency[Person]
) -> AsyncGenerator[IdentityBench, None]:
    """What sets domains up. It asks SES between units of work, so that its handlers have none;
    that a form does its work once is noted before the work, and where it led after it.
    """
    box, press, tenant_id = services(request), await once.press_of(request), person.tenant.id
    if press is None:
        yield box.identities
        return
    async with once.turn(box.database, tenant_id, press) as session:
        await press.announce(session)
    found: once.Outcome | None = None
    try:
        yield box.identities
        found = outcome_of(request)
    finally:
        async with box.database.unit_of_work(tenant_id) as session:
            await (press.keep(session, found) if found else press.forget(session))


def outcome_of(request: AnyRequest) -> once.Outcome | None:
    """Where the answer to a request leads, once it has done its work; None: it has done none."""
    found: once.Outcome | None = request.state.get(OUTCOME)
    return found


async def provide_control(
    request: AnyRequest, operator: NamedDependency[Operator]
) -> AsyncGenerator[ControlSession, None]:
    """A unit of work of the control plane, for an operator.

    Asking for the operator first is what keeps it from being opened, and left open, for nobody:
    dependencies that do not need each other are made at the same time.
    """
    del operator
    async with services(request).database.control_unit_of_work() as session:
        yield session


def require(person: Person, action: str) -> None:
    """Refuse what the person's role does not allow.

    Raises:
        ForbiddenError: :data:`tenantcrm.tenants.rules.ACTIONS` does not name it.
    """
    if not rules.may(person.role, action):
        raise ForbiddenError("Your role does not allow this. Ask an owner of the account.")


DEPENDENCIES = {
    "person": Provide(provide_person),
    "operator": Provide(provide_operator),
    "session": Provide(provide_session),
    "bench": Provide(provide_bench),
    "control": Provide(provide_control),
    "services": Provide(services, sync_to_thread=False),
}
