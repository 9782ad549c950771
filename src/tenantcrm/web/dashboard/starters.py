"""Sequences to start from: look at them, and make a campaign of one."""

import asyncio
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency

from tenantcrm.campaigns import service
from tenantcrm.campaigns.starters import Starter, starters
from tenantcrm.database import TenantSession
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard.timeline import day_text
from tenantcrm.web.dependencies import AnyRequest, require, services
from tenantcrm.web.forms import read_form
from tenantcrm.web.page import go, show


class Starters(Controller):
    """The page of sequences."""

    path = "/campaigns/starters"

    @get("/")
    async def listed(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """Every sequence with its days."""
        require(person, "campaigns.edit")
        rows = [_shown(starter) for starter in await asyncio.to_thread(starters)]
        return await show(request, person, session, "campaigns/starters.html", starters=rows)

    @post("/", status_code=200)
    async def start(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """Make a campaign of one, a draft."""
        require(person, "campaigns.edit")
        form = await read_form(request)
        made = await service.start_from(
            session,
            form["starter"],
            senders=services(request).senders,
            actor=f"user:{person.user_id.hex}",
        )
        words = "The campaign is a draft. Put in your own links, and look at each mail."
        return go(f"/campaigns/{made.id.hex}", words)


def _shown(starter: Starter) -> dict[str, Any]:
    campaign = starter.file.campaign
    return {
        "key": starter.key,
        "title": starter.title,
        "description": starter.description,
        "needs": starter.needs,
        "filter": campaign.contact_filter,
        "messages": [(day_text(m.send_day), m.subject, m.preheader) for m in campaign.messages],
    }
