"""The page of one tenant in the console: state, counts, standing, allowances, what was done."""

from typing import Any
from uuid import UUID

from litestar import Response

from tenantcrm import clock
from tenantcrm.database import ControlSession
from tenantcrm.delivery.allowances import LAST_DAY, cap_of
from tenantcrm.errors import InvalidError
from tenantcrm.tenants.models import Operator, OperatorAction
from tenantcrm.tenants.schemas import TenantRow
from tenantcrm.tenants.service import operators
from tenantcrm.web.dependencies import AnyRequest
from tenantcrm.web.forms import Form
from tenantcrm.web.page import faults_by_field, show_operator

_ENTRIES = {
    "suspend": ("Suspended", "ban", "danger"),
    "resume": ("Resumed", "play", "ok"),
    "forgive": ("Let go on", "play", "ok"),
    "allowances": ("Allowances changed", "settings", "accent"),
}


async def tenant_page(
    request: AnyRequest,
    operator: Operator,
    control: ControlSession,
    tenant_id: UUID,
    form: Form | None = None,
    fault: InvalidError | None = None,
) -> Response[Any]:
    """The page; ``form``: what was typed into the form that ``fault`` is about.

    Raises:
        NotFoundError: there is no such tenant.
    """
    tenant = await operators.tenant(control, tenant_id)
    typed = form if form is not None else Form()
    today = clock.now().date()
    return show_operator(
        request,
        operator,
        "operator/tenant.html",
        status=422 if fault else 200,
        tenant=tenant,
        cap=cap_of(tenant.daily_cap, tenant.warm_up_from, today),
        ramp_days=LAST_DAY,
        timeline=[_entry(action) for action in await operators.actions(control, tenant_id)],
        form=_typed(tenant) | typed,
        errors=faults_by_field(fault) if fault else {},
    )


def _typed(tenant: TenantRow) -> dict[str, str]:
    """The allowances as the form shows them."""
    return {
        "send_rate": f"{tenant.send_rate:g}",
        "daily_cap": "" if tenant.daily_cap is None else str(tenant.daily_cap),
        "warm_up_from": "" if tenant.warm_up_from is None else tenant.warm_up_from.isoformat(),
    }


def _entry(action: OperatorAction) -> dict[str, object]:
    title, icon, tone = _ENTRIES.get(action.action, (action.action, "settings", "accent"))
    return {
        "at": action.at,
        "title": title,
        "icon": icon,
        "tone": tone,
        "text": action.reason or ("" if action.operator_id else "From the command line"),
    }
