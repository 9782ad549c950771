"""The operator's tenants: counts, state, suspend with a reason, resume. Never any content."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tenantcrm.database import ControlSession
from tenantcrm.ids import read_hex
from tenantcrm.tenants.models import Operator
from tenantcrm.tenants.schemas import TenantRow
from tenantcrm.tenants.service import operators
from tenantcrm.web.dependencies import AnyRequest, Services
from tenantcrm.web.forms import Form
from tenantcrm.web.operator.changes import changed
from tenantcrm.web.operator.tenant_page import tenant_page
from tenantcrm.web.page import show_operator

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
        search = request.query_params.get("q", "")[:200]
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

        async def change(control: ControlSession, tenant_id: UUID, form: Form) -> None:
            reason = form["reason"]
            await operators.suspend(control, tenant_id, reason=reason, operator_id=operator.id)

        told = "Suspended. Nothing of it is sent now."
        return await changed(request, operator, services, tenant, change, told)

    @post("/tenants/{tenant:str}/resume", status_code=200)
    async def resume(
        self,
        request: AnyRequest,
        operator: NamedDependency[Operator],
        services: NamedDependency[Services],
        tenant: FromPath[str],
    ) -> Response[Any]:
        """Let it work again."""

        async def change(control: ControlSession, tenant_id: UUID, _form: Form) -> None:
            await operators.resume(control, tenant_id, operator_id=operator.id)

        return await changed(request, operator, services, tenant, change, "Resumed.")


def _more(search: str, state: str, rows: list[TenantRow]) -> str:
    last = rows[PAGE - 1].id.hex
    return "/operator/tenants?" + urlencode({"q": search, "state": state, "after": last})
