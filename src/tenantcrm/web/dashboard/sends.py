"""The ledger: one row per mail, from due to sent, and why not."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from tenantcrm.database import Database, TenantSession
from tenantcrm.delivery.errors import NotResendableError
from tenantcrm.delivery.numbers import Among
from tenantcrm.delivery.schemas import DeliveryView
from tenantcrm.delivery.service import browse, get_delivery, how_many, resend, subjects
from tenantcrm.delivery.states import Kind
from tenantcrm.delivery.unknown import may_resend
from tenantcrm.errors import NotFoundError
from tenantcrm.ids import CAMPAIGN, CONTACT, DELIVERY, MESSAGE, read_hex, show_id
from tenantcrm.tenants import rules
from tenantcrm.tenants.schemas import Person
from tenantcrm.tenants.service import audit
from tenantcrm.web.dashboard.activities import REASONS, steps
from tenantcrm.web.dashboard.editor.page import found_message
from tenantcrm.web.dashboard.report_view import LABELS
from tenantcrm.web.dashboard.sends_filter import choices, named, read_filter, told
from tenantcrm.web.dependencies import AnyRequest, require, services
from tenantcrm.web.exports import Cell, csv_download
from tenantcrm.web.page import go, show

PAGE = 50
EXPORTED_AT_ONCE = 1_000
KINDS = {"system": "Our own mail", "test": "Test mail", "day_zero": "Day 0", "drip": "Drip"}
EXPORT = (
    "id", "email", "contact_id", "campaign", "campaign_id", "subject", "message_id", "send_day",
    "state", "reason", "why", "due_at", "sent_at", "delivered_at", "opened_at", "clicked_at",
    "bounced_at", "complained_at", "attempts", "ses_message_id",
)  # fmt: skip


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
        """Mails, the latest first, by what became of them, campaign, message, contact and time."""
        query = request.query_params
        found = await read_filter(session, query, person.tenant.timezone)
        page = await browse(session, found.among, after=query.get("after") or None, limit=PAGE)
        named = await subjects(session, person.tenant, [row.id for row in page.rows])
        fate = found.among.fate
        return await show(
            request,
            person,
            session,
            "sends/index.html",
            deliveries=[_row(row, named) for row in page.rows],
            total=await how_many(session, found.among),
            states=[
                {
                    "text": words,
                    "href": found.address(state=str(one or ""), reason=""),
                    "current": one == fate,
                }
                for one, words in ((None, "All"), *LABELS.items())
            ],
            query=found.query,
            errors=found.faults,
            email=found.email,
            first_day=found.chosen.first_text,
            last_day=found.chosen.last_text,
            zone=person.tenant.timezone,
            told=told(found),
            without_reason=found.address(reason=""),
            export_href=found.address().replace("/sends", "/sends/export.csv", 1),
            may_export=rules.may(person.role, "contacts.export"),
            next_href=found.address(after=page.next) if page.next else "",
            **await choices(session, found),
        )

    @get("/export.csv")
    async def export(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Stream:
        """Every mail of the list, as a file. It names people: not everybody may have it."""
        require(person, "contacts.export")
        found = await read_filter(session, request.query_params, person.tenant.timezone)
        asked: audit.Changes = {
            name: (None, value) for name, value in (await named(session, found)).items()
        }
        await audit.record(
            session,
            actor=f"user:{person.user_id.hex}",
            action="exported",
            subject="sends",
            changes={name: pair for name, pair in asked.items() if name != "email"},
        )
        rows = _exported(services(request).database, person.tenant.id, found.among)
        return csv_download("sends.csv", EXPORT, rows)

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
        named = await subjects(session, person.tenant, [row.id])
        return await show(
            request,
            person,
            session,
            "sends/delivery.html",
            row=_row(row, named),
            why=row.why,
            timeline=steps(row),
            can_resend=may_resend(row.state, row.kind, row.reason)
            and rules.may(person.role, "sends.resend"),
            details=_details(row, named),
            message_href=await _message_page(session, row),
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
        delivery_id, actor = read_hex(delivery), f"user:{person.user_id.hex}"
        try:
            await resend(session, delivery_id, actor=actor)
        except NotResendableError as fault:
            return go(f"/sends/{delivery_id.hex}", fault.detail, "info")
        await audit.record(
            session,
            actor=person.actor,
            action="sent again",
            subject="delivery",
            subject_id=delivery_id,
            changes={"state": ("unknown", "pending")},
        )
        return go(f"/sends/{delivery_id.hex}", "The mail is sent once more.")


async def _message_page(session: TenantSession, row: DeliveryView) -> str:
    """Where the message is seen as this contact gets it; empty: the one or the other is gone."""
    if row.campaign_id is None or row.message_id is None or row.contact_id is None:
        return ""
    try:
        await found_message(session, row.campaign_id, row.message_id)
    except NotFoundError:
        return ""
    base = f"/campaigns/{row.campaign_id.hex}/messages/{row.message_id.hex}"
    return f"{base}?as={row.contact_id.hex}"


def _details(row: DeliveryView, named: dict[UUID, str]) -> list[tuple[str, str]]:
    """What the timeline does not tell, and a support desk asks for; what is empty is left out."""
    facts = [
        ("Subject", named.get(row.id) or row.subject or ""),
        *_written(row, named),
        ("Requests to SES", str(row.attempts)),
        ("What SES said", row.detail or ""),
        ("SES message id", row.ses_message_id or ""),
        ("Id", show_id(DELIVERY, row.id)),
        ("Campaign id", show_id(CAMPAIGN, row.campaign_id) if row.campaign_id else ""),
    ]
    return [(name, value) for name, value in facts if value]


def _written(row: DeliveryView, named: dict[UUID, str]) -> list[tuple[str, str]]:
    """How the subject is written, where it is told as its recipient sees it."""
    if row.subject is None or named.get(row.id) in {None, row.subject}:
        return []
    return [("Subject, as written now", row.subject)]


def _row(row: DeliveryView, named: dict[UUID, str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": named.get(row.id) or row.subject or KINDS.get(row.kind, row.kind),
        "campaign": row.campaign_name,
        "campaign_id": row.campaign_id,
        "kind_words": KINDS.get(row.kind, row.kind),
        "state": row.state,
        "reason": REASONS.get(row.reason or "", row.reason),
        "contact_id": row.contact_id,
        "email": row.email,
        "due_at": row.due_at,
        "sent_at": row.sent_at,
        "machine_at": row.machine_at,
    }


async def _exported(database: Database, tenant_id: UUID, among: Among) -> AsyncIterator[list[Cell]]:
    """The rows, page by page, each in a transaction of its own: a long one would hold up vacuum."""
    after: str | None = None
    while True:
        async with database.unit_of_work(tenant_id) as session:
            page = await browse(session, among, after=after, limit=EXPORTED_AT_ONCE)
        for row in page.rows:
            yield _cells(row)
        after = page.next
        if after is None:
            return


def _cells(row: DeliveryView) -> list[Cell]:
    def shown(prefix: str, value: UUID | None) -> str | None:
        return None if value is None else show_id(prefix, value)

    return [
        show_id(DELIVERY, row.id), row.email, shown(CONTACT, row.contact_id), row.campaign_name,
        shown(CAMPAIGN, row.campaign_id), row.subject or KINDS[Kind(row.kind)],
        shown(MESSAGE, row.message_id), row.send_day, row.state, row.reason, row.why, row.due_at,
        row.sent_at, row.delivered_at, row.opened_at, row.clicked_at, row.bounced_at,
        row.complained_at, row.attempts, row.ses_message_id,
    ]  # fmt: skip
