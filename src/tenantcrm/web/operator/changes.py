"""A change of a tenant by an operator: made, answered, or refused with the form as it was typed."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from litestar import Response

from tenantcrm.database import ControlSession
from tenantcrm.errors import ConflictError, InvalidError
from tenantcrm.ids import read_hex
from tenantcrm.tenants.models import Operator
from tenantcrm.web.api.services import api_services
from tenantcrm.web.dependencies import AnyRequest, Services
from tenantcrm.web.forms import Form, read_form
from tenantcrm.web.operator.tenant_page import tenant_page
from tenantcrm.web.page import go


async def changed(
    request: AnyRequest,
    operator: Operator,
    services: Services,
    tenant: str,
    change: Callable[[ControlSession, UUID, Form], Awaitable[object]],
    told: str,
) -> Response[Any]:
    """Make a change in a unit of work of its own.

    Args:
        request: whose form is read.
        operator: who makes it.
        services: with the database.
        tenant: its id in hex.
        change: called with the session, the tenant's id and the form.
        told: what the page says when it is made.

    Raises:
        NotFoundError: there is no such tenant.
    """
    tenant_id, form = read_hex(tenant), await read_form(request)
    page = f"/operator/tenants/{tenant_id.hex}"
    try:
        async with services.database.control_unit_of_work() as control:
            await change(control, tenant_id, form)
    except InvalidError as fault:
        async with services.database.control_unit_of_work() as control:
            return await tenant_page(request, operator, control, tenant_id, form, fault)
    except ConflictError as fault:
        return go(page, fault.detail, "info")
    # Other processes hear of it from the database; this one is told before it answers.
    api_services(request).keys.forget()
    return go(page, told)
