"""The list of contacts: search, filter, sort and columns, all of it in the address."""

from dataclasses import replace
from typing import Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from tenantcrm.contacts import service as contacts
from tenantcrm.contacts.schemas import ContactRow, Size
from tenantcrm.contacts.service import lists
from tenantcrm.contacts.service.lists import Listed
from tenantcrm.database import TenantSession
from tenantcrm.tenants import rules
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard.attributes import attribute_line, attribute_text
from tenantcrm.web.dashboard.bulk_words import ACTIONS
from tenantcrm.web.dashboard.contact_query import ListQuery, choices, column_label, read_query
from tenantcrm.web.dashboard.keys import curl
from tenantcrm.web.dependencies import AnyRequest, services
from tenantcrm.web.filter_form import FilterForm, is_builder, of_text, read_filter
from tenantcrm.web.filter_words import about, builder_view
from tenantcrm.web.page import go, show
from tenantcrm.web.templating import number_text

PAGE = 50


class ContactList(Controller):
    """The list and its count."""

    path = "/contacts"

    @get("/")
    async def listed(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """A page of contacts."""
        query, form = _read(request)
        if is_builder(request.query_params) and not form.acted and not form.faulty:
            # One address for one list, however it was asked for.
            return go(query.href(filter=form.text))
        whole = await contacts.total(session, mode=query.mode)
        page, size = Listed(rows=[]), None
        if not form.error:
            asked = query.asked(anywhere=whole.exact)
            page = await lists.browse(
                session,
                asked,
                sort=query.sort,
                descending=query.descending,
                after=query.after,
                before=query.before,
                limit=PAGE,
                seconds=lists.SLOWEST if whole.exact or query.wait else lists.QUICK,
            )
            narrowed = bool(query.search or query.filter.strip())
            if narrowed and not (page.next or page.previous or page.slow):
                size = Size(len(page.rows))
            elif whole.exact or not narrowed:
                size = await lists.found(session, asked, whole=whole)
        known = await contacts.known_attributes(session)
        public = services(request).settings.public_url.rstrip("/")
        return await show(
            request,
            person,
            session,
            "contacts/index.html",
            status=422 if form.faulty and not form.acted else 200,
            block="contact_list",
            query=query,
            total=_number(whole),
            whole=whole,
            page=page,
            headings=_headings(query),
            rows=[(row, [_cell(row, column) for column in query.columns]) for row in page.rows],
            filter_error=form.error,
            narrowed=bool(query.search or query.filter.strip()),
            open_filter=bool(query.filter.strip() or form.acted or form.faulty),
            builder=builder_view(form, known, None, query.mode.value),
            choices=choices(query, known),
            count=_count(size, narrowed=bool(query.search or query.filter.strip())),
            counted=size is not None or bool(form.error),
            size=size,
            looking=page.slow and not (whole.exact or query.wait),
            prefix_only=bool(query.search) and not whole.exact and not query.anywhere,
            curl=curl(public, "YOUR_API_KEY"),
            actions=ACTIONS,
            may_edit=rules.may(person.role, "contacts.edit"),
            may_export=rules.may(person.role, "contacts.export"),
            may_bulk=rules.may(person.role, "contacts.bulk"),
        )

    @get("/count")
    async def count(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """The line that counts, where counting takes longer than a page may."""
        query, form = _read(request)
        size = None
        if not form.error:
            whole = await contacts.total(session, mode=query.mode)
            asked = query.asked(anywhere=whole.exact)
            size = await lists.found(session, asked, whole=whole)
        return await show(
            request,
            person,
            session,
            "contacts/count.html",
            block="count",
            query=query,
            count=_count(size, narrowed=True) or form.error,
            size=size,
        )


def _read(request: AnyRequest) -> tuple[ListQuery, FilterForm]:
    """The list that is asked for, and its filter's builder."""
    query = read_query(request.query_params)
    fields = dict(request.query_params.items())
    if is_builder(fields):
        form = read_filter(fields)
        return replace(query, filter=form.text), form
    return query, of_text(query.filter)


def _headings(query: ListQuery) -> list[dict[str, Any]]:
    """The headings of the table's columns, behind the one of the boxes."""
    found = [query.heading("email", "Contact")]
    for column in query.columns:
        more: dict[str, Any] = {"phone": column == "status"}
        if column in {"added", "updated"}:
            more["align"] = "end"
        found.append(query.heading(column, column_label(column), **more))
    return found


def _cell(row: ContactRow, column: str) -> dict[str, Any]:
    """What stands in a column: its kind says how it is shown."""
    if column in {"added", "updated"}:
        at = row.created_at if column == "added" else row.updated_at
        return {"kind": "time", "value": at}
    if column == "status":
        return {"kind": "status", "value": row.status}
    if column == "attributes":
        return {"kind": "text", "value": attribute_line(row.attributes)}
    if column.startswith("a."):
        value = row.attributes.get(column[2:])
        return {"kind": "text", "value": "" if value is None else attribute_text(value)}
    return {"kind": "text", "value": getattr(row, column) or ""}


def _number(size: Size) -> str:
    """How many, for people."""
    return number_text(size.number) if size.exact else about(size.number)


def _count(size: Size | None, *, narrowed: bool) -> str:
    """The line that counts, which a screen reader reads out when it changes."""
    if size is None:
        return ""
    one = size.exact and size.number == 1
    words = _number(size)
    words = words[:1].upper() + words[1:]
    if narrowed:
        return f"{words} {'contact matches' if one else 'contacts match'}"
    return f"{words} {'contact' if one else 'contacts'}"
