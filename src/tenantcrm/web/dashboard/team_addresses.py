"""Whom a test mail may go to: oneself, and the others of the team."""

from tenantcrm.tenants.schemas import Person
from tenantcrm.tenants.service import team
from tenantcrm.web.dependencies import AnyRequest, services


async def team_addresses(request: AnyRequest, person: Person) -> list[str]:
    """The addresses of everybody in the tenant, one's own first."""
    async with services(request).database.control_unit_of_work() as session:
        members = await team.members(session, person.tenant.id)
    return [person.email, *(one.email for one in members if one.email != person.email)]
