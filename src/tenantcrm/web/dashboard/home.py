"""The start page: a checklist until the first campaign runs, then the day at a glance."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency

from tenantcrm.campaigns import service as campaigns
from tenantcrm.campaigns.schemas import CampaignView
from tenantcrm.campaigns.states import CampaignState
from tenantcrm.contacts import service as contacts
from tenantcrm.database import TenantSession
from tenantcrm.delivery.service import leaving, sends_by_day
from tenantcrm.rates import Limiter
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.schemas import Person
from tenantcrm.tenants.service import tenants
from tenantcrm.web.dashboard import setup
from tenantcrm.web.dashboard.hand import needs_a_hand
from tenantcrm.web.dashboard.limits import limits_of
from tenantcrm.web.dependencies import AnyRequest, require, services
from tenantcrm.web.forms import read_form
from tenantcrm.web.page import go, show, wants_part
from tenantcrm.web.templating import number_text

DAYS = 14
SHOWN = 100
NEXT = 5


class Home(Controller):
    """Where one arrives."""

    @get("/")
    async def home(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """What to do next, what went out, what goes out next, what needs a hand.

        A page that shows the checklist asks again and again, and says in ``seen`` what it shows: it
        gets nothing (204) until a step is done, so that nothing moves under whoever reads it.
        """
        rows = await _campaigns(session)
        steps = await setup.steps(session, person, rows)
        seen, wanted = setup.seen(steps), request.query_params.get("list") == "1"
        if wants_part(request) and request.query_params.get("seen") == seen:
            return Response(None, status_code=204)
        done = all(step["done"] for step in steps)
        hidden = person.tenant.setup_hidden_at is not None
        lists = not done and (wanted or not hidden)
        runs = any(row.activated_at for row in rows)
        return await show(
            request,
            person,
            session,
            "home/index.html",
            block="home",
            steps=steps,
            done=sum(step["done"] for step in steps),
            lists=lists,
            again=f"/?seen={seen}" + ("&list=1" if wanted else ""),
            hidden=hidden and not done,
            overview=(
                await _overview(session, person, rows, services(request).limiter)
                if runs or not lists
                else None
            ),
        )

    @post("/checklist", status_code=200)
    async def hide(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """Put the checklist away for everybody of the team, or take it out again."""
        require(person, "settings")
        form = await read_form(request)
        await tenants.hide_setup(session, hidden=form["hide"] == "1", actor=person.actor)
        return go("/")


async def _campaigns(session: TenantSession) -> list[CampaignView]:
    """The newest, and behind them every older one that runs or is paused, however many there are:
    what the page counts and says of those holds for all of them.
    """
    newest = await campaigns.listed(session, limit=SHOWN)
    rows = newest.rows
    if newest.next is None:
        return rows
    seen = {row.id for row in rows}
    for state in (CampaignState.ACTIVE, CampaignState.PAUSED):
        after = None
        while True:
            page = await campaigns.listed(session, limit=SHOWN, after=after, state=state)
            rows += [row for row in page.rows if row.id not in seen]
            after = page.next
            if after is None:
                break
    return rows


async def _overview(
    session: TenantSession, person: Person, rows: list[CampaignView], limiter: Limiter
) -> dict[str, Any]:
    days = await sends_by_day(session, days=DAYS, zone=person.tenant.timezone)
    people = await contacts.total(session, mode=Mode.LIVE)
    active = [row for row in rows if row.state == "active"]
    upcoming = sorted(
        (row for row in active if row.next_send_at), key=lambda row: str(row.next_send_at)
    )
    return {
        "today": days[-1][1],
        "sent": sum(number for _, number in days),
        "contacts": ("" if people.exact else "about ") + number_text(people.number),
        "active": len(active),
        "upcoming": upcoming[:NEXT],
        "leaving": await leaving(session),
        "numbers": [number for _, number in days],
        "hand": await needs_a_hand(
            session, person, rows, await limits_of(person, session, limiter)
        ),
    }
