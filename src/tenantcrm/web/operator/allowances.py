"""What a tenant may send: its rate, cap and ramp, and going on after bounces and complaints."""

import re
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Controller, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tenantcrm.database import ControlSession
from tenantcrm.delivery.service import set_allowances
from tenantcrm.errors import FieldError, InvalidError
from tenantcrm.tenants.models import Operator
from tenantcrm.tenants.schemas import Allowances
from tenantcrm.tenants.service.allowances import forgive
from tenantcrm.web.dependencies import AnyRequest, Services
from tenantcrm.web.forms import Form
from tenantcrm.web.operator.changes import changed

_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")


class OperatorAllowances(Controller):
    """Both forms of the tenant's page."""

    path = "/operator/tenants/{tenant:str}"

    @post("/allowances", status_code=200)
    async def change(
        self,
        request: AnyRequest,
        operator: NamedDependency[Operator],
        services: NamedDependency[Services],
        tenant: FromPath[str],
    ) -> Response[Any]:
        """Set rate, cap and ramp, with a reason that is kept."""

        async def change(control: ControlSession, tenant_id: UUID, form: Form) -> None:
            await set_allowances(
                control,
                tenant_id,
                wanted=_allowances(form),
                reason=form["allowances_reason"],
                operator_id=operator.id,
            )

        told = "Saved. It holds from the next mail on."
        return await changed(request, operator, services, tenant, change, told)

    @post("/forgive", status_code=200)
    async def forgive(
        self,
        request: AnyRequest,
        operator: NamedDependency[Operator],
        services: NamedDependency[Services],
        tenant: FromPath[str],
    ) -> Response[Any]:
        """Let it go on; what was counted so far counts no more."""

        async def change(control: ControlSession, tenant_id: UUID, form: Form) -> None:
            reason = form["forgive_reason"]
            await forgive(control, tenant_id, reason=reason, operator_id=operator.id)

        told = "Its campaigns send again."
        return await changed(request, operator, services, tenant, change, told)


def _allowances(form: Form) -> Allowances:
    """What was typed.

    Raises:
        InvalidError: something is no figure, or no day.
    """
    faults, day = [], None
    rate, cap = form["send_rate"].strip(), form["daily_cap"].strip()
    if not _NUMBER.fullmatch(rate):
        faults.append(FieldError("/send_rate", "invalid", "A rate is a number, such as 10 or 0.5"))
    if cap and form.whole("daily_cap") is None:
        words = "A cap is a whole number; leave it empty for none"
        faults.append(FieldError("/daily_cap", "invalid", words))
    try:
        day = date.fromisoformat(form["warm_up_from"].strip() or "none")
    except ValueError:
        if form["warm_up_from"].strip():
            words = "A day is written 2026-03-01; leave it empty for no ramp"
            faults.append(FieldError("/warm_up_from", "invalid", words))
    if faults:
        raise InvalidError(faults)
    return Allowances(
        send_rate=float(rate),
        daily_cap=form.whole("daily_cap") if cap else None,
        warm_up_from=day,
    )
