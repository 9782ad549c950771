"""The ledger: one row per mail, from due to sent, and why not."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tenantcrm.database import TenantSession
from tenantcrm.delivery.errors import NotResendableError
from tenantcrm.delivery.schemas import DeliveryView
from tenantcrm.delivery.service import get_delivery, list_deliveries, resend
from tenantcrm.delivery.states import State
from tenantcrm.delivery.unknown import may_resend
from tenantcrm.ids import CAMPAIGN, DELIVERY, read_hex, show_id
from tenantcrm.tenants import rules
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard.activities import REASONS, steps
from tenantcrm.web.dependencies import AnyRequest, require
from tenantcrm.web.page import go, show
from tenantcrm.web.templating import utc_text

PAGE = 50
TABS = (
    "",
    State.PENDING,
    State.SENT,
    State.DELIVERED,
    State.BOUNCED,
    State.COMPLAINED,
    State.SKIPPED,
    State.FAILED,
    State.UNKNOWN,
)
KINDS = {"system": "Our own mail", "test": "Test mail", "day_zero": "Day 0", "drip": "Drip"}


class Sends(Controller):
    """The pages of the ledger."""

    path = "/sends"

    @get("/")
    async def listed(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """Mails, newest first, by state and campaign."""
        query = request.query_params
        text = query.get("state", "")
        state = State(text) if text in set(State) else None
        campaign = query.get("campaign", "")
        page = await list_deliveries(
            session,
            campaign_id=read_hex(campaign) if campaign else None,
            state=state,
            after=query.get("after") or None,
            limit=PAGE,
        )
        keep = {"campaign": campaign} if campaign else {}
        here = keep | ({"state": state.value} if state else {})
        return await show(
            request,
            person,
            session,
            "sends/index.html",
            deliveries=[_row(row) for row in page.rows],
            states=[
                {
                    "text": (tab or "all").capitalize(),
                    "href": _address(keep | ({"state": tab} if tab else {})),
                    "current": tab == (state or ""),
                }
                for tab in TABS
            ],
            next_href=_address(here | {"after": page.next}) if page.next else "",
        )

    @get("/{delivery:str}")
    async def one(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        delivery: FromPath[str],
    ) -> Response[Any]:
        """One mail: state, attempts, SES's id, and why."""
        row = await get_delivery(session, read_hex(delivery))
        return await show(
            request,
            person,
            session,
            "sends/delivery.html",
            row=_row(row),
            why=row.why,
            timeline=steps(row),
            can_resend=may_resend(row.state, row.kind, row.reason)
            and rules.may(person.role, "sends.resend"),
            details=[
                ("To", row.email or "An erased contact"),
                ("Campaign", row.campaign_name or "–"),
                ("Kind", KINDS.get(row.kind, row.kind)),
                ("Due", utc_text(row.due_at)),
                ("Sent", _when(row.sent_at)),
                ("Delivered", _when(row.delivered_at)),
                ("Opened", _when(row.opened_at)),
                ("Clicked", _when(row.clicked_at)),
                ("Opened or clicked by a program", _when(row.machine_at)),
                ("Requests to SES", str(row.attempts)),
                ("SES message id", row.ses_message_id or "–"),
                ("What SES said", row.detail or "–"),
                ("Id", show_id(DELIVERY, row.id)),
                ("Campaign id", show_id(CAMPAIGN, row.campaign_id) if row.campaign_id else "–"),
            ],
        )

    @post("/{delivery:str}/resend", status_code=200)
    async def resend(
        self,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        delivery: FromPath[str],
    ) -> Response[Any]:
        """Send a mail once more of which SES's silence says that it was not taken."""
        require(person, "sends.resend")
        delivery_id = read_hex(delivery)
        try:
            await resend(session, delivery_id, actor=f"user:{person.user_id.hex}")
        except NotResendableError as fault:
            return go(f"/sends/{delivery_id.hex}", fault.detail, "info")
        return go(f"/sends/{delivery_id.hex}", "The mail is sent once more.")


def _when(at: datetime | None) -> str:
    return utc_text(at) if at else "–"


def _address(query: dict[str, Any]) -> str:
    return "/sends?" + urlencode(query) if query else "/sends"


def _row(row: DeliveryView) -> dict[str, Any]:
    contact: UUID | None = row.contact_id
    return {
        "id": row.id,
        "title": row.subject or KINDS.get(row.kind, row.kind),
        "campaign": row.campaign_name,
        "kind_words": KINDS.get(row.kind, row.kind),
        "state": row.state,
        "reason": REASONS.get(row.reason or "", row.reason),
        "contact_id": contact,
        "email": row.email,
        "due_at": row.due_at,
        "sent_at": row.sent_at,
    }
