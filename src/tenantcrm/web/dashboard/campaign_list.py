"""The list of campaigns: by state, by what is searched, with what they send."""

from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from tenantcrm.campaigns import service
from tenantcrm.campaigns.states import CampaignState
from tenantcrm.database import TenantSession
from tenantcrm.delivery.service.sparks import DAYS, campaign_days
from tenantcrm.tenants import rules
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard.campaign_view import state_of
from tenantcrm.web.dashboard.timeline import day_text
from tenantcrm.web.dependencies import AnyRequest
from tenantcrm.web.page import show
from tenantcrm.web.templating import number_text

PAGE = 50
SEARCH_MOST = 200
TABS = (
    ("", "All"),
    ("active", "Active"),
    ("draft", "Drafts"),
    ("paused", "Paused"),
    ("archived", "Archived"),
)


class CampaignList(Controller):
    """What there is."""

    path = "/campaigns"

    @get("/")
    async def listed(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """Campaigns, newest first; search and state stand in the address."""
        query = request.query_params
        search = " ".join(query.get("q", "").replace("\x00", "").split())[:SEARCH_MOST]
        chosen = query.get("state", "")
        chosen = chosen if chosen in dict(TABS) else ""
        archived = chosen == CampaignState.ARCHIVED
        page = await service.listed(
            session,
            limit=PAGE,
            after=query.get("after") or None,
            state=CampaignState(chosen) if chosen and not archived else None,
            put_away=archived,
            search=search,
        )
        ids = [row.id for row in page.rows]
        people = await service.stats(session, ids)
        days = await campaign_days(session, ids, zone=person.tenant.timezone)
        counted = await service.shelves(session)
        kept = {name: value for name, value in (("q", search), ("state", chosen)) if value}
        return await show(
            request,
            person,
            session,
            "campaigns/index.html",
            block="campaign_list",
            campaigns=[
                {
                    "id": row.id,
                    "name": row.name,
                    "state": state_of(row),
                    "contact_filter": row.contact_filter,
                    "days": [day_text(message.send_day) for message in row.messages],
                    "people": people[row.id].active,
                    "spark": days[row.id],
                    "spark_words": _spark_words(days[row.id]),
                    "next_send_at": row.next_send_at,
                }
                for row in page.rows
            ],
            search=search,
            state=chosen,
            tabs=_tabs(counted, chosen, search),
            any_campaign=sum(counted.values()) > 0,
            first_href=_address(kept) if query.get("after") else "",
            next_href=_address(kept | {"after": page.next}) if page.next else "",
            may_edit=rules.may(person.role, "campaigns.edit"),
        )


def _tabs(counted: dict[str, int], chosen: str, search: str) -> list[dict[str, Any]]:
    total = sum(n for state, n in counted.items() if state != CampaignState.ARCHIVED)
    kept = {"q": search} if search else {}
    return [
        {
            "text": words,
            "href": _address(kept | ({"state": state} if state else {})),
            "current": state == chosen,
            "count": counted.get(state, 0) if state else total,
        }
        for state, words in TABS
    ]


def _address(query: dict[str, str]) -> str:
    return "/campaigns?" + urlencode(query) if query else "/campaigns"


def _spark_words(days: list[int]) -> str:
    return f"{number_text(sum(days))} sent in {DAYS} days, {number_text(days[-1])} of them today"
