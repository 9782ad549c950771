"""Who is in a campaign, and what happened in it."""

from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from tenantcrm.campaigns import service
from tenantcrm.campaigns.states import EnrollmentState
from tenantcrm.database import TenantSession
from tenantcrm.delivery.service import campaign_activity
from tenantcrm.ids import read_hex
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard.activities import REASONS, entries
from tenantcrm.web.dashboard.campaign_frame import campaign_page
from tenantcrm.web.dependencies import AnyRequest

PAGE = 50


class CampaignPeople(Controller):
    """Two tabs of a campaign."""

    path = "/campaigns/{campaign:str}"

    @get("/people")
    async def people(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """The people in the campaign, last enrolled first."""
        campaign_id = read_hex(campaign)
        base = f"/campaigns/{campaign_id.hex}/people"
        text = request.query_params.get("state", "")
        state = EnrollmentState(text) if text in set(EnrollmentState) else None
        page = await service.participants(
            session,
            campaign_id,
            state=state,
            after=request.query_params.get("after") or None,
            limit=PAGE,
        )
        query = {"state": state.value} if state else {}
        more = ""
        if page.next:
            more = f"{base}?" + urlencode(query | {"after": page.next})
        tabs = [("All", "", base)]
        tabs += [
            (s.value.capitalize(), s.value, f"{base}?state={s.value}") for s in EnrollmentState
        ]
        return await campaign_page(
            request,
            person,
            session,
            campaign_id,
            "campaigns/people.html",
            "people",
            people=[
                {
                    "contact_id": row.contact_id,
                    "email": row.email,
                    "name": row.name,
                    "state": row.state,
                    "exit_reason": REASONS.get(row.exit_reason or "", row.exit_reason),
                    "enrolled_on": row.enrolled_on.isoformat(),
                    "enrolled_at": row.enrolled_at,
                }
                for row in page.rows
            ],
            states=[
                {"text": words, "href": href, "current": key == (state.value if state else "")}
                for words, key, href in tabs
            ],
            next_href=more,
        )

    @get("/activity")
    async def activity(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """Everything that happened, newest first."""
        campaign_id = read_hex(campaign)
        after = request.query_params.get("after") or None
        page = await campaign_activity(session, campaign_id, after=after, limit=PAGE)
        more = f"/campaigns/{campaign_id.hex}/activity?" + urlencode({"after": page.next or ""})
        return await campaign_page(
            request,
            person,
            session,
            campaign_id,
            "campaigns/activity.html",
            "activity",
            timeline=entries(page.rows, with_contact=True),
            next_href=more if page.next else "",
        )
