"""The contacts of a filter as a file: CSV for spreadsheets, NDJSON for programs; streamed."""

from collections.abc import AsyncIterator, Iterable
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.response import Stream

from tenantcrm import clock
from tenantcrm.contacts import service as contacts
from tenantcrm.contacts.filters import asked_of, parse
from tenantcrm.contacts.schemas import ContactRow
from tenantcrm.contacts.service import exporting
from tenantcrm.contacts.service.lists import Asked
from tenantcrm.database import TenantSession
from tenantcrm.ids import CONTACT, show_id
from tenantcrm.tenants.schemas import Person
from tenantcrm.tenants.service import audit
from tenantcrm.web.api.views import ContactView
from tenantcrm.web.dashboard.contact_query import read_query
from tenantcrm.web.dependencies import AnyRequest, require, services
from tenantcrm.web.exports import Cell, csv_download

PAGE = 2_000
FIELDS = ("id", "email", "name", "external_id", "timezone", "status", "created_at", "updated_at")


class ContactExport(Controller):
    """The download of contacts."""

    path = "/contacts/export"

    @get("/")
    async def export(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """Every contact of the filter and search in the address, in the order they came.

        ``format=ndjson``: a line of JSON each, as the API shows contacts; else CSV, a column for
        each attribute that any of them has.
        """
        require(person, "contacts.export")
        query = request.query_params
        whole = await contacts.total(session, mode=read_query(query).mode)
        asked = read_query(query).asked(anywhere=whole.exact)
        # Read before anything is sent: a filter that cannot be read is refused, not cut off.
        names = await exporting.attribute_names(session, asked)
        as_json = query.get("format") == "ndjson"
        await audit.record(
            session,
            actor=f"user:{person.user_id.hex}",
            action="exported",
            subject="contacts",
            changes=_chosen_by(asked),
        )
        rows = _rows(request, person, asked)
        name = f"contacts-{clock.now():%Y-%m-%d}"
        if as_json:
            return _json_lines(f"{name}.ndjson", rows)
        header = [*FIELDS, *(f"attribute:{n}" if n in FIELDS else n for n in names)]
        return csv_download(f"{name}.csv", header, _cells(rows, names))


def _chosen_by(asked: Asked) -> dict[str, tuple[None, str]] | None:
    """By what the people were chosen, without what it was compared to: that may name one of them,
    who is to be gone from everywhere when they are erased.
    """
    names = asked_of(parse(asked.filter_text)) if asked.filter_text else []
    names += ["search"] if asked.search else []
    return {"filter": (None, ", ".join(names))} if names else None


async def _rows(request: AnyRequest, person: Person, asked: Asked) -> AsyncIterator[ContactRow]:
    """Page by page, each in a unit of work of its own: a slow reader holds no connection."""
    database, after = services(request).database, None
    while True:
        async with database.unit_of_work(person.tenant.id) as session:
            rows = await exporting.some(session, asked, after=after, limit=PAGE)
        for row in rows:
            yield row
        if len(rows) < PAGE:
            return
        after = rows[-1]


async def _cells(
    rows: AsyncIterator[ContactRow], names: list[str]
) -> AsyncIterator[Iterable[Cell]]:
    async for row in rows:
        yield (
            show_id(CONTACT, row.id),
            row.email,
            row.name,
            row.external_id,
            row.timezone,
            row.status,
            row.created_at,
            row.updated_at,
            *(row.attributes.get(name) for name in names),
        )


def _json_lines(filename: str, rows: AsyncIterator[ContactRow]) -> Stream:
    async def lines() -> AsyncIterator[bytes]:
        piece = bytearray()
        async for row in rows:
            piece += msgspec.json.encode(ContactView.of(row)) + b"\n"
            if len(piece) > 64 * 1024:
                yield bytes(piece)
                piece.clear()
        yield bytes(piece)

    return Stream(
        lines(),
        media_type="application/x-ndjson",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(filename)}"},
    )
