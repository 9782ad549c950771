"""Sign up: a business, its owner, and a mail that confirms the address."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency

from tenantcrm.contacts.addresses import normalise
from tenantcrm.delivery.service import queue_system_mail
from tenantcrm.errors import InvalidError, TooManyRequestsError
from tenantcrm.tenants import passwords, rules
from tenantcrm.tenants.service import people
from tenantcrm.web.account.alone import alone
from tenantcrm.web.dependencies import AnyRequest, Services
from tenantcrm.web.forms import Form, check_all, read_form
from tenantcrm.web.page import faults_by_field, go, show_plain
from tenantcrm.web.throttles import throttle

FIELDS = ("business_name", "email", "timezone")


class SignUp(Controller):
    """The way in for a new business."""

    @get("/sign-up")
    async def form(self, request: AnyRequest) -> Response[Any]:
        """Show the form."""
        values = dict.fromkeys(FIELDS, "")
        return show_plain(request, "account/sign_up.html", values=values, errors={})

    @post("/sign-up", status_code=200)
    async def sign_up(
        self, request: AnyRequest, services: NamedDependency[Services]
    ) -> Response[Any]:
        """Make the tenant and its owner, sign the owner in, and mail a confirmation."""
        form = await read_form(request)
        async with alone(request) as landing:
            try:
                made = await _make(request, services, form)
            except (InvalidError, TooManyRequestsError) as fault:
                return _page(request, form, fault)
            words = "Welcome. We have mailed you a link to confirm your address."
            return await landing.at(
                request, go("/", words), user_id=made.user_id, tenant_id=made.tenant_id
            )


def _page(
    request: AnyRequest, form: Form, fault: InvalidError | TooManyRequestsError
) -> Response[Any]:
    """The form again, with what was typed and what is wrong with it."""
    errors = faults_by_field(fault) if isinstance(fault, InvalidError) else {"": fault.detail}
    return show_plain(
        request,
        "account/sign_up.html",
        status=fault.status,
        headers=fault.headers,
        values=form.values(*FIELDS),
        errors=errors,
    )


async def _make(request: AnyRequest, services: Services, form: Form) -> people.SignedUp:
    check_all(
        lambda: rules.check_name(
            form["business_name"], pointer="/business_name", what="A business name"
        ),
        lambda: normalise(form["email"]),
        lambda: rules.check_password(form["password"], email=form["email"].strip()),
        lambda: rules.check_timezone(form["timezone"] or "UTC"),
    )
    address = normalise(form["email"])
    await throttle(request, "sign-up", address.key)
    password_hash = await passwords.hash_password(form["password"])
    async with services.database.control_unit_of_work() as control:
        made = await people.sign_up(
            control,
            business=form["business_name"],
            email=address.email,
            email_key=address.key,
            password_hash=password_hash,
            timezone=form["timezone"] or "UTC",
        )
    async with services.database.unit_of_work(made.tenant_id) as session:
        await queue_system_mail(
            session, "verify_email", address.email, {"user_id": made.user_id.hex}
        )
    return made
