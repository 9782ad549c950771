"""The person's own account: who they are, their password, and which business they are in."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency

from tenantcrm.database import TenantSession
from tenantcrm.delivery.service import queue_system_mail
from tenantcrm.errors import InvalidError
from tenantcrm.tenants.schemas import OwnTenant, Person
from tenantcrm.tenants.service import people
from tenantcrm.web.dependencies import AnyRequest, services
from tenantcrm.web.entering import enter
from tenantcrm.web.forms import read_form
from tenantcrm.web.page import faults_by_field, go, show
from tenantcrm.web.throttles import throttle

PAGE = "/settings/account"


class Account(Controller):
    """Whoever is signed in, in any role."""

    path = PAGE

    @get("/")
    async def account(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """Who you are."""
        return await _page(request, person, session, person.name)

    @post("/", status_code=200)
    async def rename(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """Change what you are called."""
        form = await read_form(request)
        try:
            async with services(request).database.control_unit_of_work() as control:
                await people.rename(control, person.user_id, form["name"])
        except InvalidError as fault:
            return await _page(request, person, session, form["name"], fault)
        return go(PAGE, "Saved.")

    @post("/switch", status_code=200)
    async def switch(self, request: AnyRequest, person: NamedDependency[Person]) -> Response[Any]:
        """Go on in another of your businesses."""
        form = await read_form(request)
        for tenant in person.tenants:
            if tenant.id.hex == form["tenant"]:
                return await _enter(request, person, tenant, f"You are in {tenant.name} now.")
        return go("/", "You do not belong to that business.", "warn")

    @post("/verify", status_code=200)
    async def verify(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """Mail the confirmation again."""
        return await _mail(request, person, session, "verify_email")

    @post("/password", status_code=200)
    async def password(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """Mail a link that sets a new password."""
        return await _mail(request, person, session, "reset_password")


async def left(request: AnyRequest, person: Person) -> Response[Any]:
    """Where somebody goes who has left a team: to another of theirs, or out."""
    words = f"You have left {person.tenant.name}."
    for tenant in person.tenants:
        if tenant.id != person.tenant.id:
            return await _enter(request, person, tenant, words)
    return go("/sign-in", words, "info")


async def _enter(
    request: AnyRequest, person: Person, tenant: OwnTenant, words: str
) -> Response[Any]:
    answer = go("/", words)
    await enter(request, answer, user_id=person.user_id, tenant_id=tenant.id)
    return answer


async def _page(
    request: AnyRequest,
    person: Person,
    session: TenantSession,
    name: str,
    fault: InvalidError | None = None,
) -> Response[Any]:
    return await show(
        request,
        person,
        session,
        "settings/account.html",
        status=422 if fault else 200,
        name=name,
        errors=faults_by_field(fault) if fault else {},
    )


async def _mail(
    request: AnyRequest, person: Person, session: TenantSession, template: str
) -> Response[Any]:
    await throttle(request, template, person.user_id.hex)
    await queue_system_mail(session, template, person.email, {"user_id": person.user_id.hex})
    return go("/settings/account", "The mail is on its way.")
