"""The filter builder on any page: ``/contacts/filter`` gives its rows, its count and its people."""

from typing import Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from tenantcrm.contacts import service as contacts
from tenantcrm.database import TenantSession
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dependencies import AnyRequest
from tenantcrm.web.filter_form import FilterForm, read_filter
from tenantcrm.web.filter_words import builder_view, reach_view
from tenantcrm.web.page import show, wants_part

NAMES = ("filter", "contact_filter")
"""What builders are called; the first that the fields have is the one that asks."""


async def filter_builder(
    session: TenantSession,
    form: FilterForm,
    *,
    mode: Mode = Mode.LIVE,
    count: bool = True,
    quiet: bool = False,
) -> dict[str, Any]:
    """What ``ui.filter_builder`` takes. ``count``: say whom the filter reaches; ``quiet``: see
    :func:`builder_view`.
    """
    result = None
    if count:
        found = None
        if not form.error:
            found = await contacts.audience(
                session, form.text, mode=mode, seconds=contacts.PATIENCE
            )
        result = reach_view(form, found)
    known = await contacts.known_attributes(session)
    return builder_view(form, known, result, mode.value, quiet=quiet)


class ContactFilter(Controller):
    """The parts of a builder, for htmx; a page of its own without script."""

    path = "/contacts/filter"

    @get("/")
    async def part(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
    ) -> Response[Any]:
        """The builder as its fields have it; after typing, its count and people alone."""
        query = dict(request.query_params.items())
        name = next((one for one in NAMES if one in query or f"{one}.as" in query), NAMES[0])
        form = read_filter(query, name, await contacts.known_attributes(session))
        mode = Mode.TEST if query.get("mode") == Mode.TEST else Mode.LIVE
        return await show(
            request,
            person,
            session,
            "contacts/filter.html",
            block="reach" if "typed" in query else "builder",
            builder=await filter_builder(session, form, mode=mode, quiet=wants_part(request)),
        )
