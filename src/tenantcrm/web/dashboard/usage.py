"""Usage against limits: what left, what may leave, and how much there may be of everything."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from tenantcrm import clock
from tenantcrm.campaigns.fields import TEMPLATE_MOST
from tenantcrm.contacts import service as contacts
from tenantcrm.contacts.imports import dialects, reading
from tenantcrm.contacts.imports import service as imports
from tenantcrm.contacts.rules import ATTRIBUTES_MOST, TEXT_MOST
from tenantcrm.database import TenantSession
from tenantcrm.delivery.service import sends_by_day
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.api.call import LARGEST_BODY, LARGEST_LIMIT
from tenantcrm.web.api.contacts_batch import MOST as BATCH_MOST
from tenantcrm.web.dashboard.limits import close_to_the_end, limits_of
from tenantcrm.web.dependencies import AnyRequest, services
from tenantcrm.web.page import show
from tenantcrm.web.quota import quota_of
from tenantcrm.web.templating import number_text

DAYS = 31
MEGA = 1_000_000


class Usage(Controller):
    """The page of usage."""

    @get("/settings/usage")
    async def usage(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """What is used of what the tenant may."""
        zone = person.tenant.timezone
        today = clock.now().astimezone(ZoneInfo(zone)).date()
        days = await sends_by_day(session, days=DAYS, zone=zone)
        limits = await limits_of(person, session, services(request).limiter)
        return await show(
            request,
            person,
            session,
            "settings/usage.html",
            quota=await quota_of(session, person.tenant),
            tenant=person.tenant,
            contacts=await contacts.total(session, mode=Mode.LIVE),
            tests=await contacts.total(session, mode=Mode.TEST),
            month=sum(number for day, number in days if day.month == today.month),
            month_name=f"{today:%B}",
            today=days[-1][1],
            yesterday=next((n for day, n in days if day == today - timedelta(days=1)), 0),
            days=[(f"{day.day} {day:%b}", number) for day, number in days],
            limits=limits,
            close=close_to_the_end(limits),
            sizes=_sizes(person),
        )


def _sizes(person: Person) -> list[tuple[str, str]]:
    """Limits of single things, which have no use that adds up."""
    tenant = person.tenant
    capped = f"{tenant.cap_mails} in {tenant.cap_days} days, by your frequency cap"
    file = (
        f"{imports.SIZE_MOST // MEGA} MB, {dialects.COLUMNS_MOST} columns, "
        f"{reading.LINE_MOST // MEGA} MB a row, {reading.CELL_MOST // MEGA} million characters "
        "a cell"
    )
    call = (
        f"{LARGEST_BODY // MEGA} MB; {number_text(BATCH_MOST)} contacts in a batch, "
        f"{LARGEST_LIMIT} rows a page"
    )
    return [
        (
            "Mails to one contact",
            capped if tenant.cap_mails else "as many as campaigns send; you may set a cap",
        ),
        (
            "A contact",
            f"{ATTRIBUTES_MOST} attributes, each of up to {number_text(TEXT_MOST)} characters",
        ),
        ("A template", f"{TEMPLATE_MOST // MEGA} MB"),
        ("A file to import", file),
        ("A call of the API", call),
    ]
