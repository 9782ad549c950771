"""The operator's tenants: counts, state, suspend with a reason, resume. Never any content."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tenantcrm.database import ControlSession
from tenantcrm.errors import ConflictError, InvalidError
from tenantcrm.ids import read_hex
from tenantcrm.tenants.models import Operator
from tenantcrm.tenants.schemas import TenantRow
from tenantcrm.tenants.service import operators
from tenantcrm.web.api.services import api_services
from tenantcrm.web.dependencies import AnyRequest, Services
from tenantcrm.web.forms import read_form
from tenantcrm.web.operator.tenant_page import tenant_page
from tenantcrm.web.page import go, show_operator

PAGE = 50


@dataclass(frozen=True, slots=True)
class Totals:
    """The installation in numbers."""

    tenants: int
    suspended: int
    contacts: int
    sent: int
    sent_last_day: int
    pending: int
    unknown: int


class OperatorTenants(Controller):
    """The console's pages."""

    path = "/operator"

    @get("/")
    async def overview(
        self,
        request: AnyRequest,
        operator: NamedDependency[Operator],
        control: NamedDependency[ControlSession],
    ) -> Response[Any]:
        """The installation in numbers, and the newest tenants."""
        totals = Totals(**await operators.totals(control))
        newest = await operators.tenants(control, limit=10)
        return show_operator(
            request, operator, "operator/overview.html", totals=totals, tenants=newest
        )

    @get("/tenants")
    async def listed(
        self,
        request: AnyRequest,
        operator: NamedDependency[Operator],
        control: NamedDependency[ControlSession],
    ) -> Response[Any]:
        """Every tenant, newest first, by name and state."""
        # PostgreSQL's text holds no NUL, so nothing that is stored can match one.
        search = request.query_params.get("q", "").replace("\x00", "")[:200]
        state = "suspended" if request.query_params.get("state") == "suspended" else ""
        after = request.query_params.get("after", "")
        rows = await operators.tenants(
            control,
            search=search,
            state=state,
            after=read_hex(after) if after else None,
            limit=PAGE + 1,
        )
        return show_operator(
            request,
            operator,
            "operator/tenants.html",
            tenants=rows[:PAGE],
            search=search,
            state=state,
            next_href=_more(search, state, rows) if len(rows) > PAGE else "",
            block="tenant_list",
        )

    @get("/tenants/{tenant:str}")
    async def one(
        self,
        request: AnyRequest,
        operator: NamedDependency[Operator],
        control: NamedDependency[ControlSession],
        tenant: FromPath[str],
    ) -> Response[Any]:
        """One tenant."""
        return await tenant_page(request, operator, control, read_hex(tenant))

    @post("/tenants/{tenant:str}/suspend", status_code=200)
    async def suspend(
        self,
        request: AnyRequest,
        operator: NamedDependency[Operator],
        services: NamedDependency[Services],
        tenant: FromPath[str],
    ) -> Response[Any]:
        """Suspend with a reason."""
        tenant_id, form = read_hex(tenant), await read_form(request)
        try:
            async with services.database.control_unit_of_work() as control:
                await operators.suspend(
                    control, tenant_id, reason=form["reason"], operator_id=operator.id
                )
        except InvalidError as fault:
            async with services.database.control_unit_of_work() as control:
                return await tenant_page(request, operator, control, tenant_id, form, fault)
        except ConflictError as fault:
            return go(f"/operator/tenants/{tenant_id.hex}", fault.detail, "info")
        # Other processes hear of it from the database; this one is told before it answers.
        api_services(request).keys.forget()
        return go(f"/operator/tenants/{tenant_id.hex}", "Suspended. Nothing of it is sent now.")

    @post("/tenants/{tenant:str}/resume", status_code=200)
    async def resume(
        self,
        request: AnyRequest,
        operator: NamedDependency[Operator],
        services: NamedDependency[Services],
        tenant: FromPath[str],
    ) -> Response[Any]:
        """Let it work again."""
        tenant_id = read_hex(tenant)
        try:
            async with services.database.control_unit_of_work() as control:
                await operators.resume(control, tenant_id, operator_id=operator.id)
        except ConflictError as fault:
            return go(f"/operator/tenants/{tenant_id.hex}", fault.detail, "info")
        api_services(request).keys.forget()
        return go(f"/operator/tenants/{tenant_id.hex}", "Resumed.")


def _more(search: str, state: str, rows: list[TenantRow]) -> str:
    last = rows[PAGE - 1].id.hex
    return "/operator/tenants?" + urlencode({"q": search, "state": state, "after": last})
