"""The page of one import, whatever state it is in, and its progress as it goes on."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any, Final
from uuid import UUID

from litestar import Response
from litestar.response import ServerSentEventMessage

from tenantcrm.contacts.imports import service
from tenantcrm.contacts.imports.encodings import shown
from tenantcrm.contacts.imports.layout import Column
from tenantcrm.contacts.imports.models import ContactImport
from tenantcrm.contacts.imports.states import WORKED, ImportState
from tenantcrm.database import TenantSession
from tenantcrm.tenants import rules
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard.import_form import KINDS, TARGETS, column_rows
from tenantcrm.web.dependencies import AnyRequest, services
from tenantcrm.web.page import show

DELIMITERS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "pipes"}
FAULTS_SHOWN: Final = 10
LOOK: Final = 0.5
"""Seconds between looks at an import that somebody watches."""
WATCHED: Final = 600.0
"""Seconds after which a browser has to ask again."""


async def import_page(
    request: AnyRequest,
    person: Person,
    session: TenantSession,
    found: ContactImport,
    *,
    mapping: bool = False,
    columns: list[Column] | None = None,
    errors: dict[str, str] | None = None,
    enter_campaigns: bool | None = None,
) -> Response[Any]:
    """The page; ``mapping``: the form of the columns, also where they were checked already."""
    layout = service.layout_of(found) if found.layout else None
    context: dict[str, Any] = {}
    asks = found.state == ImportState.MAPPING or mapping
    if asks and layout is not None:
        samples = await service.samples(session, found, most=3) if layout.format == "csv" else []
        context = {
            "columns": column_rows(columns or layout.columns, samples, errors or {}),
            "attribute_names": await service.attribute_names(session),
        }
    faults = []
    if found.refused and not asks:
        faults = await service.first_faults(session, found.id, limit=FAULTS_SHOWN)
    return await show(
        request,
        person,
        session,
        "contacts/imports/import.html",
        status=422 if errors else 200,
        found=found,
        asks=asks,
        working=found.state in WORKED,
        progress=progress_of(found),
        file_words=_file_words(found),
        targets=TARGETS,
        kinds=KINDS,
        errors=errors or {},
        enter_campaigns=found.enter_campaigns if enter_campaigns is None else enter_campaigns,
        faults=faults,
        checked=found.checked or {},
        may_import=rules.may(person.role, "contacts.import"),
        **({"columns": [], "attribute_names": []} | context),
    )


def _file_words(found: ContactImport) -> str:
    """What was seen of the file."""
    if not found.layout:
        return ""
    layout = service.layout_of(found)
    size = f"{max(1, round(found.size / 1000)):,} kB, {shown(layout.encoding)}"
    if layout.format == "ndjson":
        return f"{size}, one JSON object a line"
    between = DELIMITERS.get(layout.delimiter, layout.delimiter)
    return f"{size}, {len(layout.columns)} columns, separated by {between}"


def progress_of(found: ContactImport) -> dict[str, Any]:
    """What the line of progress says."""
    return {
        "label": "Checking" if found.state == ImportState.CHECKING else "Importing",
        "share": round(100 * service.progress(found)),
        "rows": found.rows,
        "created": found.created,
        "updated": found.updated,
        "unchanged": found.unchanged,
        "refused": found.refused,
        "waits": found.leased_until is None and not found.rows,
    }


async def watched(
    request: AnyRequest, tenant_id: UUID, import_id: UUID
) -> AsyncIterator[ServerSentEventMessage]:
    """Its progress as events: ``progress`` with the line as HTML, ``done`` at its end.

    Each look is a unit of work of its own: a tab that is left open holds no connection.
    """
    database, end = services(request).database, time.monotonic() + WATCHED
    template = request.app.template_engine.get_template("contacts/imports/progress.html")  # type: ignore[union-attr] # there is one
    told = ""
    while time.monotonic() < end:
        async with database.unit_of_work(tenant_id) as session:
            found = await service.get(session, import_id)
        if found.state not in WORKED:
            yield ServerSentEventMessage(event="done", data=found.state)
            return
        words = template.render(progress=progress_of(found))
        if words != told:
            told = words
            yield ServerSentEventMessage(event="progress", data=words)
        await asyncio.sleep(LOOK)
