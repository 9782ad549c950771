"""A campaign's life: pause it, delete it."""

from typing import Any

from litestar import Controller, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tenantcrm.campaigns import service
from tenantcrm.database import TenantSession
from tenantcrm.delivery.service import delete_campaign
from tenantcrm.errors import ConflictError
from tenantcrm.ids import read_hex
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dependencies import require
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
