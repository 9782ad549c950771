"""What becomes of a contact: unsubscribed, subscribed again on a consent, taken along, erased."""

from datetime import UTC, date, datetime, time
from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tenantcrm.contacts import service as contacts
from tenantcrm.contacts.schemas import Consent, ContactRow
from tenantcrm.database import TenantSession
from tenantcrm.delivery.service import contact_activity, erase, withdraw
from tenantcrm.delivery.service.outlook import everywhere
from tenantcrm.errors import InvalidError
from tenantcrm.ids import CAMPAIGN, CONTACT, MESSAGE, read_hex, show_id
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dependencies import AnyRequest, require
from tenantcrm.web.forms import read_form
from tenantcrm.web.page import go

PAGE = 200
MOST = 20_000
"""Things that happened to one contact, in its file."""


class ContactLife(Controller):
    """The buttons of a contact's page."""

    path = "/contacts/{contact:str}"

    @get("/export")
    async def export(
        self,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        contact: FromPath[str],
    ) -> Response[Any]:
        """Everything known about a person, as a JSON file (GDPR, articles 15 and 20)."""
        require(person, "contacts.export")
        row = await _found(session, contact)
        document = {
            "contact": _contact(row),
            "campaigns": [
                {
                    "id": show_id(CAMPAIGN, one.campaign_id),
                    "name": one.campaign_name,
                    "state": None if one.entered is None else one.entered.state,
                    "why": one.why.message,
                    "next": [mail.at for mail in one.mails],
                }
                for one in await everywhere(session, row.id, mode=None)
            ],
            "activity": await _activity(session, row),
        }
        await contacts.audited(session, row.id, "exported", actor=person.actor)
        body = msgspec.json.format(msgspec.json.encode(document), indent=2)
        return Response(
            content=body,
            media_type="application/json",
            headers={
                "content-disposition": f'attachment; filename="contact-{row.id.hex}.json"',
                "cache-control": "no-store",
            },
        )

    @post("/unsubscribe", status_code=200)
    async def unsubscribe(
        self,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        contact: FromPath[str],
    ) -> Response[Any]:
        """Stop all mail to a contact on somebody's word; it stays, as unsubscribed."""
        require(person, "contacts.edit")
        row = await _found(session, contact)
        actor = f"user:{person.user_id.hex}"
        await withdraw(session, row.id, mode=Mode(row.mode), actor=actor)
        await contacts.audited(session, row.id, "unsubscribed", actor=person.actor)
        return go(f"/contacts/{row.id.hex}", f"{row.email} is unsubscribed and gets no more mail.")

    @post("/resubscribe", status_code=200)
    async def resubscribe(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        contact: FromPath[str],
    ) -> Response[Any]:
        """Let a contact be mailed again, on a consent: where and when it was given."""
        require(person, "contacts.edit")
        row = await _found(session, contact)
        form = await read_form(request)
        page = f"/contacts/{row.id.hex}"
        try:
            consent = Consent(source=form["source"], at=_day(form["at"]))
            actor = f"user:{person.user_id.hex}"
            await contacts.resubscribe(session, row.id, consent, mode=Mode(row.mode), actor=actor)
        except InvalidError as fault:
            await session.rollback()
            return go(page, f"{fault.errors[0].message}.", "danger")
        await contacts.audited(session, row.id, "resubscribed", actor=person.actor)
        return go(page, f"{row.email} may be mailed again.")

    @post("/delete", status_code=200)
    async def delete(
        self,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        contact: FromPath[str],
    ) -> Response[Any]:
        """Erase a contact."""
        require(person, "contacts.edit")
        row = await _found(session, contact)
        await erase(session, row.id, suppress=False, actor=f"user:{person.user_id.hex}")
        await contacts.audited(session, row.id, "erased", actor=person.actor)
        return go("/contacts", f"{row.email} is erased.")


async def _found(session: TenantSession, text: str) -> ContactRow:
    return await contacts.get(session, read_hex(text), mode=None)


def _day(text: str) -> datetime:
    """The beginning of a day, in UTC.

    Raises:
        InvalidError: it is none.
    """
    try:
        return datetime.combine(date.fromisoformat(text.strip()), time(), tzinfo=UTC)
    except ValueError:
        words = "Say on which day consent was given, such as 2026-01-31"
        raise InvalidError.of("/consent/at", "invalid_date", words) from None


def _contact(row: ContactRow) -> dict[str, Any]:
    fields = (
        "email", "name", "external_id", "timezone", "status", "attributes", "created_at",
        "updated_at", "paused_until",
    )  # fmt: skip
    return {"id": show_id(CONTACT, row.id), **{name: getattr(row, name) for name in fields}}


async def _activity(session: TenantSession, row: ContactRow) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = None
    while len(found) < MOST:
        page = await contact_activity(session, row.id, after=after, limit=PAGE)
        for one in page.rows:
            values = msgspec.structs.asdict(one)
            found.append(
                {name: values[name] for name in ("at", "kind", "subject", "reason", "detail")}
                | {
                    "campaign": one.campaign_name,
                    "message": one.message_id and show_id(MESSAGE, one.message_id),
                }
            )
        if page.next is None:
            break
        after = page.next
    return found
