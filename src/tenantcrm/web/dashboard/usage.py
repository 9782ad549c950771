"""Usage against quota: what left, what may leave, how many contacts there are."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from tenantcrm import clock
from tenantcrm.contacts import service as contacts
from tenantcrm.database import TenantSession
from tenantcrm.delivery.service import sends_by_day
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.api.limits import BURST, RATE
from tenantcrm.web.dependencies import AnyRequest
from tenantcrm.web.page import show
from tenantcrm.web.quota import quota_of

DAYS = 31


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
            rate=RATE,
            burst=BURST,
        )
