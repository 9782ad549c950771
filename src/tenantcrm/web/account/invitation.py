"""The link of an invitation: join a team, with an account that is there or a new one."""

import hmac
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tenantcrm.errors import InvalidError, TenantCrmError
from tenantcrm.tenants import passwords, rules
from tenantcrm.tenants.errors import StaleLinkError
from tenantcrm.tenants.schemas import Invitation
from tenantcrm.tenants.service import invites, people
from tenantcrm.web.account.alone import Landing, alone
from tenantcrm.web.dashboard.role_words import WORDS
from tenantcrm.web.dependencies import AnyRequest, Services
from tenantcrm.web.forms import Form, check_all, read_form
from tenantcrm.web.page import faults_by_field, go, show_plain
from tenantcrm.web.throttles import throttle


class Invitations(Controller):
    """Opening the link changes nothing; scanners open links."""

    path = "/invitation/{token:str}"

    @get("/")
    async def form(
        self, request: AnyRequest, services: NamedDependency[Services], token: FromPath[str]
    ) -> Response[Any]:
        """Say who invites whom, and ask for a password, or for a first one."""
        found, known = await _read(services, token)
        signed_in = await _signed_in(request, services, found)
        return _page(request, token, found, known=known, signed_in=signed_in is not None)

    @post("/", status_code=200)
    async def accept(
        self, request: AnyRequest, services: NamedDependency[Services], token: FromPath[str]
    ) -> Response[Any]:
        """Join, signed in as whoever was invited."""
        async with alone(request) as landing:
            return await _accept(request, services, token, landing)


async def _accept(
    request: AnyRequest, services: Services, token: str, landing: Landing
) -> Response[Any]:
    found, known = await _read(services, token)
    signed_in = await _signed_in(request, services, found)
    form = await read_form(request)
    try:
        user_id, name = signed_in or await _who(request, services, found, form, known=known)
    except TenantCrmError as fault:
        errors = faults_by_field(fault) if isinstance(fault, InvalidError) else {"": fault.detail}
        return _page(request, token, found, known=known, form=form, fault=fault, errors=errors)
    async with services.database.unit_of_work(found.tenant_id) as session:
        await invites.accept(session, found, user_id, name)
    answer = go("/", f"Welcome to {found.tenant_name}.")
    return await landing.at(request, answer, user_id=user_id, tenant_id=found.tenant_id)


async def _read(services: Services, token: str) -> tuple[Invitation, bool]:
    """The invitation of a link, and whether its address has an account."""
    claim = services.keyring.read_user_token("invite", token)
    if claim is None:
        raise StaleLinkError
    async with services.database.control_unit_of_work() as control:
        found = await invites.find(control, claim.user_id)
        known = found is not None and await people.has_account(control, found.email_key)
    if found is None or not hmac.compare_digest(found.stamp, claim.stamp):
        raise StaleLinkError("This invitation was accepted, withdrawn, or is too old. Ask again.")
    return found, known


async def _signed_in(
    request: AnyRequest, services: Services, found: Invitation
) -> tuple[UUID, str] | None:
    """Who is signed in, where it is whoever was invited."""
    who = await services.sessions.load(request.cookies.get(services.sessions.cookie_name))
    if who is None:
        return None
    async with services.database.control_unit_of_work() as control:
        return await people.named(control, who.user_id, found.email_key)


async def _who(
    request: AnyRequest, services: Services, found: Invitation, form: Form, *, known: bool
) -> tuple[UUID, str]:
    """Whoever was invited, by the password of their account, or by making one."""
    await throttle(request, "invitation", found.email_key)
    if known:
        async with services.database.control_unit_of_work() as control:
            return await people.right_password(
                control, email_key=found.email_key, password=form["password"]
            )
    check_all(
        lambda: rules.check_name(form["name"], what="Your name"),
        lambda: rules.check_password(form["password"], email=found.email),
    )
    name = rules.check_name(form["name"], what="Your name")
    password_hash = await passwords.hash_password(form["password"])
    async with services.database.control_unit_of_work() as control:
        user_id = await people.joined(
            control,
            email=found.email,
            email_key=found.email_key,
            name=name,
            password_hash=password_hash,
        )
    return user_id, name


def _page(
    request: AnyRequest,
    token: str,
    found: Invitation,
    *,
    known: bool,
    signed_in: bool = False,
    form: Form | None = None,
    fault: TenantCrmError | None = None,
    errors: dict[str, str] | None = None,
) -> Response[Any]:
    return show_plain(
        request,
        "account/invitation.html",
        status=fault.status if fault else 200,
        headers=fault.headers if fault else None,
        action=f"/invitation/{token}",
        invitation=found,
        role=WORDS[found.role],
        known=known,
        signed_in=signed_in,
        values=(form or Form()).values("name"),
        errors=errors or {},
    )
