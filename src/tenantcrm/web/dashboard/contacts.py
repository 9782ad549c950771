"""One contact: add, edit; its page with everything that happened."""

from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tenantcrm import clock
from tenantcrm.contacts import service as contacts
from tenantcrm.contacts.filters.kinds import kind_of
from tenantcrm.contacts.schemas import ContactRow
from tenantcrm.database import TenantSession
from tenantcrm.delivery.schemas import Happening
from tenantcrm.delivery.service import contact_activity
from tenantcrm.delivery.service.outlook import everywhere
from tenantcrm.delivery.service.subjects import subjects
from tenantcrm.errors import ConflictError, InvalidError
from tenantcrm.ids import CONTACT, read_hex, show_id
from tenantcrm.tenants import rules
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard.activities import entries
from tenantcrm.web.dashboard.attributes import attribute_text
from tenantcrm.web.dashboard.audit import actor_names
from tenantcrm.web.dashboard.conflicts import opened_in
from tenantcrm.web.dashboard.contact_changes import FIELDS, merged, stored_values
from tenantcrm.web.dashboard.contact_form import form_page, given, hasher
from tenantcrm.web.dashboard.outlook_words import place_row
from tenantcrm.web.dependencies import AnyRequest, require, services
from tenantcrm.web.forms import read_form
from tenantcrm.web.page import go, show

PAGE = 50


class Contacts(Controller):
    """The pages of contacts."""

    path = "/contacts"

    @get("/new")
    async def new(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """The form of a contact that is added by hand."""
        require(person, "contacts.edit")
        mode = _mode(request.query_params.get("mode"))
        return await form_page(request, person, session, mode, dict.fromkeys(FIELDS, ""))

    @post("/new", status_code=200)
    async def add(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """Add a contact."""
        require(person, "contacts.edit")
        form = await read_form(request)
        mode = _mode(request.query_params.get("mode"))
        try:
            made = await contacts.create(
                session, given(form), mode=mode, hasher=hasher(request, person)
            )
        except (InvalidError, ConflictError) as fault:
            return await form_page(request, person, session, mode, form.values(*FIELDS), fault)
        await contacts.audited(session, made.id, "created", actor=person.actor)
        return go(f"/contacts/{made.id.hex}", f"{made.email} is added.")

    @get("/{contact:str}")
    async def one(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        contact: FromPath[str],
    ) -> Response[Any]:
        """One contact, with everything that happened."""
        row = await _found(session, contact)
        after = request.query_params.get("after") or None
        page = await contact_activity(session, row.id, after=after, limit=PAGE)
        more = f"/contacts/{row.id.hex}?" + urlencode({"after": page.next or ""})
        return await show(
            request,
            person,
            session,
            "contacts/contact.html",
            contact=row,
            details=[
                ("Email", row.email),
                ("Name", row.name or "–"),
                ("External id", row.external_id or "–"),
                ("Time zone", row.timezone or "–"),
                ("Id", show_id(CONTACT, row.id)),
            ],
            attributes=[
                (name, attribute_text(value), kind_of(value).value)
                for name, value in sorted(row.attributes.items())
            ],
            paused_until=row.paused_until
            if row.paused_until and row.paused_until > clock.now()
            else None,
            today=clock.now().date().isoformat(),
            may_export=rules.may(person.role, "contacts.export"),
            places=[place_row(found) for found in await everywhere(session, row.id, mode=None)],
            timeline=await _timeline(request, person, session, page.rows),
            next_href=more if page.next else "",
            may_edit=rules.may(person.role, "contacts.edit"),
        )

    @get("/{contact:str}/edit")
    async def edit_form(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        contact: FromPath[str],
    ) -> Response[Any]:
        """The form of a contact."""
        require(person, "contacts.edit")
        row = await _found(session, contact)
        values, mode = stored_values(row), Mode(row.mode)
        return await form_page(request, person, session, mode, values, contact=row, was=values)

    @post("/{contact:str}/edit", status_code=200)
    async def edit(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        contact: FromPath[str],
    ) -> Response[Any]:
        """Change a contact; attributes that are no longer there are removed.

        What others have changed since the form was opened stays, unless the form changes it too:
        that is asked (422), and nothing is saved before.
        """
        require(person, "contacts.edit")
        row = await _found(session, contact)
        form, stored, mode = await read_form(request), stored_values(row), Mode(row.mode)
        shown: dict[str, Any] = {"contact": row, "was": opened_in(form, FIELDS) or stored}
        values = form.values(*FIELDS)
        try:
            values, found = merged(form, stored)
            if found.contested:
                shown |= {"was": stored, "clash": found}
                return await form_page(request, person, session, mode, values, **shown)
            changes = given(values)
            kept = dict(changes.attributes or {})
            changes.attributes = dict.fromkeys(row.attributes.keys() - kept.keys()) | kept
            await contacts.edit(
                session,
                row.id,
                changes,
                mode=mode,
                hasher=hasher(request, person),
                actor=person.actor,
            )
        except (InvalidError, ConflictError) as fault:
            return await form_page(request, person, session, mode, values, fault, **shown)
        return go(f"/contacts/{row.id.hex}", "Saved.")


def _mode(text: str | None) -> Mode:
    return Mode.TEST if text == Mode.TEST else Mode.LIVE


async def _timeline(
    request: AnyRequest, person: Person, session: TenantSession, rows: list[Happening]
) -> list[dict[str, Any]]:
    """What happened, with subjects as the contact saw them and the names of who did it."""
    mails = [row.id for row in rows if row.kind.startswith("mail_")]
    seen = await subjects(session, person.tenant, list(dict.fromkeys(mails)))
    named = [msgspec.structs.replace(r, subject=seen.get(r.id, r.subject)) for r in rows]
    actors = list(dict.fromkeys(row.actor for row in rows if row.actor))
    names = await actor_names(services(request).database, session, actors)
    return entries(named, names=names)


async def _found(session: TenantSession, text: str) -> ContactRow:
    return await contacts.get(session, read_hex(text), mode=None)
