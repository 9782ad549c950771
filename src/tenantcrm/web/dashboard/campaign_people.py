"""Who is in a campaign, and what happened in it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from tenantcrm.campaigns import service
from tenantcrm.campaigns.schemas import Those
from tenantcrm.campaigns.states import EnrollmentState, Reached
from tenantcrm.database import TenantSession
from tenantcrm.delivery.periods import Period
from tenantcrm.delivery.service import campaign_activity
from tenantcrm.ids import read_hex
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard.activities import REASONS, entries
from tenantcrm.web.dashboard.campaign_frame import campaign_page
from tenantcrm.web.dashboard.periods import read_period
from tenantcrm.web.dependencies import AnyRequest

PAGE = 50
STATES = tuple(EnrollmentState)
REACHED = {
    Reached.SENT: "at least one mail was sent to them",
    Reached.DELIVERED: "at least one mail was delivered to them",
    Reached.CLICKED: "they have clicked in a mail",
}
MARKS = {mark.name.lower(): mark for mark in Reached if mark.name}


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
        query = request.query_params
        chosen = read_period(query, person.tenant.timezone)
        among = _those(query, chosen.period)
        page = await service.participants(
            session, campaign_id, among=among, after=query.get("after") or None, limit=PAGE
        )
        keep = {
            name: query[name] for name in ("reason", "reached") if query.get(name)
        } | chosen.query
        here = keep | ({"state": among.state.value} if among.state else {})
        return await campaign_page(
            request,
            person,
            session,
            campaign_id,
            "campaigns/people.html",
            "people",
            total=await service.how_many(session, campaign_id, among),
            told=_told(among),
            all_href=base,
            people=[
                {
                    "contact_id": row.contact_id,
                    "email": row.email,
                    "name": row.name,
                    "state": row.state,
                    "exit_reason": REASONS.get(row.exit_reason or "", row.exit_reason),
                    "enrolled_on": row.enrolled_on,
                    "enrolled_at": row.enrolled_at,
                }
                for row in page.rows
            ],
            states=[
                {
                    "text": words,
                    "href": _address(base, chosen.query | ({"state": key} if key else {})),
                    "current": key == (among.state or ""),
                }
                for words, key in (("All", ""), *((s.capitalize(), s.value) for s in STATES))
            ],
            next_href=_address(base, here | {"after": page.next}) if page.next else "",
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


def _those(query: Mapping[str, str], period: Period) -> Those:
    """The people that an address asks for; what it says that there is not is left out."""
    state = query.get("state", "")
    return Those(
        state=EnrollmentState(state) if state in set(EnrollmentState) else None,
        reason=query.get("reason") or None,
        reached=MARKS.get(query.get("reached", "")),
        since=period.first,
        until=period.last_day,
    )


def _told(among: Those) -> str:
    """Of whom the list is, beside the tabs, in words; empty: of all who stand there."""
    words = []
    if among.reason is not None:
        words.append("left because " + REASONS.get(among.reason, among.reason.replace("_", " ")))
    if among.reached is not None:
        words.append(REACHED[among.reached])
    if among.since is not None:
        words.append(f"day 0 from {among.since.isoformat()}")
    if among.until is not None:
        words.append(f"day 0 until {among.until.isoformat()}")
    return ", ".join(words)


def _address(base: str, query: dict[str, str]) -> str:
    return f"{base}?{urlencode(query)}" if query else base
