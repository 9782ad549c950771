"""The links that mails of ours carry: confirm an address, set a password."""

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tenantcrm.contacts.addresses import normalise
from tenantcrm.delivery.service import queue_system_mail
from tenantcrm.errors import InvalidError
from tenantcrm.signing import UserClaim
from tenantcrm.tenants.errors import StaleLinkError
from tenantcrm.tenants.service import operators, people
from tenantcrm.web.account.alone import alone
from tenantcrm.web.dependencies import AnyRequest, Services
from tenantcrm.web.forms import read_form
from tenantcrm.web.page import faults_by_field, go, show_plain
from tenantcrm.web.throttles import throttle


class Links(Controller):
    """Opening a link changes nothing; scanners open links."""

    @get("/verify-email/{token:str}")
    async def verify_form(
        self, request: AnyRequest, services: NamedDependency[Services], token: FromPath[str]
    ) -> Response[Any]:
        """Ask for the one click."""
        _claim(services, "verify-email", token)
        action = f"/verify-email/{token}"
        return show_plain(request, "account/verify_email.html", action=action)

    @post("/verify-email/{token:str}", status_code=200)
    async def verify(
        self, services: NamedDependency[Services], token: FromPath[str]
    ) -> Response[Any]:
        """Note that the address is read."""
        claim = _claim(services, "verify-email", token)
        async with services.database.control_unit_of_work() as control:
            await people.verify_email(control, claim.user_id)
        return go("/", "Your address is confirmed.")

    @get("/forgot-password")
    async def forgot_form(self, request: AnyRequest) -> Response[Any]:
        """Ask for the address."""
        sent = bool(request.query_params.get("sent"))
        return show_plain(
            request, "account/forgot_password.html", values={"email": ""}, errors={}, sent=sent
        )

    @post("/forgot-password", status_code=200)
    async def forgot(
        self, request: AnyRequest, services: NamedDependency[Services]
    ) -> Response[Any]:
        """Mail a link, and say the same whether the address is known or not."""
        form = await read_form(request)
        async with alone(request) as landing:
            try:
                key = normalise(form["email"]).key
                await throttle(request, "forgot-password", key)
                await _mail_reset(services, key)
            except InvalidError as fault:
                return show_plain(
                    request,
                    "account/forgot_password.html",
                    status=422,
                    values=form.values("email"),
                    errors=faults_by_field(fault),
                    sent=False,
                )
            return await landing.at(request, go("/forgot-password?sent=1"))

    @get("/reset-password/{token:str}")
    async def reset_form(
        self, request: AnyRequest, services: NamedDependency[Services], token: FromPath[str]
    ) -> Response[Any]:
        """Ask for the new password."""
        await _reset_for(services, token)
        action = f"/reset-password/{token}"
        return show_plain(request, "account/set_password.html", action=action, errors={})

    @post("/reset-password/{token:str}", status_code=200)
    async def reset(
        self, request: AnyRequest, services: NamedDependency[Services], token: FromPath[str]
    ) -> Response[Any]:
        """Set the password and end every session of the person."""
        async with alone(request) as landing:
            user_id = await _reset_for(services, token)
            form = await read_form(request)
            try:
                async with services.database.control_unit_of_work() as control:
                    await people.set_password(control, user_id, form["password"])
                    # A password that changes while sessions go on would shut nobody out.
                    await services.sessions.end_all(user_id)
            except InvalidError as fault:
                return show_plain(
                    request,
                    "account/set_password.html",
                    status=422,
                    action=f"/reset-password/{token}",
                    errors=faults_by_field(fault),
                )
            answer = go("/sign-in", "Your password is set. Sign in with it.")
            return await landing.at(request, answer)

    @get("/operator/set-password/{token:str}")
    async def operator_form(
        self, request: AnyRequest, services: NamedDependency[Services], token: FromPath[str]
    ) -> Response[Any]:
        """Ask an operator for a password."""
        await _operator_for(services, token)
        action = f"/operator/set-password/{token}"
        return show_plain(request, "account/set_password.html", action=action, errors={})

    @post("/operator/set-password/{token:str}", status_code=200)
    async def operator_password(
        self, request: AnyRequest, services: NamedDependency[Services], token: FromPath[str]
    ) -> Response[Any]:
        """Set an operator's password and end their sessions."""
        operator_id = await _operator_for(services, token)
        form = await read_form(request)
        try:
            async with services.database.control_unit_of_work() as control:
                await operators.set_password(control, operator_id, form["password"])
                await services.operator_sessions.end_all(operator_id)
        except InvalidError as fault:
            return show_plain(
                request,
                "account/set_password.html",
                status=422,
                action=f"/operator/set-password/{token}",
                errors=faults_by_field(fault),
            )
        return go("/operator/sign-in", "Your password is set. Sign in with it.")


def _claim(services: Services, purpose: str, token: str) -> UserClaim:
    claim = services.keyring.read_user_token(purpose, token)
    if claim is None:
        raise StaleLinkError
    return claim


async def _mail_reset(services: Services, email_key: str) -> None:
    async with services.database.control_unit_of_work() as control:
        who = await people.find(control, email_key)
        email = await people.address(control, who.user_id) if who else ""
    if who is None:
        return
    async with services.database.unit_of_work(who.tenant_id) as session:
        await queue_system_mail(session, "reset_password", email, {"user_id": who.user_id.hex})


async def _reset_for(services: Services, token: str) -> UUID:
    claim = _claim(services, "reset-password", token)
    async with services.database.control_unit_of_work() as control:
        stamp = await people.password_stamp(control, claim.user_id)
    if stamp != claim.stamp:
        raise StaleLinkError
    return claim.user_id


async def _operator_for(services: Services, token: str) -> UUID:
    claim = _claim(services, "operator-password", token)
    async with services.database.control_unit_of_work() as control:
        stamp = await operators.password_stamp(control, claim.user_id)
    if stamp != claim.stamp:
        raise StaleLinkError
    return claim.user_id
