"""A campaign's life: pause it, copy it, archive it, delete it."""

from typing import Any

from litestar import Controller, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tenantcrm.campaigns import service
from tenantcrm.database import TenantSession
from tenantcrm.delivery.service import delete_campaign
from tenantcrm.errors import ConflictError, InvalidError
from tenantcrm.ids import read_hex
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dependencies import AnyRequest, require, services
from tenantcrm.web.page import go


class CampaignLife(Controller):
    """The buttons on a campaign's page."""

    path = "/campaigns/{campaign:str}"

    @post("/pause", status_code=200)
    async def pause(
        self,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """Pause: nothing is enrolled or sent until it is activated again."""
        require(person, "campaigns.activate")
        campaign_id = read_hex(campaign)
        try:
            await service.pause(session, campaign_id, actor=f"user:{person.user_id.hex}")
        except ConflictError as fault:
            return go(f"/campaigns/{campaign_id.hex}", fault.detail, "info")
        return go(f"/campaigns/{campaign_id.hex}", "The campaign is paused.")

    @post("/duplicate", status_code=200)
    async def duplicate(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """Copy a campaign: a draft that nobody is in."""
        require(person, "campaigns.edit")
        try:
            made = await service.duplicate(
                session,
                read_hex(campaign),
                senders=services(request).senders,
                actor=f"user:{person.user_id.hex}",
            )
        except InvalidError as fault:
            await session.rollback()
            return go(f"/campaigns/{read_hex(campaign).hex}", fault.detail, "danger")
        return go(f"/campaigns/{made.id.hex}", f"This is a copy, “{made.name}”: a draft.")

    @post("/archive", status_code=200)
    async def archive(
        self,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """Put a campaign out of the way of the others, paused."""
        require(person, "campaigns.activate")
        row = await service.put_away(
            session, read_hex(campaign), actor=f"user:{person.user_id.hex}"
        )
        return go("/campaigns", f"“{row.name}” is archived. It stands in the list of the archived.")

    @post("/unarchive", status_code=200)
    async def unarchive(
        self,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """Bring a campaign back from the archive."""
        require(person, "campaigns.edit")
        row = await service.bring_back(
            session, read_hex(campaign), actor=f"user:{person.user_id.hex}"
        )
        return go(f"/campaigns/{row.id.hex}", f"“{row.name}” is back.")

    @post("/delete", status_code=200)
    async def delete(
        self,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """Delete a campaign; the ledger keeps what was sent."""
        require(person, "campaigns.edit")
        campaign_id = read_hex(campaign)
        await delete_campaign(session, campaign_id, actor=f"user:{person.user_id.hex}")
        return go("/campaigns", "The campaign is deleted.")
